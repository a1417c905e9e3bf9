import { expect, test } from 'vitest';
import type { FileMove, MoveOutcome } from '../../../src/core/custody/ports.ts';
import type { Hold, HoldTarget } from '../../../src/core/custody/retention/hold.ts';
import {
  type AccountId,
  type FileId,
  newId,
  type ProjectId,
  type ShareId,
} from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import {
  addPerson,
  arrive,
  hold,
  move,
  moveTo,
  mustMove,
  NOW,
  nextInstant,
  record,
  release,
  theFile,
  unwritable,
} from '../fixtures.ts';

/** Reasons not to destroy yet, and the races they win. */
export function describeHolds(scene: Scene): void {
  test('a hold is found by its id on every connection, with its target, reason and people', async () => {
    const { id: file } = await arrive(scene.ledger, scene.alice, 'found.csv');
    const { project } = await studyOf(scene.bob);
    const targets: readonly HoldTarget[] = [
      { kind: 'file', file },
      { kind: 'account', account: scene.alice },
      { kind: 'project', project },
    ];
    for (const target of targets) {
      const placed = await place(target);
      expect(await scene.other.holdById(placed.id)).toEqual(placed);
      await lift(placed);
    }
    expect(await scene.ledger.holdById(newId('hold', NOW))).toBeNull();
  });

  test('holds are listed newest first, the lifted ones only when asked for', async () => {
    const first = await place({ kind: 'account', account: scene.bob });
    const second = await place({ kind: 'account', account: scene.bob });
    expect(await scene.other.listHolds(true)).toEqual([second, first]);
    expect(await lift(second)).toBe(true);
    const lifted = { ...second, liftedBy: scene.alice, liftedAt: NOW + 1 };
    expect(await scene.other.listHolds(true)).toEqual([first]);
    expect((await scene.other.listHolds(false)).slice(0, 2)).toEqual([lifted, first]);
    await lift(first);
  });

  test('a hold is lifted once; the second time nothing is written', async () => {
    const placed = await place({ kind: 'account', account: scene.bob });
    const { size } = await scene.ledger.auditHead();
    const ends = await Promise.all([lift(placed), lift(placed, scene.bob)]);
    expect(ends.filter(Boolean)).toHaveLength(1);
    const after = await scene.ledger.holdById(placed.id);
    expect(await lift(placed, scene.bob)).toBe(false);
    expect(await scene.ledger.holdById(placed.id)).toEqual(after);
    expect((await scene.ledger.auditHead()).size).toBe(size + 1);
    const unknown = hold({ kind: 'account', account: scene.bob }, scene.bob);
    expect(await lift(unknown)).toBe(false);
  });

  test('a hold on something that is not there is refused by the database', async () => {
    const targets: readonly HoldTarget[] = [
      { kind: 'file', file: newId('file', NOW) },
      { kind: 'account', account: newId('acct', NOW) },
      { kind: 'project', project: newId('proj', NOW) },
    ];
    for (const target of targets) await expect(place(target)).rejects.toThrow(/constraint/i);
    expect(await scene.ledger.listHolds(true)).toEqual([]);
  });

  test('what a hold covers is called by what people call it', async () => {
    const { id: file } = await arrive(scene.ledger, scene.bob, 'called.csv');
    const { project } = await studyOf(scene.bob);
    const nameOf = (target: HoldTarget) => scene.ledger.holdTargetName(target);
    expect(await nameOf({ kind: 'file', file })).toBe(file);
    expect(await nameOf({ kind: 'account', account: scene.bob })).toBe('bob');
    expect(await nameOf({ kind: 'project', project })).toBe(`CASE-${project}`);
    expect(await nameOf({ kind: 'file', file: newId('file', NOW) })).toBeNull();
    expect(await nameOf({ kind: 'account', account: newId('acct', NOW) })).toBeNull();
    expect(await nameOf({ kind: 'project', project: newId('proj', NOW) })).toBeNull();
  });

  test('a hold whose audit record cannot be written is neither placed nor lifted', async () => {
    const lost = hold({ kind: 'account', account: scene.bob }, scene.bob);
    await expect(scene.ledger.placeHold(lost, unwritable('hold-placed'))).rejects.toThrow(/surrogate/);
    expect(await scene.ledger.holdById(lost.id)).toBeNull();
    const kept = await place({ kind: 'account', account: scene.bob });
    const lifting = scene.ledger.liftHold(kept.id, scene.bob, NOW, unwritable('hold-lifted'));
    await expect(lifting).rejects.toThrow(/surrogate/);
    expect(await scene.ledger.holdById(kept.id)).toEqual(kept);
    await lift(kept);
  });

  describeCover('the file', async (_, file) => ({ kind: 'file', file }));
  describeCover('its owner', async (account) => ({ kind: 'account', account }));
  describeCover('a project of its owner', async (account) => {
    const { project } = await studyOf(account);
    return { kind: 'project', project };
  });

  function describeCover(
    what: string,
    target: (owner: AccountId, file: FileId) => Promise<HoldTarget>,
  ): void {
    test(`a hold on ${what} makes every destruction lose until it is lifted`, async () => {
      const { owner, id } = await dueFile();
      const bystander = await dueFile();
      const placed = await place(await target(owner, id));
      expect(await scene.other.holdsOn(id)).toEqual([placed]);
      expect(await scene.ledger.holdsOn(bystander.id)).toEqual([]);
      expect(await due()).toEqual([bystander.id]);
      const before = [await theFile(scene.ledger, id), await scene.ledger.auditHead()];
      expect(await destroy(id)).toBe('lost-race');
      expect([await theFile(scene.ledger, id), await scene.ledger.auditHead()]).toEqual(before);
      expect(await destroy(bystander.id)).toBe('moved');
      await lift(placed);
      expect(await scene.ledger.holdsOn(id)).toEqual([]);
      expect(await due()).toEqual([id]);
      expect(await destroy(id)).toBe('moved');
    });
  }

  test('a hold on the project of the share that a file leaves by covers it, whoever is a member', async () => {
    const { project, shares } = await studyOf(scene.bob);
    const elsewhere = await studyOf(scene.bob);
    const owner = await addPerson(scene.ledger, `h${nextInstant()}`);
    const covered = await releasedFile(owner, shares[0]!);
    const other = await releasedFile(owner, elsewhere.shares[0]!);
    const arrived = await dueFile();
    const placed = await place({ kind: 'project', project });
    expect(await scene.other.holdsOn(covered)).toEqual([placed]);
    expect(await scene.ledger.holdsOn(other)).toEqual([]);
    expect(await due()).toEqual([other, arrived.id]);
    const end = async (id: FileId) =>
      scene.ledger.moveFile(move(id, 'released', 'destroying', 'destruction-begun', { unlessHeld: true }));
    expect(await end(covered)).toBe('lost-race');
    expect(await end(other)).toBe('moved');
    await mustMove(scene.ledger, move(covered, 'released', 'revoked', 'file-revoked'));
    expect(await due()).toEqual([arrived.id]);
    await scene.ledger.closeShare(shares[0]!, NOW, []);
    expect(await due()).toEqual([arrived.id]);
    await lift(placed);
    expect(await due()).toEqual([covered, arrived.id]);
    for (const id of [covered, arrived.id]) {
      await scene.house.sql(`update files set state = 'destroyed', zone = 'gone' where id = '${id}'`);
    }
  });

  test.each(['file', 'account', 'project'] as const)(
    'a hold on the %s of a file that leaves keeps it too',
    async (kind) => {
      const { shares } = await studyOf(scene.bob);
      const owner = await addPerson(scene.ledger, `h${nextInstant()}`);
      const { project } = await studyOf(owner);
      const id = await releasedFile(owner, shares[0]!);
      const targets = {
        file: { kind, file: id },
        account: { kind, account: owner },
        project: { kind, project },
      };
      const placed = await place(targets[kind] as HoldTarget);
      expect(await due()).toEqual([]);
      await lift(placed);
      expect(await due()).toEqual([id]);
      await scene.house.sql(`update files set state = 'destroyed', zone = 'gone' where id = '${id}'`);
    },
  );

  test('a hold keeps a file from being moved to a share', async () => {
    const { id } = await dueFile();
    const { shares } = await studyOf(scene.bob);
    const placed = await place({ kind: 'file', file: id });
    const moving: FileMove = { ...moveTo(id, shares[0]!, 'due.csv'), unlessHeld: true };
    expect(await scene.ledger.moveFile(moving)).toBe('lost-race');
    expect(await scene.ledger.moveFiles([moving])).toBe('lost-race');
    await lift(placed);
    expect(await scene.ledger.moveFiles([moving])).toBe('moved');
  });

  test('one of several holds is enough, and each of them has to be lifted', async () => {
    const { owner, id } = await dueFile();
    const { project, shares } = await studyOf(owner, 2);
    const holds = [
      await place({ kind: 'file', file: id }),
      await place({ kind: 'account', account: owner }),
      await place({ kind: 'project', project }),
    ];
    expect(shares).toHaveLength(2);
    expect(await scene.ledger.holdsOn(id)).toEqual(holds.toReversed());
    for (const placed of holds) {
      expect(await destroy(id)).toBe('lost-race');
      expect(await due()).toEqual([]);
      await lift(placed);
    }
    expect(await destroy(id)).toBe('moved');
  });

  test('a hold on a project covers its members of the moment', async () => {
    const { owner, id } = await dueFile();
    const { project, shares } = await studyOf(scene.bob);
    const placed = await place({ kind: 'project', project });
    expect(await due()).toEqual([id]);
    await scene.ledger.setMember(shares[0]!, owner, ['read'], []);
    expect(await due()).toEqual([]);
    expect(await destroy(id)).toBe('lost-race');
    await scene.ledger.setMember(shares[0]!, owner, [], []);
    expect(await destroy(id)).toBe('moved');
    await lift(placed);
  });

  test('a hold stops only the moves that ask for it', async () => {
    const { id } = await dueFile();
    const placed = await place({ kind: 'file', file: id });
    await mustMove(scene.ledger, move(id, 'arrived', 'arrived', 'retention-extended'));
    const removal = move(id, 'arrived', 'removed', 'file-removed', { unlessHeld: true });
    expect(await scene.ledger.moveFile(removal)).toBe('lost-race');
    await lift(placed);
    await mustMove(scene.ledger, removal);
  });

  test.each(['the hold', 'the destruction'])(
    'of a hold and a destruction at once, one comes first and the other knows; %s was sent first',
    async (sent) => {
      for (let i = 0; i < 10; i++) {
        const { owner, id } = await dueFile();
        const placed = hold({ kind: 'account', account: owner }, scene.bob);
        const placing = async () =>
          scene.other.placeHold(placed, record('hold-placed', { hold: placed.id, account: owner }));
        const { size } = await scene.ledger.auditHead();
        const early = sent === 'the hold' ? placing() : null;
        const [outcome] = await Promise.all([destroy(id), early ?? placing()]);
        const rows = await scene.ledger.readAudit(size, 10);
        const story = outcome === 'moved' ? ['destruction-begun', 'hold-placed'] : ['hold-placed'];
        expect(rows.map((row) => JSON.parse(row.entry).type)).toEqual(story);
        expect((await theFile(scene.ledger, id)).state).toBe(outcome === 'moved' ? 'destroying' : 'arrived');
        await lift(placed);
        await scene.house.sql(`update files set state = 'destroyed' where id = '${id}'`);
      }
    },
  );

  test('a hold that was placed between the listing and the move wins', async () => {
    const { owner, id } = await dueFile();
    const [found] = await scene.ledger.dueFiles(NOW, null, 10);
    expect(found?.id).toBe(id);
    const placed = await place({ kind: 'account', account: owner }, scene.other);
    expect(await destroy(id)).toBe('lost-race');
    await lift(placed);
    expect(await destroy(id)).toBe('moved');
  });

  async function dueFile(): Promise<{ owner: AccountId; id: FileId }> {
    const owner = await addPerson(scene.ledger, `h${nextInstant()}`);
    const { id } = await arrive(scene.ledger, owner, 'due.csv');
    await scene.house.sql(`update files set expires_at = ${NOW} where id = '${id}'`);
    return { owner, id };
  }

  async function releasedFile(owner: AccountId, share: ShareId): Promise<FileId> {
    const { id } = await release(scene.ledger, owner, `r${nextInstant()}.csv`, share);
    await scene.house.sql(`update files set expires_at = ${NOW} where id = '${id}'`);
    return id;
  }

  async function due(): Promise<readonly FileId[]> {
    return (await scene.ledger.dueFiles(NOW, null, 100)).map(({ id }) => id);
  }

  async function destroy(id: FileId): Promise<MoveOutcome> {
    return scene.ledger.moveFile(
      move(id, 'arrived', 'destroying', 'destruction-begun', { nextGeneration: true, unlessHeld: true }),
    );
  }

  async function place(target: HoldTarget, ledger = scene.ledger): Promise<Hold> {
    const placed = hold(target, scene.bob);
    await ledger.placeHold(placed, record('hold-placed', { hold: placed.id }));
    return placed;
  }

  async function lift({ id }: Hold, by = scene.alice): Promise<boolean> {
    return scene.ledger.liftHold(id, by, NOW + 1, record('hold-lifted', { hold: id }));
  }

  /** A project with shares, and a member of all of them. */
  async function studyOf(
    member: AccountId,
    shareCount = 1,
  ): Promise<{ project: ProjectId; shares: readonly ShareId[] }> {
    const project = newId('proj', nextInstant());
    const study = {
      id: project,
      caseRef: `CASE-${project}`,
      title: 'A study',
      iao: scene.alice,
      createdAt: NOW,
    };
    await scene.ledger.addProject(study, []);
    const shares = Array.from({ length: shareCount }, () => newId('shar', nextInstant()));
    for (const id of shares) {
      await scene.ledger.addShare({ id, name: id, project, createdAt: NOW, closedAt: null }, []);
      await scene.ledger.setMember(id, member, ['read'], []);
    }
    return { project, shares };
  }
}
