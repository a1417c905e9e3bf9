import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkCustody } from '../../src/core/custody/check-custody.ts';
import { arrivalsDrop, type CustodyFile } from '../../src/core/custody/file.ts';
import { acceptClock, checkClockAtStart } from '../../src/core/custody/retention/clock-guard.ts';
import { destroyFile } from '../../src/core/custody/retention/destroy-file.ts';
import { DAY, HOUR } from '../../src/core/kit/clock.ts';
import { arrivalPath, IS_ROOT } from '../zones/zone-fixtures.ts';
import { type DrivesSite, GRACE, makeDrivesSite } from './drives-site.ts';

let site: DrivesSite;

beforeEach(async () => {
  site = await makeDrivesSite();
  await site.arrive('before.csv', 'what was there before');
});

afterEach(async () => site[Symbol.asyncDispose]());

async function at(name: string, folder = ''): Promise<CustodyFile> {
  const file = await site.ledger.arrivalAt(arrivalsDrop(site.alice.id), arrivalPath(name, folder));
  if (file === null) throw new Error(`nothing has the name ${name}`);
  return file;
}

/** Destroys a file that is due, as the job does. */
async function destroy(file: CustodyFile): Promise<CustodyFile> {
  const event = { type: 'destruction-begun', subjects: { file: file.id } } as const;
  const audit = { at: Date.now(), actor: { kind: 'console' }, event } as const;
  await site.ledger.moveFile({ ref: file, from: 'arrived', to: 'destroying', audit });
  await destroyFile(site.custody, file);
  return site.file(file.id);
}

function nothingAt(name: string): Promise<CustodyFile | null> {
  return site.ledger.arrivalAt(arrivalsDrop(site.alice.id), arrivalPath(name));
}

describe('a file that is put into Arrivals', () => {
  test('is adopted once it has stood still, and its time begins then', async () => {
    await site.desktop('mkdir arrivals/alice/new && echo -n 1 > arrivals/alice/new/mine.csv');
    expect((await site.look()).again).toBe(true);
    site.pass(GRACE);
    await site.desktop('echo -n 2 >> arrivals/alice/new/mine.csv');
    expect((await site.look()).again).toBe(true);
    expect(await site.published()).toHaveLength(1);
    site.pass(GRACE);
    const before = Date.now();
    expect((await site.look()).again).toBe(false);
    const file = await at('mine.csv', 'new');
    expect(file).toMatchObject({
      state: 'arrived',
      door: 'drives',
      zone: 'arrivals',
      size: 2,
      leavesBy: null,
    });
    expect(file.expiresAt).toBeGreaterThanOrEqual(before + 30 * DAY);
    expect(file.expiresRule).toBe('drives/v1');
    expect(await site.events(file.id)).toMatchObject([{ type: 'file-adopted', data: { by: 'unknown' } }]);
    expect(await site.ledger.verdictsOf(file.id)).toMatchObject([{ check: 'malware', outcome: 'off' }]);
    expect(await site.look()).toEqual({ again: false, files: 2 });
    site.restart();
    expect(await site.lookTwice()).toEqual({ again: false, files: 2 });
    expect((await site.events(file.id)).length).toBe(1);
  });

  test('waits while the clock is not trusted', async () => {
    const wrong = { now: () => Date.now() + 100 * DAY, monotonic: () => 0 };
    await checkClockAtStart(site.ledger, wrong);
    await site.desktop('echo mine > arrivals/alice/mine.csv');
    await site.lookTwice();
    expect(await nothingAt('mine.csv')).toBeNull();
    await acceptClock(site.ledger, site.intake.clock, { kind: 'console' });
    await site.lookTwice();
    expect((await at('mine.csv')).state).toBe('arrived');
  });

  test('as a copy goes on with the clock of what it was copied from', async () => {
    const expiresAt = Date.now() + 3 * DAY;
    const original = await site.arrive('scan.csv', 'bytes', { expiresAt });
    await site.desktop('cp arrivals/alice/scan.csv arrivals/alice/again.csv');
    await site.lookTwice();
    expect(await at('again.csv')).toMatchObject({ expiresAt, expiresRule: 'inherited/v1', door: 'drives' });
    expect(await at('scan.csv')).toMatchObject({ id: original.id, generation: original.generation });
  });

  test('that was in Arrivals before is due in a day, when its time is over', async () => {
    await site.share('cohort');
    await site.arrive('scan.csv', 'bytes', { expiresAt: Date.now() - DAY });
    await site.desktop('mv arrivals/alice/scan.csv shares/cohort/');
    await site.look();
    await site.desktop('cp shares/cohort/scan.csv arrivals/alice/');
    const before = Date.now();
    await site.lookTwice();
    const { expiresAt, expiresRule } = await at('scan.csv');
    expect(expiresRule).toBe('inherited/v1');
    expect(expiresAt).toBeGreaterThanOrEqual(before + DAY);
    expect(expiresAt).toBeLessThan(before + DAY + HOUR);
  });

  test('has nothing of the clock of somebody else’s equal file', async () => {
    const bob = await site.person('bob');
    await site.arrive('scan.csv', 'bytes', { owner: bob, expiresAt: Date.now() + DAY });
    await site.desktop('cp arrivals/bob/scan.csv arrivals/alice/');
    await site.lookTwice();
    expect((await at('scan.csv')).expiresRule).toBe('drives/v1');
  });

  test('is the same file after a copy under another name, once the first is deleted', async () => {
    const file = await site.arrive('scan.csv', 'bytes');
    await site.desktop('cp arrivals/alice/scan.csv arrivals/alice/renamed.csv && rm arrivals/alice/scan.csv');
    await site.look();
    expect(await at('renamed.csv')).toMatchObject({ id: file.id, door: 'sftp', expiresAt: file.expiresAt });
    expect((await site.file(file.id)).inode).not.toBe(file.inode);
    expect((await site.events(file.id)).at(-1)).toMatchObject({
      type: 'arrival-moved-by-drive',
      data: { copied: true },
    });
  });

  test.runIf(IS_ROOT)('by another user in the place of one takes its clock, and its row', async () => {
    const expiresAt = Date.now() + 3 * DAY;
    const file = await site.arrive('scan.csv', 'bytes', { expiresAt });
    await site.desktop('chmod 755 .. && chmod 777 arrivals/alice');
    await site.desktop('cp arrivals/alice/scan.csv arrivals/alice/renamed.csv', 4321);
    await site.desktop('rm -f arrivals/alice/scan.csv', 4321);
    await site.lookTwice();
    expect((await site.file(file.id)).state).toBe('removed');
    expect(await at('renamed.csv')).toMatchObject({ door: 'drives', expiresAt });
  });

  test('has its row when the daemon itself has just published it', async () => {
    const file = await site.arrive('mine.csv', 'mine', { onlyAdmitting: true });
    expect((await site.lookTwice()).again).toBe(false);
    expect(await at('mine.csv')).toMatchObject({
      id: file.id,
      state: 'admitting',
      generation: file.generation,
    });
  });

  test('is left alone while the daemon is destroying it', async () => {
    const file = await site.arrive('scan.csv', 'bytes');
    const event = { type: 'file-removed', subjects: {} } as const;
    const audit = { at: Date.now(), actor: { kind: 'console' }, event } as const;
    await site.ledger.moveFile({ ref: file, from: 'arrived', to: 'removed', audit });
    await site.lookTwice();
    expect(await nothingAt('scan.csv')).toBeNull();
  });

  test.each([
    ['its bytes are others', 'echo -n BYTES > arrivals/alice/scan.csv', 'true'],
    ['it was away for a while', 'mv arrivals/alice/scan.csv away', 'mv away arrivals/alice/scan.csv'],
    ['it was away, and has another name', 'mv arrivals/alice/scan.csv away', 'mv away arrivals/alice/x.csv'],
  ])('is no second file when its destruction was stopped because %s', async (_, before, after) => {
    const file = await site.arrive('scan.csv', 'bytes', { expiresAt: Date.now() - 1 });
    await site.desktop(before);
    expect(await destroy(file)).toMatchObject({ state: 'held', zone: 'arrivals' });
    await site.desktop(after);
    await site.lookTwice();
    await site.lookTwice();
    expect(await site.published()).toEqual(['/before.csv sftp arrived']);
    expect(await site.ledger.countByState()).toMatchObject({ arrived: 1, held: 1 });
    expect(site.log.of('drive-oddity')).toMatchObject([{ fields: { kind: 'held', file: file.id } }]);
    const { findings } = await checkCustody(site.intake);
    expect(findings.filter(({ message }) => /in no row/.test(message))).toEqual([]);
  });

  test('under the name of one whose destruction was stopped is its own file', async () => {
    const file = await site.arrive('scan.csv', 'bytes', { expiresAt: Date.now() - 1 });
    await site.desktop('mv arrivals/alice/scan.csv away && echo -n mine > arrivals/alice/scan.csv');
    expect(await destroy(file)).toMatchObject({ state: 'held', reason: 'bytes-differ' });
    await site.lookTwice();
    expect(await at('scan.csv')).toMatchObject({ door: 'drives', state: 'arrived' });
  });

  test('with the name of another but for its case is in no custody, and said once', async () => {
    await site.desktop('echo mine > arrivals/alice/BEFORE.csv');
    await site.lookTwice();
    await site.lookTwice();
    expect(await site.published()).toEqual(['/before.csv sftp arrived']);
    expect(site.log.of('drive-oddity')).toMatchObject([{ fields: { kind: 'name-taken' } }]);
  });
});

describe('an adopted file', () => {
  let adopted: CustodyFile;

  beforeEach(async () => {
    await site.desktop('echo -n draft > arrivals/alice/mine.csv');
    await site.lookTwice();
    adopted = await at('mine.csv');
  });

  test.each([
    ['in place, as long as before', 'echo -n DRAFT > arrivals/alice/mine.csv'],
    [
      'in place, with its time set back',
      'touch -r arrivals/alice/mine.csv t; echo -n DRAFT > arrivals/alice/mine.csv; touch -r t arrivals/alice/mine.csv',
    ],
    ['by a longer one', 'echo -n more >> arrivals/alice/mine.csv'],
    [
      'by a new file that takes its name',
      'echo -n DRAFT > arrivals/alice/x && mv arrivals/alice/x arrivals/alice/mine.csv',
    ],
  ])('that is changed %s is another file, with the clock of the first', async (_, edit) => {
    await site.desktop(edit);
    await site.lookTwice();
    const now = await at('mine.csv');
    expect(now.id).not.toBe(adopted.id);
    expect(now).toMatchObject({
      state: 'arrived',
      door: 'drives',
      expiresAt: adopted.expiresAt,
      expiresRule: 'inherited/v1',
    });
    expect(await site.file(adopted.id)).toMatchObject({ state: 'removed', zone: 'gone' });
    expect((await site.lookTwice()).again).toBe(false);
    expect((await at('mine.csv')).id).toBe(now.id);
  });

  test('that is changed while the daemon was away is noticed at its start', async () => {
    await new Promise((done) => setTimeout(done, 1100));
    site.restart();
    await site.desktop('echo -n DRAFT > arrivals/alice/mine.csv');
    await site.lookTwice();
    expect((await at('mine.csv')).id).not.toBe(adopted.id);
  });

  test('is what a file of the daemon becomes that is changed in place', async () => {
    const before = await at('before.csv');
    await site.desktop('echo more >> arrivals/alice/before.csv');
    await site.lookTwice();
    expect((await site.file(before.id)).state).toBe('removed');
    expect(await at('before.csv')).toMatchObject({ door: 'drives', expiresAt: before.expiresAt });
  });

  test('that is only renamed, or touched, stays the same file', async () => {
    await site.desktop(
      'mv arrivals/alice/mine.csv arrivals/alice/yours.csv && touch arrivals/alice/yours.csv',
    );
    await site.lookTwice();
    await site.lookTwice();
    expect(await at('yours.csv')).toMatchObject({ id: adopted.id, state: 'arrived' });
  });
});

describe('what is no file', () => {
  test('is never followed, never opened, and said once', async () => {
    await site.desktop(
      'echo -n secret > outside.csv && ln -s ../../outside.csv arrivals/alice/link.csv && ' +
        'ln -s ../.. arrivals/alice/up && mkfifo arrivals/alice/pipe && ' +
        'python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\'arrivals/alice/socket\')" && ' +
        "touch $'arrivals/alice/bell\\a.csv' $'arrivals/alice/\\xff.csv'",
    );
    await site.lookTwice();
    await site.lookTwice();
    expect(await site.published()).toEqual(['/before.csv sftp arrived']);
    const kinds = site.log.of('drive-oddity').map(({ fields }) => String(fields['kind']));
    expect(kinds.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      'link',
      'link',
      'name',
      'name',
      'special',
      'special',
    ]);
  });

  test('does not make a file of a share, when it stands in the place of one', async () => {
    await site.share('cohort');
    const file = await site.arrive('scan.csv', 'bytes');
    await site.desktop(
      'mv arrivals/alice/scan.csv away.csv && ln -s ../../away.csv shares/cohort/scan.csv && ' +
        'ln -s ../../../away.csv arrivals/alice/scan.csv',
    );
    await site.lookTwice();
    expect((await site.file(file.id)).state).toBe('removed');
  });

  test.runIf(IS_ROOT)('the daemon’s own names among it are left out', async () => {
    await site.desktop('echo x > arrivals/alice/.havengate-x && mkdir arrivals/alice/.havengate-y');
    expect(await site.look()).toEqual({ again: false, files: 1 });
    expect(site.log.of('drive-oddity')).toEqual([]);
  });
});
