import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Publication, Zones } from '../../src/core/custody/zone-ports.ts';
import { onFailpoint } from '../../src/core/kit/failpoint.ts';
import type { FileId } from '../../src/core/kit/ids.ts';
import {
  arrivalPath,
  bytesOf,
  collect,
  digest,
  fileId,
  IS_ROOT,
  PUBLISHED,
  publicationOf,
  store,
} from './zone-fixtures.ts';

/** One layout of zones on disk, made anew for every test. */
export interface Layout {
  readonly data: string;
  readonly zones: Zones;
  /** Opens the zones again, as a restart does. */
  reopen(): Promise<Zones>;
  remove(): Promise<void>;
}

/** What every layout of zones has to do. `copies`: Arrivals is on another file system than the airlock. */
export function describeZones(name: string, copies: boolean, arrange: () => Promise<Layout>): void {
  describe(`zones on ${name}`, () => {
    let layout: Layout;
    let zones: Zones;
    let file: FileId;

    beforeEach(async () => {
      layout = await arrange();
      zones = layout.zones;
      file = fileId();
    });

    afterEach(async () => {
      onFailpoint(null);
      await layout.remove();
    });

    const inArrivals = (...names: string[]): string => join(layout.data, 'arrivals', ...names);
    const inAirlock = (id: string): string => join(layout.data, 'airlock', 'files', id);

    /** The names in a zone but for the daemon's own, which begin with a dot. */
    const visible = async (zone: string): Promise<string[]> =>
      (await readdir(join(layout.data, zone))).filter((name) => !name.startsWith('.'));

    async function stored(bytes: Uint8Array, path = arrivalPath('scan.csv')): Promise<Publication> {
      await store(zones, file, bytes);
      return publicationOf(file, bytes, path);
    }

    describe('the airlock', () => {
      test('keeps what was written, wherever it was written', async () => {
        await zones.airlock.create(file);
        const handle = await zones.airlock.open(file);
        await Promise.all([
          handle.write([Buffer.from('cd'), Buffer.alloc(0), Buffer.from('ef')], 2),
          handle.write([Buffer.from('ab')], 0),
        ]);
        await handle.write([Buffer.from('!')], 5_000_000);
        expect(await handle.size()).toBe(5_000_001);
        await handle.truncate(6);
        await handle.sync();
        await handle.close();
        expect((await collect(zones.airlock.read(file))).toString()).toBe('abcdef');
        expect(await zones.airlock.sizeOf(file)).toBe(6);
      });

      test('makes files that only we can read, and leaves one that is there', async () => {
        await store(zones, file, Buffer.from('bytes'));
        await zones.airlock.create(file);
        expect(await zones.airlock.sizeOf(file)).toBe(5);
        expect((await lstat(inAirlock(file))).mode & 0o777).toBe(0o600);
      });

      test('begins a file that is not there, and goes on with one that is', async () => {
        const first = await zones.airlock.begin(file);
        await first.write([Buffer.from('bytes')], 0);
        await first.close();
        expect((await lstat(inAirlock(file))).mode & 0o777).toBe(0o600);
        const second = await zones.airlock.begin(file);
        expect(await second.size()).toBe(5);
        await second.close();
        await link(inAirlock(file), join(layout.data, 'published'));
        await expect(zones.airlock.begin(file)).rejects.toMatchObject({ code: 'EBUSY' });
      });

      test('shares the blocks of another file, or leaves no file where the disk cannot', async () => {
        const bytes = bytesOf(1024 * 1024);
        const publication = await stored(bytes);
        const { home, path } = publication;
        expect(await zones.arrivals.publish(publication)).toBe('published');
        for (const from of [
          { zone: 'airlock', file },
          { zone: 'arrivals', name: { home, path } },
        ] as const) {
          const clone = fileId();
          const isThere = await zones.airlock.clone(clone, from);
          expect(await zones.airlock.sizeOf(clone)).toBe(isThere ? bytes.length : null);
          const handle = await zones.airlock.begin(clone);
          expect(await handle.size()).toBe(isThere ? bytes.length : 0);
          await handle.close();
        }
        expect(await zones.airlock.clone(fileId(), { zone: 'airlock', file: fileId() })).toBe(false);
        expect((await collect(zones.airlock.read(file))).equals(bytes)).toBe(true);
      });

      test('gives pieces of up to 1 MiB that stay as they are', async () => {
        const bytes = bytesOf(3 * 1024 * 1024 + 17);
        await store(zones, file, bytes);
        const pieces: Uint8Array[] = [];
        for await (const piece of zones.airlock.read(file)) pieces.push(Uint8Array.from(piece));
        expect(Math.max(...pieces.map((piece) => piece.byteLength))).toBe(1024 * 1024);
        expect(digest(Buffer.concat(pieces))).toBe(digest(bytes));
      });

      test('closes the file when a reader gives up', async () => {
        await store(zones, file, bytesOf(3 * 1024 * 1024));
        const before = (await readdir('/proc/self/fd')).length;
        for await (const piece of zones.airlock.read(file)) if (piece.byteLength > 0) break;
        expect((await readdir('/proc/self/fd')).length).toBe(before);
      });

      test('throws ENOENT for a file that is missing', async () => {
        await expect(collect(zones.airlock.read(file))).rejects.toMatchObject({ code: 'ENOENT' });
        await expect(zones.airlock.open(file)).rejects.toMatchObject({ code: 'ENOENT' });
        expect(await zones.airlock.sizeOf(file)).toBeNull();
      });

      test('never follows a symbolic link in place of a file', async () => {
        await writeFile(join(layout.data, 'secret'), 'secret');
        await symlink(join(layout.data, 'secret'), inAirlock(file));
        await expect(zones.airlock.create(file)).rejects.toMatchObject({ code: 'EEXIST' });
        await expect(zones.airlock.open(file)).rejects.toMatchObject({ code: 'ELOOP' });
        await expect(zones.airlock.begin(file)).rejects.toMatchObject({ code: 'ELOOP' });
        await expect(collect(zones.airlock.read(file))).rejects.toMatchObject({ code: 'ELOOP' });
        expect(await zones.airlock.sizeOf(file)).toBeNull();
      });

      test('refuses positions that Node would take for something else', async () => {
        await zones.airlock.create(file);
        const handle = await zones.airlock.open(file);
        for (const position of [-1, 2 ** 53, 2 ** 53 - 1, Number.NaN, 0.5]) {
          await expect(handle.write([Buffer.from('x')], position)).rejects.toMatchObject({ code: 'EFBIG' });
        }
        expect(await handle.size()).toBe(0);
        await handle.close();
      });

      test('close waits for writes under way; later calls are refused', async () => {
        await zones.airlock.create(file);
        const handle = await zones.airlock.open(file);
        const bytes = bytesOf(8 * 1024 * 1024);
        const written = handle.write([bytes], 0);
        await handle.close();
        expect(await zones.airlock.sizeOf(file)).toBe(bytes.byteLength);
        await written;
        await handle.close();
        await expect(handle.write([bytes], 0)).rejects.toMatchObject({ code: 'EBADF' });
        await expect(handle.sync()).rejects.toMatchObject({ code: 'EBADF' });
      });

      test('unlinks once, and says when there was nothing', async () => {
        const points: string[] = [];
        onFailpoint((point) => points.push(point));
        await store(zones, file, Buffer.from('x'));
        expect(await zones.airlock.unlink(file)).toBe(true);
        expect(await zones.airlock.unlink(file)).toBe(false);
        expect(points).toEqual(['clear.airlock-unlinked']);
      });

      test('lists what is in it', async () => {
        const other = fileId();
        await store(zones, file, Buffer.from('abc'));
        await store(zones, other, Buffer.from(''));
        const found: unknown[] = [];
        for await (const entry of zones.airlock.list()) found.push(entry);
        expect(found).toHaveLength(2);
        expect(found).toEqual(
          expect.arrayContaining([
            expect.objectContaining({ name: file, size: 3 }),
            expect.objectContaining({ name: other, size: 0 }),
          ]),
        );
      });

      test('tells how much room there is', async () => {
        expect(await zones.airlock.room()).toBeGreaterThan(0);
      });
    });

    describe('arrivals', () => {
      test('shows a published file, read only, in the folders of its path', async () => {
        const points: string[] = [];
        onFailpoint((point) => points.push(point));
        const publication = await stored(bytesOf(2_500_000), arrivalPath('scan.csv', 'wave 1/raw'));
        expect(await zones.arrivals.publish(publication)).toBe('published');
        expect(points).toEqual(['admit.folder-made', 'admit.linked', 'admit.folder-synced']);
        const path = inArrivals('alice', 'wave 1', 'raw', 'scan.csv');
        expect((await lstat(path)).mode & 0o777).toBe(0o440);
        expect((await lstat(inArrivals('alice', 'wave 1'))).mode & 0o777).toBe(0o750);
        expect(digest(await readFile(path))).toBe(publication.sha256);
        expect(await zones.arrivals.sizeOf(publication)).toBe(2_500_000);
        expect(digest(await collect(zones.arrivals.read(publication)))).toBe(publication.sha256);
        expect(await readdir(inArrivals('.havengate-incoming'))).toEqual([]);
      });

      test('finds its own work again: before and after the airlock is cleared, and after a restart', async () => {
        const publication = await stored(bytesOf(100));
        expect(await zones.arrivals.publish(publication)).toBe('published');
        expect(await zones.arrivals.publish(publication)).toBe('already-published');
        const restarted = await layout.reopen();
        expect(await restarted.arrivals.publish(publication)).toBe('already-published');
        expect(await restarted.airlock.unlink(file)).toBe(true);
        expect(await restarted.arrivals.publish(publication)).toBe('already-published');
        expect(await readdir(inArrivals('alice'))).toEqual(['scan.csv']);
      });

      test('never replaces what has the name', async () => {
        await mkdir(inArrivals('alice'));
        await writeFile(inArrivals('alice', 'scan.csv'), 'someone else was here');
        const publication = await stored(bytesOf(100));
        expect(await zones.arrivals.publish(publication)).toBe('name-occupied');
        expect(await readFile(inArrivals('alice', 'scan.csv'), 'utf8')).toBe('someone else was here');
        expect(await zones.airlock.sizeOf(file)).toBe(100);
        expect(await readdir(inArrivals('.havengate-incoming'))).toEqual([]);
      });

      test('a folder, a dangling link and a link to the right bytes all occupy the name', async () => {
        await mkdir(inArrivals('alice', 'folder'), { recursive: true });
        const publication = await stored(bytesOf(100), arrivalPath('folder'));
        expect(await zones.arrivals.publish(publication)).toBe('name-occupied');
        await symlink('/nowhere/at/all', inArrivals('alice', 'dangling'));
        expect(await zones.arrivals.publish({ ...publication, path: arrivalPath('dangling') })).toBe(
          'name-occupied',
        );
        await symlink(inAirlock(file), inArrivals('alice', 'bytes'));
        expect(await zones.arrivals.publish({ ...publication, path: arrivalPath('bytes') })).toBe(
          'name-occupied',
        );
      });

      test('never follows a symbolic link planted as home or folder', async () => {
        const elsewhere = join(layout.data, 'elsewhere');
        await mkdir(elsewhere);
        await writeFile(join(elsewhere, 'secret.csv'), 'secret');
        await symlink(elsewhere, inArrivals('alice'));
        await mkdir(inArrivals('bob'));
        await symlink(elsewhere, inArrivals('bob', 'raw'));
        const publication = await stored(bytesOf(100));
        expect(await zones.arrivals.publish(publication)).toBe('name-occupied');
        const below = { ...publication, home: ['bob'] as const, path: arrivalPath('scan.csv', 'raw/deep') };
        expect(await zones.arrivals.publish(below)).toBe('name-occupied');
        expect(await readdir(elsewhere)).toEqual(['secret.csv']);
        const secret = arrivalPath('secret.csv', 'raw');
        expect(await zones.arrivals.sizeOf({ home: ['bob'], path: secret })).toBeNull();
        await expect(collect(zones.arrivals.read({ home: ['bob'], path: secret }))).rejects.toMatchObject({
          code: 'ENOENT',
        });
      });

      test('never follows a symbolic link, and never waits on a pipe, planted as a file', async () => {
        await mkdir(inArrivals('alice'));
        await writeFile(join(layout.data, 'secret'), 'secret');
        await symlink(join(layout.data, 'secret'), inArrivals('alice', 'link.csv'));
        expect(await zones.arrivals.sizeOf({ home: ['alice'], path: arrivalPath('link.csv') })).toBeNull();
        const read = collect(zones.arrivals.read({ home: ['alice'], path: arrivalPath('link.csv') }));
        await expect(read).rejects.toMatchObject({ code: 'ELOOP' });
        const publication = publicationOf(file, Buffer.from('secret'), arrivalPath('link.csv'));
        expect(await zones.arrivals.publish(publication)).toBe('bytes-missing');
      });

      test('a file in place of a folder occupies the name', async () => {
        await mkdir(inArrivals('alice'));
        await writeFile(inArrivals('alice', 'raw'), '');
        const publication = await stored(bytesOf(100), arrivalPath('scan.csv', 'raw'));
        expect(await zones.arrivals.publish(publication)).toBe('name-occupied');
      });

      test('says when the airlock holds nothing, or something else', async () => {
        const publication = publicationOf(file, bytesOf(100));
        expect(await zones.arrivals.publish(publication)).toBe('bytes-missing');
        expect(await visible('arrivals')).toEqual([]);
        await store(zones, file, bytesOf(99));
        expect(await zones.arrivals.publish(publication)).toBe('bytes-differ');
        expect(await visible('arrivals')).toEqual([]);
      });

      test('a name that holds other bytes of the same size is not ours', async () => {
        const publication = await stored(bytesOf(100));
        await mkdir(inArrivals('alice'));
        await writeFile(inArrivals('alice', 'scan.csv'), Buffer.alloc(100));
        expect(await zones.arrivals.publish(publication)).toBe('name-occupied');
        await zones.airlock.unlink(file);
        expect(await zones.arrivals.publish(publication)).toBe('bytes-missing');
      });

      test.runIf(IS_ROOT)(
        "someone else's file with the right bytes is not ours (only root can give a file to another user)",
        async () => {
          const bytes = bytesOf(100);
          await mkdir(inArrivals('alice'));
          await writeFile(inArrivals('alice', 'scan.csv'), bytes);
          await chown(inArrivals('alice', 'scan.csv'), 65534, 65534);
          expect(await zones.arrivals.publish(publicationOf(file, bytes))).toBe('bytes-missing');
          expect(await zones.arrivals.publish(await stored(bytes))).toBe('name-occupied');
        },
      );

      test('keeps names of 255 bytes and of every script as they were given', async () => {
        const names = [
          'a'.repeat(255),
          'é'.repeat(127),
          '試験 データ.csv',
          'e\u0301.csv',
          '\u00e9.csv',
          '$(rm -rf).csv',
        ];
        for (const name of names) {
          file = fileId();
          const publication = await stored(bytesOf(10), arrivalPath(name, 'Ωμέγα'));
          expect(await zones.arrivals.publish(publication)).toBe('published');
        }
        expect((await readdir(inArrivals('alice', 'Ωμέγα'))).toSorted()).toEqual(names.toSorted());
      });

      test.each(['', '.', '..', 'a/b', '.havengate-incoming', 'a\0b'])(
        'refuses the home %j',
        async (home) => {
          const publication = await stored(bytesOf(10));
          await expect(zones.arrivals.publish({ ...publication, home: [home] })).rejects.toThrow(
            'plain name',
          );
        },
      );

      test.each(['../bob', '/etc', 'a//b', 'a/./b'])('refuses the folder %j', async (folder) => {
        const publication = await stored(bytesOf(10), arrivalPath('scan.csv', folder));
        await expect(zones.arrivals.publish(publication)).rejects.toThrow('plain names');
      });

      test('publishes nothing while it is open for writing', async () => {
        const publication = await stored(bytesOf(10));
        const handle = await zones.airlock.open(file);
        await expect(zones.arrivals.publish(publication)).rejects.toMatchObject({ code: 'EBUSY' });
        await handle.close();
        expect(await zones.arrivals.publish(publication)).toBe('published');
      });

      test('opens nothing for writing whose very bytes are published', async () => {
        await zones.arrivals.publish(await stored(bytesOf(10)));
        const code = await zones.airlock.open(file).then(
          async (handle) => handle.close().then(() => 'opened'),
          (error: unknown) => (error as { code: string }).code,
        );
        // Without root, the mode of a published file says no before we do.
        expect(copies ? ['opened'] : ['EBUSY', 'EACCES']).toContain(code);
      });

      test('publishes two files of one name at once as one', async () => {
        const other = fileId();
        const bytes = bytesOf(50);
        const first = await stored(bytesOf(100));
        await store(zones, other, bytes);
        const outcomes = await Promise.all([
          zones.arrivals.publish(first),
          zones.arrivals.publish(publicationOf(other, bytes)),
        ]);
        expect(outcomes.toSorted()).toEqual(['name-occupied', 'published']);
      });

      test.runIf(IS_ROOT)(
        "admits another user's bytes by copy (only root can give a file to another user)",
        async () => {
          const publication = await stored(bytesOf(2_000_000));
          await chown(inAirlock(file), 65534, 65534);
          expect(await zones.arrivals.publish(publication)).toBe('published');
          const stats = await lstat(inArrivals('alice', 'scan.csv'));
          expect(stats.uid).toBe(process.getuid?.());
          expect(stats.nlink).toBe(1);
          expect(digest(await readFile(inArrivals('alice', 'scan.csv')))).toBe(publication.sha256);
          expect(await zones.arrivals.publish(publication)).toBe('already-published');
        },
      );

      test('admits bytes that have another name by copy', async () => {
        const publication = await stored(bytesOf(1000));
        await link(inAirlock(file), join(layout.data, 'airlock', 'another-name'));
        expect(await zones.arrivals.publish(publication)).toBe('published');
        expect((await lstat(inArrivals('alice', 'scan.csv'))).nlink).toBe(1);
      });

      test.runIf(IS_ROOT)(
        'a copy of other bytes never gets a name (only root can give a file to another user)',
        async () => {
          const publication = await stored(bytesOf(100));
          await writeFile(inAirlock(file), Buffer.alloc(100));
          await chown(inAirlock(file), 65534, 65534);
          expect(await zones.arrivals.publish(publication)).toBe('bytes-differ');
          expect(await readdir(inArrivals('alice'))).toEqual([]);
          expect(await readdir(inArrivals('.havengate-incoming'))).toEqual([]);
        },
      );

      test('takes up again where a crash left it, at each of its steps', async () => {
        for (const step of ['admit.folder-made', 'admit.linked', 'admit.folder-synced'] as const) {
          file = fileId();
          const publication = await stored(bytesOf(1000), arrivalPath('scan.csv', step));
          onFailpoint((point) => {
            if (point === step) throw new Error('crash');
          });
          await expect(zones.arrivals.publish(publication)).rejects.toThrow('crash');
          onFailpoint(null);
          zones = await layout.reopen();
          const expected = step === 'admit.folder-made' ? 'published' : 'already-published';
          expect(await zones.arrivals.publish(publication)).toBe(expected);
          expect(await readdir(inArrivals('alice', step))).toEqual(['scan.csv']);
        }
      });

      test.runIf(IS_ROOT)(
        'clears the copy that a dead process left, and never takes it for its own (only root can give a file to another user)',
        async () => {
          const publication = await stored(bytesOf(1000));
          await chown(inAirlock(file), 65534, 65534);
          await writeFile(inArrivals('.havengate-incoming', `${file}-0123456789abcdef`), 'half a co');
          expect(await zones.arrivals.publish(publication)).toBe('published');
          expect(await readdir(inArrivals('.havengate-incoming'))).toEqual([]);
          expect((await lstat(inArrivals('alice', 'scan.csv'))).size).toBe(1000);
        },
      );

      test('gives files and new folders the group of the site, and leaves folders that were there', async () => {
        await mkdir(inArrivals('alice'));
        await chmod(inArrivals('alice'), 0o700);
        expect(await zones.arrivals.publish(await stored(bytesOf(10), arrivalPath('x', 'raw')))).toBe(
          'published',
        );
        expect((await lstat(inArrivals('alice', 'raw', 'x'))).gid).toBe(PUBLISHED.gid);
        expect((await lstat(inArrivals('alice', 'raw'))).gid).toBe(PUBLISHED.gid);
        expect((await lstat(inArrivals('alice'))).mode & 0o777).toBe(0o700);
      });

      test('a published file that was renamed inside is published again under its name', async () => {
        const publication = await stored(bytesOf(100));
        expect(await zones.arrivals.publish(publication)).toBe('published');
        await rename(inArrivals('alice', 'scan.csv'), inArrivals('alice', 'mine.csv'));
        expect(await zones.arrivals.publish(publication)).toBe('published');
        const [mine, again] = await Promise.all([
          lstat(inArrivals('alice', 'mine.csv')),
          lstat(inArrivals('alice', 'scan.csv')),
        ]);
        expect(again.ino).not.toBe(mine.ino);
      });
    });

    describe('quarantine', () => {
      const inQuarantine = (id: string): string => join(layout.data, 'quarantine', id);

      test('takes a file out of the airlock, once', async () => {
        const bytes = bytesOf(1_500_000);
        await store(zones, file, bytes);
        expect(await zones.quarantine.take(file)).toBe(true);
        expect(await zones.quarantine.take(file)).toBe(true);
        expect(await zones.airlock.sizeOf(file)).toBeNull();
        expect(await zones.quarantine.sizeOf(file)).toBe(1_500_000);
        expect((await lstat(inQuarantine(file))).mode & 0o777).toBe(0o600);
        expect(digest(await readFile(inQuarantine(file)))).toBe(digest(bytes));
        expect(await visible('quarantine')).toEqual([file]);
      });

      test('says when it is in neither place', async () => {
        expect(await zones.quarantine.take(file)).toBe(false);
        expect(await zones.quarantine.sizeOf(file)).toBeNull();
      });

      test('goes on where it stopped between the two names', async () => {
        const bytes = bytesOf(1000);
        await store(zones, file, bytes);
        await writeFile(inQuarantine(file), bytes);
        expect(await zones.quarantine.take(file)).toBe(true);
        expect(await zones.airlock.sizeOf(file)).toBeNull();
      });

      test('never replaces another file', async () => {
        await store(zones, file, bytesOf(1000));
        await writeFile(inQuarantine(file), 'another');
        await expect(zones.quarantine.take(file)).rejects.toMatchObject({ code: 'EEXIST' });
        expect(await readFile(inQuarantine(file), 'utf8')).toBe('another');
        await writeFile(inQuarantine(file), Buffer.alloc(1000));
        await expect(zones.quarantine.take(file)).rejects.toMatchObject({ code: 'EEXIST' });
        expect(await zones.airlock.sizeOf(file)).toBe(1000);
      });

      test.runIf(IS_ROOT)(
        "takes another user's file by copy, and gives it back (only root can give a file to another user)",
        async () => {
          await store(zones, file, bytesOf(1000));
          await chown(inAirlock(file), 65534, 65534);
          expect(await zones.quarantine.take(file)).toBe(true);
          expect(await zones.quarantine.sizeOf(file)).toBe(1000);
          await chown(inQuarantine(file), 65534, 65534);
          await writeFile(inAirlock(`${file}-0123456789abcdef`), 'half a co');
          expect(await zones.quarantine.giveBack(file)).toBe(true);
          expect(await visible('airlock/files')).toEqual([file]);
          expect(digest(await readFile(inAirlock(file)))).toBe(digest(bytesOf(1000)));
        },
      );

      test('gives a file back to the airlock, once, and takes it again', async () => {
        const bytes = bytesOf(1_500_000);
        await store(zones, file, bytes);
        await zones.quarantine.take(file);
        expect(await zones.quarantine.giveBack(file)).toBe(true);
        expect(await zones.quarantine.giveBack(file)).toBe(true);
        expect(await zones.quarantine.sizeOf(file)).toBeNull();
        expect(digest(await collect(zones.airlock.read(file)))).toBe(digest(bytes));
        expect((await lstat(inAirlock(file))).mode & 0o777).toBe(0o600);
        expect(await visible('airlock/files')).toEqual([file]);
        expect(await zones.quarantine.take(file)).toBe(true);
        expect(await zones.quarantine.sizeOf(file)).toBe(1_500_000);
      });

      test('gives nothing back that is in neither place', async () => {
        expect(await zones.quarantine.giveBack(file)).toBe(false);
      });

      test('goes on giving back where it stopped between the two names', async () => {
        const bytes = bytesOf(1000);
        await store(zones, file, bytes);
        await zones.quarantine.take(file);
        await writeFile(inAirlock(file), bytes);
        expect(await zones.quarantine.giveBack(file)).toBe(true);
        expect(await zones.quarantine.sizeOf(file)).toBeNull();
        expect(await zones.airlock.sizeOf(file)).toBe(1000);
      });

      test('never replaces what the airlock has, nor loses what quarantine has', async () => {
        await store(zones, file, bytesOf(1000));
        await zones.quarantine.take(file);
        await writeFile(inAirlock(file), Buffer.alloc(1000));
        await expect(zones.quarantine.giveBack(file)).rejects.toMatchObject({ code: 'EEXIST' });
        expect((await readFile(inAirlock(file))).equals(Buffer.alloc(1000))).toBe(true);
        expect(digest(await readFile(inQuarantine(file)))).toBe(digest(bytesOf(1000)));
      });

      test('take and give back of one file keep apart', async () => {
        await store(zones, file, bytesOf(1000));
        const both = await Promise.allSettled([zones.quarantine.take(file), zones.quarantine.giveBack(file)]);
        expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
        expect(await zones.quarantine.sizeOf(file)).toBe(1000);
      });
    });
  });
}
