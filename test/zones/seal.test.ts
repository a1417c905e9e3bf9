import { execFileSync } from 'node:child_process';
import { writeFileSync, writeSync } from 'node:fs';
import {
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  symlink,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FolderPath } from '../../src/core/custody/names.ts';
import type { SealOutcome } from '../../src/core/custody/shares/ports.ts';
import type { Zones } from '../../src/core/custody/zone-ports.ts';
import { onFailpoint } from '../../src/core/kit/failpoint.ts';
import type { FileId } from '../../src/core/kit/ids.ts';
import { openZones } from '../../src/stores/zones/open-zones.ts';
import { together, zoneElsewhere } from './layouts.ts';
import {
  arrivalPath,
  bytesOf,
  collect,
  digest,
  fileId,
  PUBLISHED,
  publicationOf,
  SHARES,
} from './zone-fixtures.ts';
import type { Layout } from './zones-conformance.ts';

const MIB = 1024 * 1024;

describe.each([
  ['one file system', together],
  ['two file systems, shares apart', () => zoneElsewhere('shares')],
])('sealing on %s', (_, arrange) => {
  let layout: Layout;
  let zones: Zones;
  let file: FileId;

  beforeEach(async () => {
    layout = await arrange();
    zones = layout.zones;
    file = fileId();
    await zones.shares.make('cohort');
    await zones.shares.makeFolder({ share: 'cohort', path: 'raw' as FolderPath });
  });

  afterEach(async () => {
    onFailpoint(null);
    await layout.remove();
  });

  const source = (name = 'scan.csv'): string => join(layout.data, 'shares', 'cohort', 'raw', name);
  const sealed = (): string => join(layout.data, 'airlock', 'files', file);
  const seal = (name = 'scan.csv'): Promise<SealOutcome> =>
    zones.shares.seal({ file, from: { share: 'cohort', path: `raw/${name}` as FolderPath } });
  const airlock = (): Promise<string[]> => readdir(join(layout.data, 'airlock', 'files'));

  test('copies into an inode that nobody else has, or ever had, open', async () => {
    const bytes = bytesOf(3_000_017);
    await writeFile(source(), bytes, { mode: 0o666 });
    await utimes(source(), 1000, 1_700_000_000);
    await using writer = await open(source(), 'r+');
    const points: string[] = [];
    onFailpoint((point) => points.push(point));
    expect(await seal()).toEqual({ outcome: 'sealed', size: 3_000_017, mtime: 1_700_000_000_000 });
    expect(points).toEqual(['seal.copied', 'seal.synced']);
    await writer.write('changed after', 0);
    expect(digest(await collect(zones.airlock.read(file)))).toBe(digest(bytes));
    const stats = await lstat(sealed());
    expect([stats.mode & 0o777, stats.uid, stats.nlink]).toEqual([0o600, process.getuid?.(), 1]);
    expect((await lstat(source())).ino).not.toBe(stats.ino);
    expect(await airlock()).toEqual([file]);
  });

  test('is opened for writing by nobody, not by us either, and can be published', async () => {
    await writeFile(source(), bytesOf(100));
    await seal();
    await expect(zones.airlock.open(file)).rejects.toMatchObject({ code: 'EBUSY' });
    const publication = { ...publicationOf(file, bytesOf(100)), home: ['cohort', 'alice'] as const };
    expect(await zones.outbound.publish(publication)).toBe('published');
  });

  test('waits for no writer of the same file, and refuses while there is one of ours', async () => {
    await writeFile(source(), 'bytes');
    await zones.airlock.create(file);
    const handle = await zones.airlock.open(file);
    await expect(seal()).rejects.toMatchObject({ code: 'EBUSY' });
    await handle.close();
    await zones.airlock.unlink(file);
    expect(await seal()).toMatchObject({ outcome: 'sealed', size: 5 });
  });

  test('keeps what an earlier run had copied whole, and drops what it had in part', async () => {
    await writeFile(source(), 'first');
    await utimes(source(), 1000, 1_700_000_000);
    await writeFile(`${sealed()}-0123456789abcdef`, 'half a co');
    await seal();
    const { ino } = await lstat(sealed());
    await writeFile(source(), 'second');
    await writeFile(`${sealed()}-0123456789abcdef`, 'half a co');
    expect(await seal()).toEqual({ outcome: 'sealed', size: 5, mtime: 1_700_000_000_000 });
    expect(await readFile(sealed(), 'utf8')).toBe('first');
    expect((await lstat(sealed())).ino).toBe(ino);
    expect(await airlock()).toEqual([file]);
  });

  test('keeps the copy of a run that was faster', async () => {
    await writeFile(source(), 'first');
    // What the other run has copied stands under the name before this one gives it.
    onFailpoint((point) => {
      if (point === 'seal.copied') writeFileSync(sealed(), 'faster');
    });
    expect(await seal()).toMatchObject({ outcome: 'sealed', size: 6 });
    expect(await readFile(sealed(), 'utf8')).toBe('faster');
    expect(await airlock()).toEqual([file]);
  });

  test('is taken back with all that it has left, as often as one likes', async () => {
    await writeFile(source(), 'first');
    await seal();
    await writeFile(`${sealed()}-0123456789abcdef`, 'half a co');
    await zones.shares.unseal(file);
    await zones.shares.unseal(file);
    expect(await airlock()).toEqual([]);
    await writeFile(source(), 'second');
    expect(await seal()).toMatchObject({ outcome: 'sealed', size: 6 });
  });

  test('never replaces a copy that was published', async () => {
    await writeFile(source(), bytesOf(100));
    await seal();
    await zones.outbound.publish({ ...publicationOf(file, bytesOf(100)), home: ['cohort', 'alice'] });
    await writeFile(source(), 'second');
    await expect(seal()).rejects.toMatchObject({ code: 'EBUSY' });
    expect(digest(await readFile(sealed()))).toBe(digest(bytesOf(100)));
    expect(await airlock()).toEqual([file]);
  });

  test('goes on where a crash left it, at each of its steps', async () => {
    for (const step of ['seal.copied', 'seal.synced'] as const) {
      file = fileId();
      await writeFile(source(), step);
      onFailpoint((point) => {
        if (point === step) throw new Error('crash');
      });
      await expect(seal()).rejects.toThrow('crash');
      onFailpoint(null);
      zones = await layout.reopen();
      expect(await seal()).toMatchObject({ outcome: 'sealed', size: step.length });
      expect(await readFile(sealed(), 'utf8')).toBe(step);
    }
  });

  test('copies again when the source changes meanwhile, and gives up when it never ends', async () => {
    await writeFile(source(), bytesOf(12 * MIB));
    const writer = await open(source(), 'r+');
    let writing = true;
    const pump = (async () => {
      for (let n = 0; writing; n++) await writer.write(Buffer.from(String(n)), 0, null, n % MIB);
    })();
    expect(await seal()).toEqual({ outcome: 'source-changing' });
    expect(await airlock()).toEqual([]);
    writing = false;
    await pump;
    await writer.close();
    expect(await seal()).toMatchObject({ outcome: 'sealed', size: 12 * MIB });
    expect(digest(await readFile(sealed()))).toBe(digest(await readFile(source())));
  });

  test('one change is enough for another copy: of that one the bytes are', async () => {
    await writeFile(source(), bytesOf(24 * MIB));
    const writer = await open(source(), 'r+');
    const sealing = seal();
    // While the copy is in the making: it has been begun, and its first part is behind it.
    for (;;) {
      const copies = await airlock();
      const sizes = await Promise.all(
        copies.map(async (name) => (await lstat(join(sealed(), '..', name)).catch(() => null))?.size ?? 0),
      );
      if (sizes.some((size) => size > MIB)) break;
    }
    writeSync(writer.fd, 'CHANGED', 0);
    await writer.close();
    expect(await sealing).toMatchObject({ outcome: 'sealed' });
    expect((await readFile(sealed())).subarray(0, 7).toString()).toBe('CHANGED');
    expect(digest(await readFile(sealed()))).toBe(digest(await readFile(source())));
  });

  test('finds nothing to seal in a link, a pipe, a folder, or behind a linked folder', async () => {
    await writeFile(join(layout.data, 'secret'), 'secret');
    await symlink(join(layout.data, 'secret'), source('link'));
    await mkdir(source('folder'));
    execFileSync('mkfifo', [source('pipe')]);
    await symlink('.', source('here'));
    await writeFile(source(), 'bytes');
    for (const name of [
      'missing',
      'link',
      'folder',
      'pipe',
      'here/scan.csv',
      '../../other',
      '.havengate-incoming',
    ])
      expect(await seal(name)).toEqual({ outcome: 'source-missing' });
    expect(await airlock()).toEqual([]);
  });

  test('never seals what a link leads to, planted at any instant', async () => {
    const secret = join(layout.data, 'secret');
    await writeFile(secret, 'secret');
    let done = false;
    const swapping = (async () => {
      while (!done) {
        await writeFile(source(), 'bytes');
        await unlink(source());
        await symlink(secret, source());
        await unlink(source());
      }
    })();
    for (let round = 0; round < 100; round++) {
      file = fileId();
      if ((await seal()).outcome !== 'sealed') continue;
      expect(['', 'bytes']).toContain(await readFile(sealed(), 'utf8'));
    }
    done = true;
    await swapping;
  });

  test('seals an empty file, and one with another name', async () => {
    await writeFile(source(), '');
    expect(await seal()).toMatchObject({ outcome: 'sealed', size: 0 });
    file = fileId();
    await writeFile(source('one'), 'bytes');
    await link(source('one'), source('two'));
    expect(await seal('two')).toMatchObject({ outcome: 'sealed', size: 5 });
  });

  test('leaves free what the site keeps free, and no copy behind', async () => {
    const greedy = await openZones({
      data: layout.data,
      keepFree: Number.MAX_SAFE_INTEGER,
      published: PUBLISHED,
      shares: SHARES,
    });
    await writeFile(source(), bytesOf(1000));
    const from = { share: 'cohort', path: 'raw/scan.csv' as FolderPath };
    await expect(greedy.shares.seal({ file, from })).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await airlock()).toEqual([]);
    expect(await seal()).toMatchObject({ outcome: 'sealed', size: 1000 });
  });

  test('lets go of the source in every case', async () => {
    await writeFile(source(), bytesOf(1000));
    const before = (await readdir('/proc/self/fd')).length;
    await seal();
    await seal('missing');
    onFailpoint(() => {
      throw new Error('crash');
    });
    await expect(seal()).rejects.toThrow('crash');
    expect((await readdir('/proc/self/fd')).length).toBe(before);
  });

  test('keeps a path of odd names', async () => {
    const { name } = arrivalPath('試験 データ.csv');
    await writeFile(source(name), 'bytes');
    expect(await seal(name)).toMatchObject({ outcome: 'sealed', size: 5 });
  });
});
