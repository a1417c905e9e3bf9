import { afterEach, expect, test } from 'vitest';
import type { Freeze, FreezeScope, FreezeTarget } from '../../../src/core/accounts/freeze.ts';
import type { FreezeNotice } from '../../../src/core/custody/freezes/ports.ts';
import { type FreezeId, newId, type ShareId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import {
  addPerson,
  addShare,
  arrive,
  moveTo,
  mustMove,
  NOW,
  nextInstant,
  record,
  release,
  start,
  unwritable,
} from '../fixtures.ts';

/** Stops, what they cover, and the two people that lift them. */
export function describeFreezes(scene: Scene): void {
  // One on everything would stop what other sentences are about.
  afterEach(async () => {
    for (const one of await scene.ledger.listFreezes(true)) await liftNow(one);
  });

  test('a freeze is found by its id on every connection, with all that is known of it', async () => {
    const share = await addShare(scene.ledger, scene.alice);
    const targets: readonly FreezeTarget[] = [
      { kind: 'account', account: scene.alice },
      { kind: 'project', project: share.project },
      { kind: 'door', door: 'sftp/outside' },
      { kind: 'all' },
    ];
    const placed = [];
    for (const target of targets) placed.push(await place(target));
    for (const one of placed) expect(await scene.other.freezeById(one.id)).toEqual(one);
    expect(await scene.other.listFreezes(true)).toEqual(placed.toReversed());
    expect(await scene.ledger.freezeById(newId('frez', NOW))).toBeNull();
  });

  test('an account is covered by its own freeze and by one on everything, and by nobody else’s', async () => {
    expect(await over({ account: scene.alice })).toBeNull();
    const own = await place({ kind: 'account', account: scene.alice });
    expect(await over({ account: scene.alice })).toBe(own.id);
    expect(await over({ account: scene.bob })).toBeNull();
    expect(await over({})).toBeNull();
    const all = await place({ kind: 'all' });
    expect(await over({ account: scene.bob })).toBe(all.id);
    expect(await over({})).toBe(all.id);
    expect(await over({ account: scene.alice })).toBe(own.id);
  });

  test('a door is covered by its own freeze, whoever comes to it', async () => {
    const { id } = await place({ kind: 'door', door: 'sftp/outside' });
    expect(await over({ door: 'sftp/outside', account: scene.bob })).toBe(id);
    expect(await over({ door: 'sftp/inside', account: scene.bob })).toBeNull();
  });

  test('a project’s freeze covers its shares, what leaves them and what is moved there, and no more', async () => {
    const [share, other] = [await addShare(scene.ledger, scene.bob), await addShare(scene.ledger, scene.bob)];
    const leaving = await release(scene.ledger, scene.alice, `out-${share.id}.csv`, share.id);
    const moving = await arrive(scene.ledger, scene.alice, `in-${share.id}.csv`);
    await mustMove(scene.ledger, moveTo(moving.id, share.id, 'in.csv'));
    const apart = await arrive(scene.ledger, scene.alice, `apart-${share.id}.csv`);
    const { id } = await place({ kind: 'project', project: share.project });
    expect(await over({ share: share.id })).toBe(id);
    expect(await over({ share: other.id })).toBeNull();
    expect(await over({ file: leaving.id })).toBe(id);
    expect(await over({ file: moving.id })).toBe(id);
    expect(await over({ file: apart.id })).toBeNull();
    expect(await over({ account: scene.alice })).toBeNull();
  });

  test('nothing is destroyed of a person, a project’s members and what leaves it, for a week after the lift too', async () => {
    const week = 7 * 24 * 3_600_000;
    // Long after what other sentences have lifted.
    const now = NOW + 100 * week;
    const [owner, member, apart] = [await person(), await person(), await person()];
    const share = await addShare(scene.ledger, scene.bob);
    await scene.ledger.setMember(share.id, member, ['read'], []);
    const files = {
      own: await dueOf(owner),
      member: await dueOf(member),
      apart: await dueOf(apart),
      leaving: await dueOf(apart, share.id),
    };
    const due = async (asOf: number) => {
      const all = new Set((await scene.other.dueFiles(asOf, null, 1000)).map(({ id }) => id));
      return Object.entries(files).flatMap(([what, id]) => (all.has(id) ? [what] : []));
    };
    const everything = ['own', 'member', 'apart', 'leaving'];
    expect(await due(now)).toEqual(everything);
    const freezes = [
      await place({ kind: 'account', account: owner }),
      await place({ kind: 'project', project: share.project }),
    ];
    expect(await due(now + 10 * week)).toEqual(['apart']);
    expect(await over({ keeps: files.member })).toBe(freezes[1]?.id);
    expect(await over({ file: files.member })).toBeNull();
    for (const one of freezes) await liftNow(one, now);
    expect(await due(now + week - 1)).toEqual(['apart']);
    expect(await due(now + week)).toEqual(everything);
    await place({ kind: 'all' });
    expect(await due(now + 10 * week)).toEqual([]);
  });

  test('an upload is not given up while it is frozen, and has all its time again afterwards', async () => {
    const { id } = await start(scene.ledger, await person(), 'idle.csv');
    const idle = async (before: number) =>
      (await scene.other.idleUploads(before, 1000)).some((file) => file.id === id);
    expect(await idle(NOW + 1000)).toBe(true);
    const placed = await place({ kind: 'all' });
    expect(await idle(NOW + 1000)).toBe(false);
    await liftNow(placed, NOW + 5000);
    expect(await idle(NOW + 4999)).toBe(false);
    expect(await idle(NOW + 5000)).toBe(true);
  });

  test('it takes another person than the one who proposed it to lift a freeze, once', async () => {
    const placed = await place({ kind: 'account', account: scene.bob });
    const { size } = await scene.ledger.auditHead();
    expect(await lift(placed.id, scene.alice, scene.bob)).toBe(false);
    expect((await scene.ledger.auditHead()).size).toBe(size);
    expect(await propose(placed.id, scene.alice)).toBe(true);
    expect(await over({ account: scene.bob })).toBe(placed.id);
    expect(await lift(placed.id, scene.alice, scene.alice)).toBe(false);
    expect(await lift(placed.id, scene.bob, scene.alice)).toBe(false);
    const ends = await Promise.all([
      lift(placed.id, scene.alice, scene.bob),
      scene.other.liftFreeze(
        placed.id,
        { proposedBy: scene.alice, by: scene.bob },
        NOW + 2,
        [],
        record('freeze-lifted'),
      ),
    ]);
    expect(ends.filter(Boolean)).toHaveLength(1);
    expect(await over({ account: scene.bob })).toBeNull();
    expect(await propose(placed.id, scene.bob)).toBe(false);
    expect(await scene.other.listFreezes(true)).toEqual([]);
    expect((await scene.other.listFreezes(false))[0]).toMatchObject({
      id: placed.id,
      proposedBy: scene.alice,
      liftedBy: scene.bob,
    });
  });

  test('a freeze and its mails are written with the event, or not at all', async () => {
    const one = freeze({ kind: 'all' });
    const mail = notice(one);
    await expect(scene.ledger.placeFreeze(one, [mail], unwritable('freeze-placed'))).rejects.toThrow(
      /surrogate/,
    );
    expect(await scene.ledger.freezeById(one.id)).toBeNull();
    await scene.ledger.placeFreeze(one, [mail], record('freeze-placed'));
    expect(await scene.other.pendingFreezeNotices(scene.alice, 10)).toEqual([mail]);
    expect(await scene.other.impliedWork(NOW, 1000)).toContainEqual({
      job: 'send-notices',
      account: scene.alice,
    });
    await scene.ledger.markFreezeNoticesSent([mail.id], NOW, record('notices-sent'));
    const { size } = await scene.ledger.auditHead();
    await scene.ledger.markFreezeNoticesSent([mail.id], NOW, record('notices-sent'));
    expect(await scene.other.pendingFreezeNotices(scene.alice, 10)).toEqual([]);
    expect((await scene.ledger.auditHead()).size).toBe(size);
  });

  function over(scope: FreezeScope): Promise<FreezeId | null> {
    return scene.other.freezeOver(scope);
  }

  function freeze(target: FreezeTarget): Freeze {
    const id = newId('frez', nextInstant());
    const people = { placedBy: scene.alice, proposedBy: null, liftedBy: null };
    return {
      id,
      target,
      reason: 'An incident, “quoted”',
      ...people,
      placedAt: NOW,
      proposedAt: null,
      liftedAt: null,
    };
  }

  function notice({ id }: Freeze): FreezeNotice {
    const about = { account: scene.alice, freeze: id, at: NOW };
    return { id: newId('noti', nextInstant()), kind: 'freeze-placed', ...about };
  }

  async function place(target: FreezeTarget): Promise<Freeze> {
    const made = freeze(target);
    await scene.ledger.placeFreeze(made, [], record('freeze-placed', { freeze: made.id }));
    return made;
  }

  function propose(id: FreezeId, by: Freeze['placedBy']): Promise<boolean> {
    return scene.ledger.proposeLift(id, by, NOW + 1, [], record('freeze-lift-proposed'));
  }

  function lift(
    id: FreezeId,
    proposedBy: Freeze['placedBy'],
    by: Freeze['placedBy'],
    at = NOW + 2,
  ): Promise<boolean> {
    return scene.ledger.liftFreeze(id, { proposedBy, by }, at, [], record('freeze-lifted'));
  }

  async function liftNow({ id }: Freeze, at = NOW): Promise<void> {
    expect(await propose(id, scene.alice)).toBe(true);
    expect(await lift(id, scene.alice, scene.bob, at)).toBe(true);
  }

  function person(): Promise<Freeze['placedBy']> {
    return addPerson(scene.ledger, `p${newId('acct', nextInstant()).slice(-20)}`);
  }

  async function dueOf(owner: Freeze['placedBy'], leavesBy?: ShareId) {
    const made =
      leavesBy === undefined
        ? await arrive(scene.ledger, owner, 'due.csv')
        : await release(scene.ledger, owner, 'due.csv', leavesBy);
    await scene.house.sql(`update files set expires_at = ${NOW - 1} where id = '${made.id}'`);
    return made.id;
  }
}
