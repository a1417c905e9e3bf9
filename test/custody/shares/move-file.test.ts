import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Intake } from '../../../src/core/custody/custody.ts';
import type { CustodyFile } from '../../../src/core/custody/file.ts';
import { openArrival } from '../../../src/core/custody/shares/arrivals-view.ts';
import { listWorking } from '../../../src/core/custody/shares/list-share.ts';
import { lookUpWorking } from '../../../src/core/custody/shares/look-in-share.ts';
import { moveFile } from '../../../src/core/custody/shares/move-file.ts';
import { moveToShare } from '../../../src/core/custody/shares/move-to-share.ts';
import { openWorking } from '../../../src/core/custody/shares/open-working.ts';
import type { SharesZone } from '../../../src/core/custody/shares/ports.ts';
import { onFailpoint } from '../../../src/core/kit/failpoint.ts';
import { closeShare } from '../../../src/core/projects/close-share.ts';
import { at } from '../../ledger/fixtures.ts';
import { eventually } from '../../support/wait.ts';
import { done, type Haven, makeHaven, place } from './haven.ts';

let haven: Haven;

beforeEach(async () => {
  haven = await makeHaven({ elsewhere: true });
});

afterEach(async () => {
  onFailpoint(null);
  await haven.close();
});

const READ = { read: true, write: false, create: false, exclusive: false, truncate: false };

async function begin(text = 'a,b\n'): Promise<CustodyFile> {
  const file = await haven.arrive('alice', 'scan.csv', text);
  const begun = done(await moveToShare(haven.intake, haven.mover('alice'), file, place('cohort/scan.csv')));
  expect(begun).toMatchObject({ done: false, file: { state: 'moving' } });
  return begun.file;
}

function withShares(changes: Partial<SharesZone>): Intake {
  const { zones } = haven.intake;
  return { ...haven.intake, zones: { ...zones, shares: { ...zones.shares, ...changes } } };
}

/** What became of a file, on disk and in the ledger, and the mails that are to be sent about it. */
async function outcomeOf({ id }: CustodyFile) {
  const { state, zone, working, reason } = await haven.file(id);
  const bytes = await readFile(haven.at('arrivals/alice/scan.csv'), 'utf8');
  const notices = await haven.ledger.pendingNotices(haven.people.alice, 10);
  return { state, zone, working, reason, bytes, mails: notices.map(({ kind, file }) => [kind, file]) };
}

function returned({ id }: CustodyFile, reason: string) {
  const mails = [['move-returned', id]];
  return { state: 'arrived', zone: 'arrivals', working: null, reason, bytes: 'a,b\n', mails };
}

describe('a move to another file system', () => {
  test('is answered once it is durable, and both sides see one file until a job has carried it', async () => {
    const file = await begin();
    const [alice, bob] = [haven.session('alice'), haven.session('bob')];
    expect(haven.hints).toEqual([{ job: 'move-file', ref: expect.objectContaining({ id: file.id }) }]);
    expect(await haven.ledger.impliedWork(Date.now(), 10)).toMatchObject([{ job: 'move-file' }]);
    expect(await openArrival(haven.intake, alice, at('scan.csv'))).toMatchObject({ refusal: 'not-found' });
    expect(await lookUpWorking(haven.intake, bob, place('cohort/scan.csv'))).toMatchObject({
      value: { kind: 'file', size: 4 },
    });
    const listing = done(await listWorking(haven.intake, bob, place('cohort'), 100));
    expect(done(await listing.next())).toMatchObject([{ name: 'scan.csv', size: 4 }]);
    expect(done(await listing.next())).toEqual([]);
    const reading = done(await openWorking(haven.intake, bob, place('cohort/scan.csv'), READ));
    const buffer = Buffer.alloc(10);
    expect(done(await reading.read(buffer, 0))).toBe(4);
    expect(buffer.subarray(0, 4).toString()).toBe('a,b\n');
    await reading.close();
    expect(await moveFile(haven.intake, file)).toEqual({ end: 'done' });
    expect(await haven.file(file.id)).toMatchObject({ state: 'shared', zone: 'share', carried: null });
    expect(await readFile(haven.at('shares/cohort/scan.csv'), 'utf8')).toBe('a,b\n');
    expect(await readdir(haven.at('arrivals/alice'))).toEqual([]);
    expect(await haven.ledger.pendingNotices(haven.people.alice, 10)).toEqual([]);
  });

  test('notes how far it has come, in the ledger and in the log', async () => {
    const file = await begin();
    const { shares } = haven.intake.zones;
    const seen: number[] = [];
    const slow: SharesZone['carry'] = async (carriage, onCopied) => {
      onCopied(2);
      onCopied(3);
      seen.push(await eventually('it is noted', async () => (await haven.file(file.id)).carried === 3 && 3));
      return shares.carry(carriage, onCopied);
    };
    await moveFile(withShares({ carry: slow }), file);
    expect(seen).toEqual([3]);
    expect(haven.logged.filter(({ event }) => event === 'move-progress')).toMatchObject([
      { file: file.id, carried: 2, size: 4 },
      { file: file.id, carried: 3, size: 4 },
    ]);
  });

  test('ends once, however often its job runs, also at once', async () => {
    const file = await begin();
    const runs = await Promise.allSettled([1, 2, 3].map(() => moveFile(haven.intake, file)));
    expect(runs.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    await moveFile(haven.intake, file);
    expect((await haven.audited('bytes-carried', 'file-shared')).map(({ type }) => type)).toEqual([
      'bytes-carried',
      'file-shared',
    ]);
  });

  test('goes on after a stop at any instant, to the same end', async () => {
    const points = [
      'move.folder-made',
      'move.linked',
      'move.folder-synced',
      'move.carried',
      'move.source-unlinked',
      'move.attributes-set',
    ] as const;
    for (const point of points) {
      const name = `${point}.csv`;
      const arrived = await haven.arrive('alice', name, point);
      const to = place(`cohort/${name}`);
      const { file } = done(await moveToShare(haven.intake, haven.mover('alice'), arrived, to));
      let stops = 0;
      onFailpoint((reached) => {
        if (reached !== point) return;
        stops++;
        throw new Error('stopped');
      });
      await expect(moveFile(haven.intake, file), point).rejects.toThrow('stopped');
      onFailpoint(null);
      expect(stops, point).toBe(1);
      expect(await moveFile(haven.intake, file)).toEqual({ end: 'done' });
      expect(await haven.file(file.id), point).toMatchObject({ state: 'shared', zone: 'share' });
      expect(await readFile(haven.at('shares/cohort', name), 'utf8')).toBe(point);
      expect((await stat(haven.at('shares/cohort', name))).mode & 0o777).toBe(0o660);
    }
    expect(await readdir(haven.at('arrivals/alice'))).toEqual([]);
  });
});

describe('a move that cannot be ended gives the file back to Arrivals, with a mail', () => {
  test('when its person was taken off the share meanwhile', async () => {
    const file = await begin();
    await haven.allow('alice', 'cohort');
    await moveFile(haven.intake, file);
    expect(await outcomeOf(file)).toEqual(returned(file, 'right-withdrawn'));
    expect(await readdir(haven.at('shares/cohort'))).not.toContain('scan.csv');
  });

  test('when the right to write was taken, or the person disabled', async () => {
    const file = await begin();
    await haven.allow('alice', 'cohort', 'read', 'outbound');
    await moveFile(haven.intake, file);
    expect(await outcomeOf(file)).toEqual(returned(file, 'right-withdrawn'));
  });

  test('when its person was disabled meanwhile', async () => {
    const file = await begin();
    await haven.disable('alice');
    await moveFile(haven.intake, file);
    expect(await outcomeOf(file)).toEqual(returned(file, 'right-withdrawn'));
  });

  test('when the share was closed meanwhile', async () => {
    const file = await begin();
    const { ledger, clock } = haven.intake;
    done(await closeShare({ ledger, clock }, { kind: 'console' }, 'cohort'));
    await moveFile(haven.intake, file);
    expect(await outcomeOf(file)).toEqual(returned(file, 'share-closed'));
  });

  test('when something else has taken the name, which stays', async () => {
    const file = await begin();
    await writeFile(haven.at('shares/cohort/scan.csv'), 'theirs');
    await moveFile(haven.intake, file);
    expect(await outcomeOf(file)).toEqual(returned(file, 'name-occupied'));
    expect(await readFile(haven.at('shares/cohort/scan.csv'), 'utf8')).toBe('theirs');
  });

  test.each([
    ['ENOSPC', 'share-full'],
    ['EDQUOT', 'share-full'],
    ['EROFS', 'share-unwritable'],
  ])('when the disk says %s', async (code, reason) => {
    const file = await begin();
    const carry = () => Promise.reject(Object.assign(new Error('no'), { code }));
    await moveFile(withShares({ carry }), file);
    expect(await outcomeOf(file)).toEqual(returned(file, reason));
    expect(haven.logged).toContainEqual(expect.objectContaining({ event: 'move-returned', reason }));
  });

  test('and it can be moved again, its reason forgotten', async () => {
    const file = await begin();
    await haven.allow('alice', 'cohort');
    await moveFile(haven.intake, file);
    await haven.allow('alice', 'cohort', 'write');
    const again = await haven.file(file.id);
    const moved = done(
      await moveToShare(haven.intake, haven.mover('alice'), again, place('cohort/scan.csv')),
    );
    expect(moved.file.reason).toBeNull();
    await moveFile(haven.intake, file);
    expect(await haven.file(file.id), 'by the job of the older move').toMatchObject({ state: 'moving' });
    await moveFile(haven.intake, moved.file);
    expect(await haven.file(file.id)).toMatchObject({ state: 'shared' });
  });
});

test('bytes that were carried before the right was taken stay there, and the move ends', async () => {
  const file = await begin();
  onFailpoint((point) => {
    if (point === 'move.folder-synced') throw new Error('stopped');
  });
  await expect(moveFile(haven.intake, file)).rejects.toThrow('stopped');
  onFailpoint(null);
  await haven.allow('alice', 'cohort');
  await moveFile(haven.intake, file);
  expect(await haven.file(file.id)).toMatchObject({ state: 'shared' });
  expect(await readdir(haven.at('arrivals/alice'))).toEqual([]);
});

test('a slow run that finds nothing in Arrivals gives nothing back once another has carried the bytes', async () => {
  const file = await begin();
  const { shares } = haven.intake.zones;
  const overtaken: SharesZone['carry'] = async (carriage, onCopied) => {
    onFailpoint((point) => {
      if (point === 'move.carried') throw new Error('stopped');
    });
    await expect(moveFile(haven.intake, file)).rejects.toThrow('stopped');
    onFailpoint(null);
    await shares.carry(carriage, onCopied);
    return 'bytes-missing';
  };
  await moveFile(withShares({ carry: overtaken }), file);
  expect(await haven.file(file.id)).toMatchObject({ state: 'moving', zone: 'carried' });
  await moveFile(haven.intake, file);
  expect(await haven.file(file.id)).toMatchObject({ state: 'shared' });
});

test('an error of the disk that may pass is thrown, and the next try goes on', async () => {
  const file = await begin();
  const carry = () => Promise.reject(Object.assign(new Error('broken'), { code: 'EIO' }));
  await expect(moveFile(withShares({ carry }), file)).rejects.toThrow('broken');
  expect(await haven.file(file.id)).toMatchObject({ state: 'moving' });
  await moveFile(haven.intake, file);
  expect(await haven.file(file.id)).toMatchObject({ state: 'shared' });
});
