import { readdir, readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openUpload } from '../../../src/core/custody/open-upload.ts';
import { lookUpReleased } from '../../../src/core/custody/outbound/outbound-view.ts';
import { releaseFile } from '../../../src/core/custody/outbound/release-file.ts';
import { orderAdmission } from '../../../src/core/custody/retention/decide.ts';
import { DAY } from '../../../src/core/kit/clock.ts';
import { sha256 } from '../../../src/core/kit/digest.ts';
import { type Failpoint, onFailpoint } from '../../../src/core/kit/failpoint.ts';
import { at, folder } from '../../ledger/fixtures.ts';
import { done, makeOutboundHaven, type OutboundHaven } from './outbound-haven.ts';

let haven: OutboundHaven;

beforeEach(async () => {
  haven = await makeOutboundHaven();
});

afterEach(async () => {
  onFailpoint(null);
  await haven.close();
});

/** The instants between two durable steps that a file which is sent passes. */
const ON_THE_WAY: readonly Failpoint[] = [
  'seal.begun',
  'seal.copied',
  'seal.synced',
  'seal.recorded',
  'inspect.begun',
  'inspect.bytes-read',
  'inspect.recorded',
  'release.name-reserved',
  'admit.folder-made',
  'admit.linked',
  'admit.folder-synced',
  'release.recorded',
  'clear.airlock-unlinked',
  'clear.recorded',
];

/** Does all work and dies at a point, once; `then` is done while the daemon is down. */
async function dieAt(point: Failpoint, then: () => Promise<void> = async () => undefined): Promise<void> {
  onFailpoint((reached) => {
    if (reached === point) throw new Error(`died at ${point}`);
  });
  await expect(haven.work()).rejects.toThrow(`died at ${point}`);
  onFailpoint(null);
  await then();
  await haven.work();
}

/** What a file has become, and what outbound shows, when the right was withdrawn at an instant of its way. */
function stoppedAt(point: Failpoint): readonly [object, readonly string[]] {
  if (point === 'release.recorded' || point.startsWith('clear.'))
    return [{ state: 'released' }, ['cohort/alice/table.csv']];
  const state = point.startsWith('seal.') && point !== 'seal.recorded' ? 'abandoned' : 'held';
  return [{ state, reason: 'right-withdrawn', arrival: null }, []];
}

describe('a release', () => {
  test('publishes the digested bytes read-only, for 14 days, and tells where they are', async () => {
    const file = await haven.release('alice', 'table.csv', 'a,b\n');
    expect(file).toMatchObject({
      state: 'released',
      zone: 'outbound',
      arrival: at('table.csv'),
      sha256: sha256('a,b\n'),
      expiresRule: 'outbound/v1',
      collectedAt: null,
      arrivedAt: null,
    });
    expect((file.expiresAt ?? 0) - (file.releasedAt ?? 0)).toBe(14 * DAY);
    expect(file.inode).toMatch(/^\d+-\d+$/);
    expect(await haven.read('cohort/alice/table.csv')).toBe('a,b\n');
    expect(await readdir(haven.at('airlock/files'))).toEqual([]);
    const [mail] = haven.mails;
    expect(mail?.subject).toBe('[test] 1 file released');
    for (const words of [
      '/outbound/cohort/table.csv',
      sha256('a,b\n'),
      '4 bytes',
      new Date(file.expiresAt ?? 0).toISOString(),
    ])
      expect(mail?.text).toContain(words);
    expect((await haven.history(file.id)).map(({ type }) => type)).toEqual([
      'sealing-begun',
      'file-sealed',
      'inspection-begun',
      'file-inspected',
      'release-begun',
      'file-released',
      'airlock-cleared',
    ]);
    expect(await haven.faults()).toEqual([]);
  });

  test.each(ON_THE_WAY)('that dies at %s goes on where it was, and releases once', async (point) => {
    await haven.write('table.csv', 'a,b\n');
    const { id } = done(await haven.send('alice', 'table.csv'));
    await dieAt(point);
    expect(await haven.file(id)).toMatchObject({ state: 'released', zone: 'outbound' });
    expect(await haven.outbound()).toEqual(['cohort/alice/table.csv']);
    expect(await haven.read('cohort/alice/table.csv')).toBe('a,b\n');
    expect(haven.mails).toHaveLength(1);
    expect(await haven.faults()).toEqual([]);
  });

  test.each(ON_THE_WAY)(
    'that dies at %s is released as it was digested, whatever the source is then',
    async (point) => {
      await haven.write('table.csv', 'before');
      const { id } = done(await haven.send('alice', 'table.csv'));
      await dieAt(point, () => haven.write('table.csv', 'other bytes'));
      const file = await haven.file(id);
      const released = await haven.read('cohort/alice/table.csv');
      expect(sha256(released)).toBe(file.sha256);
      expect(released).toBe(['seal.begun', 'seal.copied'].includes(point) ? 'other bytes' : 'before');
    },
  );

  test.each(ON_THE_WAY)('is stopped by a right that was withdrawn at %s', async (point) => {
    await haven.write('table.csv', 'a,b\n');
    const { id } = done(await haven.send('alice', 'table.csv'));
    await dieAt(point, () => haven.allow('alice', 'read', 'write'));
    expect([await haven.file(id), await haven.outbound()]).toMatchObject(stoppedAt(point));
    expect(await haven.faults()).toEqual([]);
  });

  test('is made once when every job runs twice at once, and the source changes all along', async () => {
    await haven.write('table.csv', 'before');
    const { id } = done(await haven.send('alice', 'table.csv'));
    for (const job of ['seal-file', 'inspect-file', 'release-file', 'clear-airlock'] as const) {
      // One of two may find the file in use, and is tried again later.
      await Promise.allSettled([haven.run(job, id), haven.run(job, id)]);
      await haven.write('table.csv', `after ${job}`);
      await haven.run('seal-file', id);
    }
    await haven.work();
    expect(await haven.file(id)).toMatchObject({ state: 'released', sha256: sha256('before') });
    expect(await haven.read('cohort/alice/table.csv')).toBe('before');
    expect(haven.mails).toHaveLength(1);
    expect(await haven.faults()).toEqual([]);
  });

  test('begins nothing more when the right is gone: no name is reserved, nothing is published', async () => {
    const reached: Failpoint[] = [];
    await haven.write('table.csv', 'a,b\n');
    const early = done(await haven.send('alice', 'table.csv')).id;
    await haven.run('seal-file', early);
    await haven.run('inspect-file', early);
    const late = done(await haven.send('alice', 'table.csv', at('late.csv'))).id;
    await haven.run('seal-file', late);
    await haven.run('inspect-file', late);
    onFailpoint(() => {
      throw new Error('died');
    });
    await expect(haven.run('release-file', late)).rejects.toThrow('died');
    await haven.allow('alice', 'read');
    onFailpoint((point) => void reached.push(point));
    await haven.run('release-file', early);
    await haven.run('release-file', late);
    expect(reached).toEqual([]);
    expect((await haven.file(early)).state).toBe('held');
    expect((await haven.file(late)).state).toBe('held');
  });

  test('that takes long is taken back when the right went while it was published', async () => {
    const { zones } = haven.custody;
    const outbound = {
      ...zones.outbound,
      publish: async (publication: Parameters<typeof zones.outbound.publish>[0]) => {
        const outcome = await zones.outbound.publish(publication);
        await haven.allow('alice', 'read');
        return outcome;
      },
    };
    await haven.write('table.csv', 'a,b\n');
    const { id } = done(await haven.send('alice', 'table.csv'));
    await haven.run('seal-file', id);
    await haven.run('inspect-file', id);
    await releaseFile({ ...haven.custody, zones: { ...zones, outbound } }, { id, generation: 1 });
    expect(await haven.file(id)).toMatchObject({ state: 'held', reason: 'right-withdrawn' });
    expect(await haven.outbound()).toEqual([]);
    expect(await haven.faults()).toEqual([]);
  });

  test('is seen by nobody before its row says that it is released', async () => {
    await haven.release('alice', 'other.csv', 'x');
    await haven.write('table.csv', 'a,b\n');
    done(await haven.send('alice', 'table.csv'));
    const look = () => lookUpReleased(haven.custody, haven.session('alice'), 'cohort', folder('table.csv'));
    await dieAt('admit.folder-synced', async () => {
      expect(await haven.outbound()).toContain('cohort/alice/table.csv');
      expect(await look()).toMatchObject({ refusal: 'not-found' });
    });
    expect(await look()).toMatchObject({ ok: true });
  });

  test('never has other bytes because a slow second run of the sealing ends late', async () => {
    await haven.write('table.csv', 'before');
    const { id } = done(await haven.send('alice', 'table.csv'));
    const { shares } = haven.custody.zones;
    const from = { share: 'cohort', path: folder('table.csv') };
    await haven.run('seal-file', id);
    await haven.run('inspect-file', id);
    await haven.write('table.csv', 'BEFORE');
    await shares.seal({ file: id, from });
    await haven.work();
    expect(await haven.read('cohort/alice/table.csv')).toBe('before');
  });

  test('never overwrites: other bytes get the next name, the same bytes no second copy', async () => {
    const first = await haven.release('alice', 'table.csv', 'one');
    const second = await haven.release('alice', 'table.csv', 'two');
    expect(second).toMatchObject({ path: at('table.csv'), arrival: at('table (2).csv') });
    const third = await haven.release('alice', 'table.csv', 'one');
    expect(third).toMatchObject({
      state: 'abandoned',
      reason: 'same-bytes',
      sameBytesAs: first.id,
      zone: 'gone',
    });
    expect(await haven.outbound()).toEqual(['cohort/alice/table (2).csv', 'cohort/alice/table.csv']);
    expect(await haven.read('cohort/alice/table.csv')).toBe('one');
    expect(haven.mails.at(-1)?.text).toMatch(/\/outbound\/cohort\/table\.csv[^]*released already/);
    expect(await haven.faults()).toEqual([]);
  });

  test('leaves a name alone that only the disk knows', async () => {
    await haven.release('alice', 'other.csv', 'x');
    await writeFile(haven.at('outbound/cohort/alice/table.csv'), 'of somebody');
    const file = await haven.release('alice', 'table.csv', 'a,b\n');
    expect(file.arrival).toEqual(at('table (2).csv'));
    expect(await haven.read('cohort/alice/table.csv')).toBe('of somebody');
  });

  test('waits while the clock is not trusted', async () => {
    await haven.ledger.writeMark('clock-suspect', 'it jumped');
    await haven.write('table.csv', 'a,b\n');
    const { id } = done(await haven.send('alice', 'table.csv'));
    await haven.run('seal-file', id);
    await haven.run('inspect-file', id);
    expect(await haven.run('release-file', id)).toEqual({ end: 'later', why: 'the clock is not trusted' });
    expect((await haven.file(id)).state).toBe('inspecting');
  });

  test('holds bytes that are not the ones that were inspected', async () => {
    await haven.write('table.csv', 'a,b\n');
    const { id } = done(await haven.send('alice', 'table.csv'));
    await haven.run('seal-file', id);
    await haven.run('inspect-file', id);
    await writeFile(haven.at('airlock/files', id), 'a,b,c\n');
    await haven.work();
    expect(await haven.file(id)).toMatchObject({ state: 'held', reason: 'bytes-differ' });
    expect(await haven.outbound()).toEqual([]);
  });
});

describe('a drop', () => {
  test('put through the door leaves without being sealed again, and needs the right to the end', async () => {
    const session = { ...haven.session('alice'), side: 'inside' } as const;
    const put = async (name: string) => {
      const drop = { owner: session.account, leavesBy: haven.cohort.id };
      const request = { drop, path: at(name), mode: 'fresh', door: 'sftp', declaredSize: null } as const;
      const writer = done(await openUpload(haven.custody, session, request));
      done(await writer.write([Buffer.from(name)], 0));
      done(await writer.finish(true));
      return writer.ref.id;
    };
    const first = await put('one.csv');
    haven.pass(1);
    await haven.work();
    expect(await haven.file(first)).toMatchObject({ state: 'released', door: 'sftp', working: null });
    expect(await haven.read('cohort/alice/one.csv')).toBe('one.csv');
    const second = await put('two.csv');
    await haven.allow('alice', 'read');
    haven.pass(1);
    await haven.work();
    expect(await haven.file(second)).toMatchObject({ state: 'held', reason: 'right-withdrawn' });
    expect(await haven.outbound()).toEqual(['cohort/alice/one.csv']);
    expect(
      haven.mails.filter(({ text }) => text.includes('data team decides')).map(({ to }) => to.name),
    ).toEqual(expect.arrayContaining(['alice', 'dana', 'dirk']));
    expect(await haven.faults()).toEqual([]);
  });
});

describe('a stopped file that leaves', () => {
  const decide = async (id: Parameters<OutboundHaven['file']>[0], person: 'dana' | 'dirk') =>
    orderAdmission(haven.custody, await haven.file(id), {
      by: await haven.account(person),
      reason: 'looked at it',
    });

  test('is held where it cannot be scanned, and released when the data team says so', async () => {
    haven.scannerSays('encrypted');
    const file = await haven.release('alice', 'table.zip', 'PK');
    expect(file).toMatchObject({ state: 'held', reason: 'encrypted', arrival: null });
    expect(haven.mails.map(({ to }) => to.name).toSorted()).toEqual(['alice', 'dana', 'dirk']);
    done(await decide(file.id, 'dana'));
    expect((await haven.file(file.id)).state).toBe('releasing');
    await haven.work();
    expect(await haven.file(file.id)).toMatchObject({ state: 'released', reason: 'encrypted' });
    expect(await haven.read('cohort/alice/table.zip')).toBe('PK');
    expect((await haven.history(file.id)).map(({ type }) => type)).toContain('release-ordered');
    expect(await haven.faults()).toEqual([]);
  });

  test('is quarantined with malware, and takes two of the data team', async () => {
    haven.scannerSays('infected');
    const file = await haven.release('alice', 'table.csv', 'X5O');
    expect(file).toMatchObject({ state: 'quarantined', zone: 'quarantine' });
    expect(haven.mails[0]?.subject).toBe('[test] 1 file not let out');
    expect(await decide(file.id, 'dana')).toMatchObject({ refusal: 'second-person-needed' });
    expect(await decide(file.id, 'dana')).toMatchObject({ refusal: 'same-person' });
    done(await decide(file.id, 'dirk'));
    await haven.work();
    expect(await haven.file(file.id)).toMatchObject({
      state: 'released',
      zone: 'outbound',
      reason: 'malware',
    });
    expect(await readFile(haven.at('outbound/cohort/alice/table.csv'), 'utf8')).toBe('X5O');
    expect(await haven.faults()).toEqual([]);
  });

  test('is held again when the right was withdrawn since, and then released without it', async () => {
    haven.scannerSays('encrypted');
    const { id } = await haven.release('alice', 'table.zip', 'PK');
    await haven.allow('alice');
    done(await decide(id, 'dana'));
    await haven.work();
    expect(await haven.file(id)).toMatchObject({ state: 'held', reason: 'right-withdrawn' });
    expect(await haven.outbound()).toEqual([]);
    done(await decide(id, 'dana'));
    await haven.work();
    expect(await haven.file(id)).toMatchObject({ state: 'released' });
  });
});
