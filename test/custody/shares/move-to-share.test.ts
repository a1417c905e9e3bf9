import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditEntry } from '../../../src/app/cli/audit-entry.ts';
import { checkCustody } from '../../../src/core/custody/check-custody.ts';
import { arrivalsDrop } from '../../../src/core/custody/file.ts';
import { placeHold } from '../../../src/core/custody/retention/hold.ts';
import { lookUpArrival } from '../../../src/core/custody/shares/arrivals-view.ts';
import { lookUpWorking } from '../../../src/core/custody/shares/look-in-share.ts';
import { moveFile } from '../../../src/core/custody/shares/move-file.ts';
import { moveToShare } from '../../../src/core/custody/shares/move-to-share.ts';
import { at, folder } from '../../ledger/fixtures.ts';
import { done, type Haven, makeHaven, place } from './haven.ts';

let haven: Haven;

beforeEach(async () => {
  haven = await makeHaven();
});

afterEach(() => haven.close());

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

describe('a move from Arrivals to a share on the same file system', () => {
  test('is done when it is answered: the bytes are there, and in Arrivals no more', async () => {
    const file = await haven.arrive('alice', 'raw/scan.csv', 'a,b\n');
    const before = await stat(haven.at('arrivals/alice/raw/scan.csv'));
    const moved = done(
      await moveToShare(haven.intake, haven.mover('alice'), at('raw/scan.csv'), place('cohort/new.csv')),
    );
    expect(moved.done).toBe(true);
    expect(moved.file).toMatchObject({ id: file.id, state: 'shared', zone: 'share' });
    const path = haven.at('shares/cohort/new.csv');
    expect(await readFile(path, 'utf8')).toBe('a,b\n');
    const after = await stat(path);
    expect([after.ino, after.nlink, after.mode & 0o777]).toEqual([before.ino, 1, 0o660]);
    expect(await exists(haven.at('arrivals/alice/raw'))).toBe(false);
    expect(await lookUpArrival(haven.intake, haven.session('alice'), folder('raw/scan.csv'))).toMatchObject({
      refusal: 'not-found',
    });
    expect(haven.hints).toEqual([]);
  });

  test('keeps when it would have been destroyed as history, and is never due', async () => {
    const file = await haven.arrive('alice', 'scan.csv');
    done(await moveToShare(haven.intake, haven.mover('alice'), file, place('cohort/scan.csv')));
    expect((await haven.file(file.id)).expiresAt).toBe(file.expiresAt);
    expect(await haven.ledger.dueFiles(Number.MAX_SAFE_INTEGER, null, 10)).toEqual([]);
  });

  test('writes what happened in the order in which it happened, with the path as personal data', async () => {
    const file = await haven.arrive('alice', 'scan.csv');
    done(await moveToShare(haven.intake, haven.mover('alice'), file, place('cohort/scan.csv')));
    const rows = (await haven.ledger.auditOf({ file: file.id })).map(auditEntry);
    expect(rows.map(({ type }) => type).slice(-3)).toEqual(['move-begun', 'bytes-carried', 'file-shared']);
    expect(rows.at(-3)?.actor).toMatchObject({ kind: 'account', account: haven.people.alice });
  });

  test('is no fault to a check that had read the row before it', async () => {
    const file = await haven.arrive('alice', 'scan.csv');
    const { ledger } = haven.intake;
    const late = { ...ledger, filesWithBytes: async () => [file] };
    done(await moveToShare(haven.intake, haven.mover('alice'), file, place('cohort/scan.csv')));
    const { findings } = await checkCustody({ ...haven.intake, ledger: late });
    expect(findings.filter((one) => one.file === file.id)).toEqual([]);
  });

  test('works for a file that has still its name in the airlock', async () => {
    const file = await haven.arrive('alice', 'scan.csv', 'bytes');
    await haven.intake.zones.airlock.create(file.id);
    await haven.ledger.moveBytes(file, 'arrivals', 'airlock', {
      at: 1,
      actor: { kind: 'console' },
      event: { type: 'airlock-cleared', subjects: { file: file.id } },
    });
    const again = await haven.file(file.id);
    done(await moveToShare(haven.intake, haven.mover('alice'), again, place('cohort/scan.csv')));
    expect(await haven.file(file.id)).toMatchObject({ state: 'shared', zone: 'share' });
    expect(await haven.intake.zones.airlock.sizeOf(file.id)).toBeNull();
  });

  test('makes folders only where it is told to', async () => {
    await haven.arrive('alice', 'a.csv');
    const to = place('cohort/deep/er/a.csv');
    const mover = haven.mover('alice');
    expect(await moveToShare(haven.intake, mover, at('a.csv'), to)).toMatchObject({
      refusal: 'folder-missing',
    });
    done(await moveToShare(haven.intake, mover, at('a.csv'), { ...to, makeFolders: true }));
    expect(await exists(haven.at('shares/cohort/deep/er/a.csv'))).toBe(true);
  });
});

describe('a refused move leaves the file in Arrivals, and changes nothing in the share', () => {
  const attempt = (to: string, who: 'alice' | 'bob' = 'alice') =>
    moveToShare(haven.intake, haven.mover(who), at('scan.csv'), place(to));

  beforeEach(async () => {
    await haven.arrive('alice', 'scan.csv', 'mine');
  });

  /** Whether alice's file is in Arrivals, with its bytes, and on its way nowhere. */
  async function asBefore(): Promise<boolean> {
    const drop = arrivalsDrop(haven.people.alice);
    const file = await haven.ledger.arrivalAt(drop, at('scan.csv'));
    const bytes = await readFile(haven.at('arrivals/alice/scan.csv'), 'utf8');
    return file?.state === 'arrived' && file.working === null && bytes === 'mine';
  }

  test('onto a name that somebody has, whoever is faster', async () => {
    await writeFile(haven.at('shares/cohort/scan.csv'), 'theirs');
    expect(await attempt('cohort/scan.csv')).toMatchObject({ refusal: 'exists' });
    expect(await readFile(haven.at('shares/cohort/scan.csv'), 'utf8')).toBe('theirs');
    expect(await asBefore()).toBe(true);
  });

  test('onto a name that somebody takes after the look', async () => {
    const { zones } = haven.intake;
    const look = zones.shares.look.bind(zones.shares);
    const late: typeof look = async (where) => {
      const seen = await look(where);
      if (where.path === 'scan.csv' && seen === null)
        await writeFile(haven.at('shares/cohort/scan.csv'), 'theirs');
      return seen;
    };
    const intake = { ...haven.intake, zones: { ...zones, shares: { ...zones.shares, look: late } } };
    const refused = await moveToShare(intake, haven.mover('alice'), at('scan.csv'), place('cohort/scan.csv'));
    expect(refused).toMatchObject({ refusal: 'exists' });
    expect(await readFile(haven.at('shares/cohort/scan.csv'), 'utf8')).toBe('theirs');
    expect(await haven.ledger.pendingNotices(haven.people.alice, 10)).toEqual([]);
    expect(await asBefore()).toBe(true);
  });

  test('onto a folder, the share itself, a link, below a file, and onto a name of the daemon', async () => {
    await mkdir(haven.at('shares/cohort/folder'));
    await symlink('/etc/passwd', haven.at('shares/cohort/link'));
    await writeFile(haven.at('shares/cohort/file'), '');
    expect(await attempt('cohort/folder')).toMatchObject({ refusal: 'is-a-folder' });
    expect(await attempt('cohort')).toMatchObject({ refusal: 'is-the-top' });
    expect(await attempt('cohort/link')).toMatchObject({ refusal: 'exists' });
    expect(await attempt('cohort/link/x')).toMatchObject({ refusal: 'not-a-folder' });
    expect(await attempt('cohort/file/x')).toMatchObject({ refusal: 'not-a-folder' });
    expect(await attempt('cohort/.havengate-incoming')).toMatchObject({ refusal: 'name-invalid' });
    expect(await asBefore()).toBe(true);
  });

  test('without the right to write, without membership, and by somebody who is disabled', async () => {
    await haven.arrive('bob', 'scan.csv');
    expect(await attempt('cohort/scan.csv', 'bob')).toMatchObject({ refusal: 'no-right' });
    expect(await attempt('other/scan.csv')).toMatchObject({ refusal: 'share-unknown' });
    expect(await attempt('none/scan.csv')).toMatchObject({ refusal: 'share-unknown' });
    await haven.allow('bob', 'cohort', 'write');
    await haven.disable('bob');
    expect(await attempt('cohort/scan.csv', 'bob')).toMatchObject({ refusal: 'account-disabled' });
    expect(await asBefore()).toBe(true);
  });

  test('of a file that somebody else holds', async () => {
    await haven.allow('bob', 'cohort', 'write');
    const { value } = (await lookUpArrival(haven.intake, haven.session('alice'), folder('scan.csv'))) as {
      value: { file: Awaited<ReturnType<Haven['file']>> };
    };
    const to = place('cohort/scan.csv');
    expect(await moveToShare(haven.intake, haven.mover('bob'), value.file, to)).toMatchObject({
      refusal: 'not-holder',
    });
    expect(await moveToShare(haven.intake, haven.mover('bob'), at('scan.csv'), to)).toMatchObject({
      refusal: 'not-found',
    });
    expect(await asBefore()).toBe(true);
  });

  test('under a hold', async () => {
    const { ledger, clock } = haven.intake;
    const target = { kind: 'account', account: haven.people.alice } as const;
    const request = { target, reason: 'an inquiry', by: haven.people.bob };
    done(await placeHold({ ledger, clock }, { kind: 'console' }, request));
    expect(await attempt('cohort/scan.csv')).toMatchObject({ refusal: 'held-back' });
    expect(await exists(haven.at('shares/cohort/scan.csv'))).toBe(false);
    expect(await asBefore()).toBe(true);
  });

  test('when the disk of the share is full or may not be written to', async () => {
    for (const [code, refusal] of [
      ['ENOSPC', 'share-full'],
      ['EDQUOT', 'share-full'],
      ['EROFS', 'share-unwritable'],
    ]) {
      const { zones } = haven.intake;
      const carry = () => Promise.reject(Object.assign(new Error('no'), { code }));
      const intake = { ...haven.intake, zones: { ...zones, shares: { ...zones.shares, carry } } };
      expect(
        await moveToShare(intake, haven.mover('alice'), at('scan.csv'), place('cohort/scan.csv')),
      ).toMatchObject({ refusal });
    }
    expect(await asBefore()).toBe(true);
  });
});

test('an error of the disk that may pass leaves the move begun, for the job to end it', async () => {
  const file = await haven.arrive('alice', 'scan.csv', 'mine');
  const { zones } = haven.intake;
  const carry = () => Promise.reject(Object.assign(new Error('no'), { code: 'EIO' }));
  const intake = { ...haven.intake, zones: { ...zones, shares: { ...zones.shares, carry } } };
  const moved = done(await moveToShare(intake, haven.mover('alice'), file, place('cohort/scan.csv')));
  expect(moved).toMatchObject({ done: false, file: { state: 'moving' } });
  expect(haven.hints).toMatchObject([{ job: 'move-file', ref: { id: file.id } }]);
  const entry = await lookUpWorking(haven.intake, haven.session('bob'), place('cohort/scan.csv'));
  expect(entry).toMatchObject({ ok: true, value: { kind: 'file', size: 4 } });
  await moveFile(haven.intake, moved.file);
  expect(await haven.file(file.id)).toMatchObject({ state: 'shared' });
  expect(await readFile(haven.at('shares/cohort/scan.csv'), 'utf8')).toBe('mine');
});

test('of two moves to one name at once one is refused, and its file stays', async () => {
  const files = [await haven.arrive('alice', 'a.csv', 'aaa'), await haven.arrive('alice', 'b.csv', 'bbb')];
  const ends = await Promise.all(
    files.map((file) => moveToShare(haven.intake, haven.mover('alice'), file, place('cohort/x.csv'))),
  );
  expect(ends.filter(({ ok }) => ok)).toHaveLength(1);
  const states = await Promise.all(files.map(async ({ id }) => (await haven.file(id)).state));
  expect(states.toSorted()).toEqual(['arrived', 'shared']);
});
