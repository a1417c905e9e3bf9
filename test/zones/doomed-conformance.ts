import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync, realpathSync, renameSync } from 'node:fs';
import {
  chown,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rmdir,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Doomed, Home, Zones } from '../../src/core/custody/zone-ports.ts';
import type { FileId } from '../../src/core/kit/ids.ts';
import { arrivalPath, bytesOf, digest, fileId, IS_ROOT, publicationOf, store } from './zone-fixtures.ts';
import type { Layout } from './zones-conformance.ts';

type From = 'airlock' | 'arrivals' | 'quarantine' | 'outbound';

const ZONES: readonly From[] = ['airlock', 'quarantine', 'arrivals', 'outbound'];
const MIB = 1024 * 1024;

/** What every layout has to do when bytes are destroyed. `apart`: the zone that is on another file system. */
export function describeDoomed(name: string, apart: From | null, arrange: () => Promise<Layout>): void {
  describe(`destruction on ${name}`, () => {
    let layout: Layout;
    let zones: Zones;
    let file: FileId;

    beforeEach(async () => {
      layout = await arrange();
      zones = layout.zones;
      file = fileId();
    });

    afterEach(() => layout.remove());

    const inArrivals = (...names: string[]): string => join(layout.data, 'arrivals', ...names);
    const doomedFolder = (from: From): string =>
      join(layout.data, from === apart ? `${from}/.havengate-doomed` : 'airlock/doomed');
    const entryOf = ({ ref }: Doomed, from: From): string =>
      join(doomedFolder(from), `${ref.id}-g${ref.generation}`);

    /** A file whose bytes are in one zone, under `path`. */
    async function placed(
      from: From,
      bytes: Uint8Array,
      path = arrivalPath('scan.csv', 'raw'),
    ): Promise<{ doomed: Doomed; path: string }> {
      await store(zones, file, bytes);
      const ref = { id: file, generation: 3 };
      const about = { ref, from, size: bytes.byteLength, sha256: digest(bytes) };
      if (from === 'arrivals' || from === 'outbound') {
        const home: Home = from === 'arrivals' ? ['alice'] : ['cohort', 'alice'];
        await zones[from].publish({ ...publicationOf(file, bytes, path), home });
        await zones.airlock.unlink(file);
        const at = join(layout.data, from, ...home, path.folder, path.name);
        return { doomed: { ...about, published: { home, path } }, path: at };
      }
      if (from === 'quarantine') await zones.quarantine.take(file);
      const folder = from === 'airlock' ? 'airlock/files' : from;
      return { doomed: { ...about, published: null }, path: join(layout.data, folder, file) };
    }

    const exists = async (path: string): Promise<boolean> =>
      lstat(path).then(
        () => true,
        () => false,
      );

    /** Resolves when this process has the file open: the zone is reading it. */
    async function whileRead(path: string): Promise<void> {
      const real = realpathSync(path);
      const target = (fd: string): string => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`);
        } catch {
          return '';
        }
      };
      while (!readdirSync('/proc/self/fd').some((fd) => target(fd) === real)) await setImmediate();
    }

    describe.each(ZONES)('from %s', (from) => {
      test('takes the name, unlinks it, and says so when asked again', async () => {
        const { doomed, path } = await placed(from, bytesOf(2_500_000));
        expect(await zones.doomed.take(doomed)).toBe('doomed');
        expect(await exists(path)).toBe(false);
        expect(digest(await readFile(entryOf(doomed, from)))).toBe(doomed.sha256);
        expect(await zones.doomed.take(doomed)).toBe('doomed');
        expect(await zones.doomed.unlink(doomed.ref)).toBe(0);
        expect(await zones.doomed.unlink(doomed.ref)).toBeNull();
        expect(await zones.doomed.take(doomed)).toBe('gone');
        expect(await readdir(doomedFolder(from))).toEqual([]);
      });

      test('is in a folder that nobody but the daemon can enter', async () => {
        expect((await lstat(doomedFolder(from))).mode & 0o777).toBe(0o700);
      });

      test('says gone when the name is in neither place', async () => {
        const { doomed, path } = await placed(from, bytesOf(100));
        await unlink(path);
        expect(await zones.doomed.take(doomed)).toBe('gone');
        expect(await zones.doomed.unlink(doomed.ref)).toBeNull();
      });

      test('leaves other bytes alone, of another size or of the same', async () => {
        const { doomed, path } = await placed(from, bytesOf(100));
        for (const other of [Buffer.alloc(99), Buffer.alloc(101), Buffer.alloc(100)]) {
          await unlink(path);
          await writeFile(path, other);
          const { ino } = await lstat(path);
          expect(await zones.doomed.take(doomed)).toBe('replaced');
          expect((await lstat(path)).ino).toBe(ino);
          expect((await readFile(path)).equals(other)).toBe(true);
        }
        expect(await readdir(doomedFolder(from))).toEqual([]);
        // Without a digest there is only the size to go by.
        expect(await zones.doomed.take({ ...doomed, size: 99, sha256: null })).toBe('replaced');
        expect(await zones.doomed.take({ ...doomed, sha256: null })).toBe('doomed');
      });

      test('leaves alone what is no file: a link to the right bytes, a folder, a pipe', async () => {
        const bytes = bytesOf(100);
        const { doomed, path } = await placed(from, bytes);
        const elsewhere = join(layout.data, 'elsewhere');
        await writeFile(elsewhere, bytes);
        await unlink(path);
        await symlink(elsewhere, path);
        expect(await zones.doomed.take(doomed)).toBe('replaced');
        expect(await readlink(path)).toBe(elsewhere);
        expect(digest(await readFile(elsewhere))).toBe(doomed.sha256);
        await unlink(path);
        await mkdir(path);
        expect(await zones.doomed.take(doomed)).toBe('replaced');
        await rmdir(path);
        execFileSync('mkfifo', [path]);
        expect(await zones.doomed.take(doomed)).toBe('replaced');
        expect((await lstat(path)).isFIFO()).toBe(true);
        expect(await readdir(doomedFolder(from))).toEqual([]);
      });

      test.each(['a file', 'a link', 'a folder'])('puts back %s that was swapped in', async (what) => {
        const { doomed, path } = await placed(from, bytesOf(8 * MIB));
        const [mine, theirs] = [`${path}.mine`, `${path}.theirs`];
        if (what === 'a file') await writeFile(theirs, 'the work of a week');
        if (what === 'a link') await symlink('/nowhere', theirs);
        if (what === 'a folder') {
          await mkdir(theirs);
          await writeFile(join(theirs, 'notes'), 'the work of a week');
        }
        const { ino } = await lstat(theirs);
        const taking = zones.doomed.take(doomed);
        await whileRead(path);
        renameSync(path, mine);
        renameSync(theirs, path);
        expect(await taking).toBe('replaced');
        expect((await lstat(path)).ino).toBe(ino);
        expect(digest(await readFile(mine))).toBe(doomed.sha256);
        expect(await readdir(doomedFolder(from))).toEqual([]);
        expect(await zones.doomed.unlink(doomed.ref)).toBeNull();
      });

      test('takes up what a crash left after the rename', async () => {
        const { doomed, path } = await placed(from, bytesOf(100));
        await rename(path, entryOf(doomed, from));
        zones = await layout.reopen();
        expect(await zones.doomed.take(doomed)).toBe('doomed');
        expect(await zones.doomed.unlink(doomed.ref)).toBe(0);
      });

      test('takes up what an earlier generation left, and lets a later one be', async () => {
        const { doomed, path } = await placed(from, bytesOf(100));
        await rename(path, join(doomedFolder(from), `${file}-g2`));
        zones = await layout.reopen();
        const early = { ...doomed, ref: { id: file, generation: 1 } };
        expect(await zones.doomed.take(early)).toBe('gone');
        const late = { ...doomed, ref: { id: file, generation: 11 } };
        expect(await zones.doomed.take(late)).toBe('doomed');
        expect(await readdir(doomedFolder(from))).toEqual([`${file}-g11`]);
        expect(await zones.doomed.unlink(doomed.ref)).toBeNull();
        expect(await zones.doomed.unlink(late.ref)).toBe(0);
      });

      test.each([Buffer.alloc(100), Buffer.from('short')])(
        'puts back what a crash left of a swap, before the comparison and after the link (%#)',
        async (other) => {
          const { doomed, path } = await placed(from, bytesOf(100));
          await unlink(path);
          await writeFile(entryOf(doomed, from), other);
          zones = await layout.reopen();
          expect(await zones.doomed.take(doomed)).toBe('replaced');
          expect((await readFile(path)).equals(other)).toBe(true);
          expect(await readdir(doomedFolder(from))).toEqual([]);
          await link(path, entryOf(doomed, from));
          expect(await zones.doomed.take(doomed)).toBe('replaced');
          expect((await readFile(path)).equals(other)).toBe(true);
          expect(await readdir(doomedFolder(from))).toEqual([]);
        },
      );

      test('sets aside what cannot go back because the name is taken again', async () => {
        const { doomed, path } = await placed(from, bytesOf(100));
        await unlink(path);
        await writeFile(path, 'second');
        const aside = `${file}-g3-replaced`;
        for (const name of [aside, `${aside}-2`]) {
          await writeFile(entryOf(doomed, from), 'first');
          expect(await zones.doomed.take(doomed)).toBe('replaced');
          expect(await readFile(path, 'utf8')).toBe('second');
          expect(await readFile(join(doomedFolder(from), name), 'utf8')).toBe('first');
        }
        expect(await zones.doomed.take(doomed)).toBe('replaced');
        expect((await readdir(doomedFolder(from))).toSorted()).toEqual([aside, `${aside}-2`]);
        expect(await zones.doomed.unlink(doomed.ref)).toBeNull();
        await mkdir(entryOf(doomed, from));
        expect(await zones.doomed.take(doomed)).toBe('replaced');
        expect((await readdir(doomedFolder(from))).toSorted()).toEqual([aside, `${aside}-2`, `${aside}-3`]);
        expect(await readFile(path, 'utf8')).toBe('second');
      });

      test('a name that others made of the bytes is counted, and stays', async () => {
        const { doomed, path } = await placed(from, bytesOf(100));
        const other = `${path}.other`;
        await link(path, other);
        expect(await zones.doomed.take(doomed)).toBe('doomed');
        expect(await zones.doomed.unlink(doomed.ref)).toBe(1);
        expect(digest(await readFile(other))).toBe(doomed.sha256);
      });

      test('whoever is reading goes on reading', async () => {
        const { doomed, path } = await placed(from, bytesOf(2 * MIB));
        await using reader = await open(path, 'r');
        expect(await zones.doomed.take(doomed)).toBe('doomed');
        expect(await zones.doomed.unlink(doomed.ref)).toBe(0);
        expect(digest(await reader.readFile())).toBe(doomed.sha256);
      });

      test('two who take it at once both find it doomed, and one unlinks it', async () => {
        const { doomed } = await placed(from, bytesOf(MIB));
        // Zones that were opened twice know nothing of each other, like two processes.
        const others = await layout.reopen();
        const both = [zones.doomed, others.doomed];
        expect(await Promise.all(both.map((one) => one.take(doomed)))).toEqual(['doomed', 'doomed']);
        const left = await Promise.all(both.map((one) => one.unlink(doomed.ref)));
        expect(left).toEqual(expect.arrayContaining([0, null]));
      });

      test('reads a file that is larger than any buffer', async () => {
        const { doomed, path } = await placed(from, bytesOf(100));
        await unlink(path);
        await writeFile(path, '');
        await truncate(path, 2 ** 31 + 1);
        const sparse = { ...doomed, size: 2 ** 31 + 1, sha256: null };
        expect(await zones.doomed.take(sparse)).toBe('doomed');
        expect(await zones.doomed.unlink(sparse.ref)).toBe(0);
      });
    });

    test('takes nothing out of the airlock while it is open for writing', async () => {
      const { doomed } = await placed('airlock', bytesOf(100));
      const handle = await zones.airlock.open(file);
      await expect(zones.doomed.take(doomed)).rejects.toMatchObject({ code: 'EBUSY' });
      await handle.close();
      const [first, second] = await Promise.allSettled([
        zones.doomed.take(doomed),
        zones.doomed.take(doomed),
      ]);
      expect(first).toMatchObject({ value: 'doomed' });
      expect(second).toMatchObject({ reason: { code: 'EBUSY' } });
    });

    test("the airlock's second name of a published file counts until it goes", async () => {
      const publication = publicationOf(file, bytesOf(100));
      await store(zones, file, bytesOf(100));
      await zones.arrivals.publish(publication);
      const { home, path, size, sha256 } = publication;
      const ref = { id: file, generation: 0 };
      const doomed: Doomed = { ref, from: 'arrivals', published: { home, path }, size, sha256 };
      expect(await zones.doomed.take(doomed)).toBe('doomed');
      await zones.airlock.unlink(file);
      expect(await zones.doomed.unlink(ref)).toBe(0);
    });

    test('every name in a doomed folder is listed, with its place, whatever it is', async () => {
      const { doomed } = await placed('arrivals', bytesOf(100));
      await zones.doomed.take(doomed);
      const aside = join(doomedFolder('airlock'), 'anything-replaced');
      await writeFile(aside, '');
      const listed = [];
      for await (const name of zones.doomed.list()) listed.push(name);
      const entry = entryOf(doomed, 'arrivals');
      expect(listed.map(({ name }) => name).toSorted()).toEqual(
        [basename(entry), basename(aside)].toSorted(),
      );
      for (const { path } of listed) expect(await exists(path)).toBe(true);
    });

    test('keeps to names of 255 bytes and of every script', async () => {
      for (const name of ['a'.repeat(255), 'é'.repeat(127), '試験 データ.csv', '$(rm -rf).csv', '.hidden']) {
        file = fileId();
        const { doomed, path } = await placed('arrivals', bytesOf(100), arrivalPath(name, 'Ωμέγα'));
        expect(await zones.doomed.take(doomed)).toBe('doomed');
        expect(await exists(path)).toBe(false);
        expect(await zones.doomed.unlink(doomed.ref)).toBe(0);
      }
    });

    test('never follows a symbolic link in place of a home or folder', async () => {
      const { doomed } = await placed('arrivals', bytesOf(100));
      await rename(inArrivals('alice', 'raw'), inArrivals('alice', 'moved'));
      await symlink('moved', inArrivals('alice', 'raw'));
      expect(await zones.doomed.take(doomed)).toBe('replaced');
      await rename(inArrivals('alice'), inArrivals('bob'));
      await symlink('bob', inArrivals('alice'));
      expect(await zones.doomed.take(doomed)).toBe('replaced');
      expect(digest(await readFile(inArrivals('bob', 'moved', 'scan.csv')))).toBe(doomed.sha256);
      expect(await readdir(doomedFolder('arrivals'))).toEqual([]);
    });

    test('a file in place of a folder has replaced it; no folder means gone', async () => {
      const { doomed } = await placed('arrivals', bytesOf(100));
      await rename(inArrivals('alice', 'raw'), inArrivals('alice', 'moved'));
      expect(await zones.doomed.take(doomed)).toBe('gone');
      await writeFile(inArrivals('alice', 'raw'), '');
      expect(await zones.doomed.take(doomed)).toBe('replaced');
    });

    test('leaves the folders of Arrivals where they are', async () => {
      const { doomed } = await placed('arrivals', bytesOf(100));
      await zones.doomed.take(doomed);
      await zones.doomed.unlink(doomed.ref);
      expect(await readdir(inArrivals('alice'))).toEqual(['raw']);
    });

    test.each(['', '..', 'a/b', '.havengate-incoming'])('refuses the home %j', async (home) => {
      const { doomed } = await placed('arrivals', bytesOf(100));
      const path = arrivalPath('scan.csv', 'raw');
      await expect(zones.doomed.take({ ...doomed, published: { home: [home], path } })).rejects.toThrow(
        'plain name',
      );
    });

    test('a file that is nowhere is gone, and what was doomed of it is taken up', async () => {
      const { doomed } = await placed('airlock', bytesOf(100));
      const nowhere: Doomed = { ...doomed, from: 'gone' };
      expect(await zones.doomed.take(nowhere)).toBe('gone');
      expect(await zones.doomed.take(doomed)).toBe('doomed');
      expect(await zones.doomed.take(nowhere)).toBe('doomed');
    });

    test.runIf(IS_ROOT)(
      "someone else's file with the right bytes is not ours in Arrivals (only root can give a file to another user)",
      async () => {
        const { doomed, path } = await placed('arrivals', bytesOf(100));
        await chown(path, 65534, 65534);
        expect(await zones.doomed.take(doomed)).toBe('replaced');
        expect(digest(await readFile(path))).toBe(doomed.sha256);
      },
    );

    test.runIf(IS_ROOT)(
      'what somebody else has put into Arrivals is taken by its bytes, once it is known to be theirs (only root can give a file to another user)',
      async () => {
        const { doomed, path } = await placed('arrivals', bytesOf(100));
        await chown(path, 65534, 65534);
        const foreign: Doomed = { ...doomed, foreign: true };
        expect(await zones.doomed.take({ ...foreign, sha256: null })).toBe('replaced');
        expect(await zones.doomed.take({ ...foreign, sha256: digest(bytesOf(99)) })).toBe('replaced');
        expect(digest(await readFile(path))).toBe(doomed.sha256);
        expect(await zones.doomed.take(foreign)).toBe('doomed');
        expect(await zones.doomed.take(foreign)).toBe('doomed');
        expect(await zones.doomed.unlink(doomed.ref)).toBe(0);
      },
    );
  });
}
