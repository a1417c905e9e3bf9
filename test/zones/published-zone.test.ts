import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readdir, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Home, PublishedName, Zones } from '../../src/core/custody/zone-ports.ts';
import { together } from './layouts.ts';
import { arrivalPath, bytesOf, digest, fileId, PUBLISHED, publicationOf, store } from './zone-fixtures.ts';
import type { Layout } from './zones-conformance.ts';

let layout: Layout;
let zones: Zones;

beforeEach(async () => {
  layout = await together();
  zones = layout.zones;
});

afterEach(() => layout.remove());

describe.each<['arrivals' | 'outbound', Home]>([
  ['arrivals', ['alice']],
  ['outbound', ['cohort', 'alice']],
])('%s', (zone, home) => {
  const onDisk = (...names: string[]): string => join(layout.data, zone, ...home, ...names);

  async function published(
    bytes: Uint8Array,
    name = 'scan.csv',
    folder = 'raw/deep',
  ): Promise<PublishedName> {
    const file = fileId();
    await store(zones, file, bytes);
    const publication = { ...publicationOf(file, bytes, arrivalPath(name, folder)), home };
    expect(await zones[zone].publish(publication)).toBe('published');
    await zones.airlock.unlink(file);
    return publication;
  }

  test('publishes read only into the home, with the group of the site', async () => {
    const name = await published(bytesOf(1000));
    const stats = await lstat(onDisk('raw', 'deep', 'scan.csv'));
    expect(stats.mode & 0o777).toBe(PUBLISHED.mode);
    expect(stats.gid).toBe(PUBLISHED.gid);
    expect((await lstat(onDisk())).mode & 0o777).toBe(0o750);
    expect(await zones[zone].sizeOf(name)).toBe(1000);
  });

  test('is read anywhere, also by many at once, and fewer bytes only at the end', async () => {
    const bytes = bytesOf(3_000_017);
    const reader = await zones[zone].open(await published(bytes));
    if (reader === null) throw new Error('it is there');
    expect(reader.size).toBe(bytes.byteLength);
    expect(Math.abs(reader.mtime - Date.now())).toBeLessThan(60_000);
    const read = async (position: number, length: number): Promise<Buffer> => {
      const buffer = Buffer.alloc(length);
      return buffer.subarray(0, await reader.read(buffer, position));
    };
    const positions = [0, 1, 1_048_575, 2_900_000, 3_000_016];
    const pieces = await Promise.all(positions.map((position) => read(position, 100_000)));
    positions.forEach((position, n) => {
      expect(pieces[n]?.equals(bytes.subarray(position, position + 100_000))).toBe(true);
    });
    for (const position of [3_000_017, 2 ** 52, 2 ** 53, Number.MAX_VALUE])
      expect(await read(position, 10)).toHaveLength(0);
    await expect(read(-1, 10)).rejects.toMatchObject({ code: 'EINVAL' });
    await reader.close();
  });

  test('closing waits for the reads under way, and can be done twice', async () => {
    const reader = await zones[zone].open(await published(bytesOf(4_000_000)));
    const buffer = Buffer.alloc(4_000_000);
    const reading = reader?.read(buffer, 0);
    await Promise.all([reader?.close(), reader?.close()]);
    expect(await reading).toBe(4_000_000);
    expect(digest(buffer)).toBe(digest(bytesOf(4_000_000)));
    await expect(reader?.read(buffer, 0)).rejects.toMatchObject({ code: 'EBADF' });
  });

  test('whoever is reading goes on when the name goes away', async () => {
    const name = await published(bytesOf(1000));
    const reader = await zones[zone].open(name);
    await unlink(onDisk('raw', 'deep', 'scan.csv'));
    expect(await reader?.read(Buffer.alloc(2000), 0)).toBe(1000);
    await reader?.close();
    expect(await zones[zone].open(name)).toBeNull();
    expect(await zones[zone].markOf(name)).toBeNull();
  });

  test('opens and marks nothing but a file: no link, no pipe, no folder, nothing behind a linked folder', async () => {
    const name = await published(bytesOf(10));
    const secret = join(layout.data, 'secret');
    await writeFile(secret, 'secret');
    await symlink(secret, onDisk('link'));
    await mkdir(onDisk('folder'));
    await symlink('raw', onDisk('linked'));
    execFileSync('mkfifo', [onDisk('pipe')]);
    const before = (await readdir('/proc/self/fd')).length;
    const others = ['link', 'folder', 'pipe', 'missing'].map((other) => arrivalPath(other));
    for (const path of [...others, arrivalPath('scan.csv', 'linked/deep')]) {
      expect(await zones[zone].open({ ...name, path })).toBeNull();
      expect(await zones[zone].markOf({ ...name, path })).toBeNull();
    }
    expect((await readdir('/proc/self/fd')).length).toBe(before);
  });

  test('the mark of a file stays with it when it is renamed, and no other has it', async () => {
    const name = await published(bytesOf(10));
    const mark = await zones[zone].markOf(name);
    const { ino, birthtimeNs } = await lstat(onDisk('raw', 'deep', 'scan.csv'), { bigint: true });
    expect(mark).toBe(`${ino}-${birthtimeNs}`);
    await rename(onDisk('raw', 'deep', 'scan.csv'), onDisk('mine.csv'));
    expect(await zones[zone].markOf({ home, path: arrivalPath('mine.csv') })).toBe(mark);
    expect(await zones[zone].markOf(await published(bytesOf(10)))).not.toBe(mark);
  });

  test('prunes the empty folders of a path, never the home, and nothing that holds something', async () => {
    const name = await published(bytesOf(10));
    await zones[zone].prune(name);
    expect(await readdir(onDisk('raw', 'deep'))).toEqual(['scan.csv']);
    await unlink(onDisk('raw', 'deep', 'scan.csv'));
    const other = await published(bytesOf(20), 'other.csv', 'raw');
    await zones[zone].prune(name);
    expect(await readdir(onDisk('raw'))).toEqual(['other.csv']);
    await unlink(onDisk('raw', 'other.csv'));
    await zones[zone].prune(other);
    await zones[zone].prune(other);
    expect(await readdir(onDisk())).toEqual([]);
  });

  test('prunes nothing behind a link in place of a folder', async () => {
    await published(bytesOf(10));
    await mkdir(onDisk('elsewhere', 'deep'), { recursive: true });
    await symlink('elsewhere', onDisk('linked'));
    await zones[zone].prune({ home, path: arrivalPath('scan.csv', 'linked/deep') });
    expect(await readdir(onDisk('elsewhere'))).toEqual(['deep']);
    expect((await lstat(onDisk('linked'))).isSymbolicLink()).toBe(true);
  });

  test.each(['..', 'a/b', '.havengate-incoming', ''])('refuses %j in a home', async (bad) => {
    const path = arrivalPath('scan.csv');
    for (const other of [[bad], [bad, 'alice'], ['cohort', bad]] as Home[])
      await expect(zones[zone].markOf({ home: other, path })).rejects.toThrow('plain name');
  });
});
