import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, open, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { FolderPath } from '../../src/core/custody/names.ts';
import type { Zones } from '../../src/core/custody/zone-ports.ts';
import { onFailpoint } from '../../src/core/kit/failpoint.ts';
import type { FileId } from '../../src/core/kit/ids.ts';
import { openZones } from '../../src/stores/zones/open-zones.ts';
import {
  bytesOf,
  collect,
  fileId,
  IS_ROOT,
  PUBLISHED,
  publicationOf,
  SHARES,
  store,
} from './zone-fixtures.ts';

const MIB = 1024 * 1024;
const DISK = 512 * MIB;

describe.runIf(IS_ROOT)('a disk that shares blocks (XFS; only root can mount one)', () => {
  let folder: string;
  let disk: string;
  let zones: Zones;
  let file: FileId;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'havengate-reflink-'));
    disk = join(folder, 'disk');
    const image = join(folder, 'image');
    await writeFile(image, '');
    await using handle = await open(image, 'r+');
    await handle.truncate(DISK);
    execFileSync('mkfs.xfs', ['-q', '-m', 'reflink=1', image]);
    await mkdir(disk);
    execFileSync('mount', ['-o', 'loop', image, disk]);
  });

  afterAll(async () => {
    execFileSync('umount', [disk]);
    await rm(folder, { recursive: true });
  });

  beforeEach(async () => {
    zones = await reopen();
    file = fileId();
    await zones.shares.make('cohort');
  });

  afterEach(() => onFailpoint(null));

  const reopen = (): Promise<Zones> =>
    openZones({ data: join(disk, 'data'), keepFree: 0, published: PUBLISHED, shares: SHARES });
  const source = (): string => join(disk, 'data', 'shares', 'cohort', 'scan.csv');
  const inAirlock = (id: FileId): string => join(disk, 'data', 'airlock', 'files', id);
  const seal = () => zones.shares.seal({ file, from: { share: 'cohort', path: 'scan.csv' as FolderPath } });
  const free = async (): Promise<number> => {
    execFileSync('sync', ['-f', disk]);
    const { bavail, bsize } = await statfs(disk);
    return bavail * bsize;
  };

  test('seals without a second copy of the bytes, and what is written to the source afterwards is not sealed', async () => {
    const bytes = bytesOf(64 * MIB);
    await writeFile(source(), bytes);
    const before = await free();
    expect(await seal()).toMatchObject({ outcome: 'sealed', size: bytes.length });
    expect(before - (await free())).toBeLessThan(8 * MIB);
    await using writer = await open(source(), 'r+');
    await writer.write('changed after', 0);
    await writer.sync();
    expect((await readFile(inAirlock(file))).equals(bytes)).toBe(true);
    expect((await stat(inAirlock(file))).ino).not.toBe((await stat(source())).ino);
    await zones.shares.unseal(file);
  });

  test('seals what was written a moment ago and is not on the disk yet', async () => {
    await using writer = await open(source(), 'w');
    await writer.write(bytesOf(5 * MIB + 17));
    expect(await seal()).toMatchObject({ outcome: 'sealed', size: 5 * MIB + 17 });
    expect((await readFile(inAirlock(file))).equals(bytesOf(5 * MIB + 17))).toBe(true);
    await zones.shares.unseal(file);
  });

  test('goes on where a crash left a sealing, at each of its steps', async () => {
    for (const step of ['seal.copied', 'seal.synced'] as const) {
      file = fileId();
      await writeFile(source(), step);
      onFailpoint((point) => {
        if (point === step) throw new Error('crash');
      });
      await expect(seal()).rejects.toThrow('crash');
      onFailpoint(null);
      zones = await reopen();
      expect(await seal()).toMatchObject({ outcome: 'sealed', size: step.length });
      expect(await readFile(inAirlock(file), 'utf8')).toBe(step);
    }
  });

  test('an upload goes on with the blocks of one that has settled, which keeps its bytes', async () => {
    const bytes = bytesOf(64 * MIB);
    const settled = fileId();
    await store(zones, settled, bytes);
    const before = await free();
    expect(await zones.airlock.clone(file, { zone: 'airlock', file: settled })).toBe(true);
    expect(before - (await free())).toBeLessThan(8 * MIB);
    const handle = await zones.airlock.begin(file);
    await handle.write([Buffer.from('more')], bytes.length);
    await handle.write([Buffer.from('other')], 0);
    await handle.sync();
    await handle.close();
    expect((await collect(zones.airlock.read(settled))).equals(bytes)).toBe(true);
    const grown = await collect(zones.airlock.read(file));
    expect(grown.length).toBe(bytes.length + 4);
    expect(grown.subarray(0, 5).toString()).toBe('other');
    expect((await stat(inAirlock(file))).mode & 0o777).toBe(0o600);
  });

  test('an upload goes on with the blocks of what stands in Arrivals, which stays as it was published', async () => {
    const bytes = bytesOf(3 * MIB);
    const arrived = fileId();
    await store(zones, arrived, bytes);
    const publication = publicationOf(arrived, bytes);
    expect(await zones.arrivals.publish(publication)).toBe('published');
    const { home, path } = publication;
    expect(await zones.airlock.clone(file, { zone: 'arrivals', name: { home, path } })).toBe(true);
    const handle = await zones.airlock.begin(file);
    await handle.write([Buffer.from('other')], 0);
    await handle.sync();
    await handle.close();
    const published = await readFile(join(disk, 'data', 'arrivals', ...home, path.folder, path.name));
    expect(published.equals(bytes)).toBe(true);
  });

  test('a file that is there already is not touched by a clone of another', async () => {
    const [one, other] = [fileId(), fileId()];
    await store(zones, one, Buffer.from('one'));
    await store(zones, other, Buffer.from('other'));
    const cloning = zones.airlock.clone(one, { zone: 'airlock', file: other });
    await expect(cloning).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(inAirlock(one), 'utf8')).toBe('one');
  });
});
