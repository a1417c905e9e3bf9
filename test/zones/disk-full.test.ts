import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FolderPath } from '../../src/core/custody/names.ts';
import type { Zones } from '../../src/core/custody/zone-ports.ts';
import { openZones } from '../../src/stores/zones/open-zones.ts';
import { arrived, everything } from './share-fixtures.ts';
import {
  arrivalPath,
  bytesOf,
  collect,
  fileId,
  IS_ROOT,
  PUBLISHED,
  publicationOf,
  SHARES,
  store,
} from './zone-fixtures.ts';

const KIB = 1024;

describe.runIf(IS_ROOT)('a file system that ends (only root can mount one)', () => {
  let folder: string;
  const mounts: string[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'havengate-full-'));
  });

  afterEach(async () => {
    for (const path of mounts.splice(0).toReversed()) execFileSync('umount', [path]);
    await rm(folder, { recursive: true });
  });

  async function mountTmpfs(path: string, options: string): Promise<void> {
    await mkdir(path, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
    mounts.push(path);
  }

  const open = (keepFree = 0): Promise<Zones> =>
    openZones({ data: folder, keepFree, published: PUBLISHED, shares: SHARES });

  test('keeps what was written before it was full, and goes on once there is space', async () => {
    await mountTmpfs(folder, 'size=1m');
    const zones = await open();
    const ballast = join(folder, 'ballast');
    await writeFile(ballast, bytesOf(500 * KIB));
    const file = fileId();
    const bytes = bytesOf(900 * KIB);
    await zones.airlock.create(file);
    const handle = await zones.airlock.open(file);
    await handle.write([bytes.subarray(0, 300 * KIB)], 0);
    const rest = handle.write([bytes.subarray(300 * KIB)], 300 * KIB);
    await expect(rest).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await handle.size()).toBeGreaterThan(300 * KIB);
    expect(await zones.airlock.room()).toBe(0);
    await handle.sync();

    await unlink(ballast);
    expect(await zones.airlock.room()).toBeGreaterThan(300 * KIB);
    await handle.write([bytes.subarray(300 * KIB)], 300 * KIB);
    await handle.sync();
    await handle.close();
    expect((await collect(zones.airlock.read(file))).equals(bytes)).toBe(true);
  });

  test('room is what is left after what the site keeps free, and never below nothing', async () => {
    await mountTmpfs(folder, 'size=1m');
    expect(await (await open(600 * KIB)).airlock.room()).toBe(424 * KIB);
    expect(await (await open(2048 * KIB)).airlock.room()).toBe(0);
  });

  test('a copy for which there is no space leaves nothing behind, and works later', async () => {
    await mountTmpfs(join(folder, 'arrivals'), 'size=1m');
    const zones = await open();
    const file = fileId();
    const bytes = bytesOf(800 * KIB);
    await store(zones, file, bytes);
    const ballast = join(folder, 'arrivals', 'ballast');
    await writeFile(ballast, bytesOf(500 * KIB));
    const publication = publicationOf(file, bytes);
    await expect(zones.arrivals.publish(publication)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await zones.arrivals.sizeOf(publication)).toBeNull();
    await unlink(ballast);
    expect(await zones.arrivals.publish(publication)).toBe('published');
  });

  test('a share that is full refuses new names, fails writes, and loses nothing', async () => {
    await mountTmpfs(join(folder, 'shares'), 'size=1m,nr_inodes=8');
    const { shares } = await open();
    await shares.make('cohort');
    const at = (path: string) => ({ share: 'cohort', path: path as FolderPath });
    const how = { read: false, write: true, create: true, exclusive: true, truncate: false };
    const opened = await shares.open(at('big'), how);
    if (!opened.ok) throw new Error(opened.refusal);
    const file = opened.value;
    await file.write([bytesOf(900 * KIB)], 0);
    expect(await shares.room('cohort')).toBeLessThan(124 * KIB + 1);
    await expect(file.write([bytesOf(900 * KIB)], 900 * KIB)).rejects.toMatchObject({ code: 'ENOSPC' });
    await file.truncate(900 * KIB);
    await file.close();
    expect(await shares.room('cohort')).toBeGreaterThan(0);
    const refusals: (string | null)[] = [];
    for (let n = 0; n < 8; n++) {
      const made = await shares.makeFolder(at(`folder ${n}`));
      refusals.push(made.ok ? null : made.refusal);
    }
    expect(refusals.at(-1)).toBe('no-room');
    expect(await shares.open(at('small'), how)).toMatchObject({ ok: false, refusal: 'no-room' });
    expect(await shares.look(at('big'))).toMatchObject({ size: 900 * KIB });
  });

  test('a move for which the share has no room leaves Arrivals as it was, and works later', async () => {
    await mountTmpfs(join(folder, 'shares'), 'size=1m');
    const zones = await open();
    await zones.shares.make('cohort');
    const carriage = await arrived(zones, bytesOf(800 * KIB));
    const ballast = join(folder, 'shares', 'cohort', 'ballast');
    await writeFile(ballast, bytesOf(500 * KIB));
    const carry = () => zones.shares.carry(carriage, () => undefined);
    await expect(carry()).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await zones.arrivals.sizeOf(carriage.from)).toBe(800 * KIB);
    expect(await everything(join(folder, 'shares', 'cohort'))).toEqual(['ballast', 'wave 1']);
    await unlink(ballast);
    expect(await carry()).toBe('carried');
  });

  test('no inode left is an error of create, with its code', async () => {
    await mountTmpfs(folder, 'size=1m,nr_inodes=16');
    const zones = await open();
    const creating = (async () => {
      for (let n = 0; n < 16; n++) await zones.airlock.create(fileId());
    })();
    await expect(creating).rejects.toMatchObject({ code: 'ENOSPC' });
  });

  test('a link across two mounts of one file system is made by copy, and found again', async () => {
    await mkdir(join(folder, 'elsewhere'));
    await mkdir(join(folder, 'arrivals'));
    execFileSync('mount', ['--bind', join(folder, 'elsewhere'), join(folder, 'arrivals')]);
    mounts.push(join(folder, 'arrivals'));
    const zones = await open();
    const file = fileId();
    const bytes = bytesOf(10 * KIB);
    await store(zones, file, bytes);
    const publication = publicationOf(file, bytes, arrivalPath('scan.csv', 'raw'));
    expect(await zones.arrivals.publish(publication)).toBe('published');
    expect(await zones.arrivals.publish(publication)).toBe('already-published');
  });

  test('a read-only disk is refused at start, in words', async () => {
    await mountTmpfs(folder, 'size=1m');
    await open();
    execFileSync('mount', ['-o', 'remount,ro', folder]);
    await expect(open()).rejects.toThrow(/airlock cannot be written to \(EROFS\): give user 0 the right/);
  });
});
