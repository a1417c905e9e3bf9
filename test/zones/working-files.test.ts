import { execFileSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FolderPath } from '../../src/core/custody/names.ts';
import type { SharesZone, WorkingFile, WorkingOpen } from '../../src/core/custody/shares/ports.ts';
import { together } from './layouts.ts';
import {
  arrivalPath,
  bytesOf,
  digest,
  fileId,
  IS_ROOT,
  publicationOf,
  SHARES,
  store,
} from './zone-fixtures.ts';
import type { Layout } from './zones-conformance.ts';

const GROUP = SHARES.attributesOf().gid;
const NEW: WorkingOpen = { read: true, write: true, create: true, exclusive: true, truncate: false };
const READ: WorkingOpen = { read: true, write: false, create: false, exclusive: false, truncate: false };
const WRITE: WorkingOpen = { ...READ, read: false, write: true };

let layout: Layout;
let shares: SharesZone;

beforeEach(async () => {
  layout = await together();
  shares = layout.zones.shares;
  await shares.make('cohort');
});

afterEach(() => layout.remove());

const at = (path: string, share = 'cohort') => ({ share, path: path as FolderPath });
const onDisk = (...names: string[]): string => join(layout.data, 'shares', 'cohort', ...names);

async function opened(path: string, how: WorkingOpen): Promise<WorkingFile> {
  const result = await shares.open(at(path), how);
  if (!result.ok) throw new Error(result.refusal);
  return result.value;
}

async function names(path: string, limit = 100): Promise<string[]> {
  const found: string[] = [];
  for await (const page of (await shares.list(at(path), limit)) ?? [])
    found.push(...page.map(({ name }) => name));
  return found.toSorted();
}

const refused = (refusal: string) => ({ ok: false, refusal });
const descriptors = async (): Promise<number> => (await readdir('/proc/self/fd')).length;

describe('the folder of a share', () => {
  test('gets the mode and group of the share, and what desktops make in it gets the group', async () => {
    const stats = await lstat(onDisk());
    expect(stats.mode & 0o7777).toBe(0o2770);
    expect(stats.gid).toBe(GROUP);
    await writeFile(onDisk('by-desktop'), '');
    expect((await lstat(onDisk('by-desktop'))).gid).toBe(GROUP);
  });

  test('is made once, keeps what is in it, and gets mode and group that a crash kept from it', async () => {
    await rm(onDisk(), { recursive: true });
    await mkdir(onDisk(), { mode: 0o700 });
    await writeFile(onDisk('notes'), 'notes');
    await shares.make('cohort');
    expect((await lstat(onDisk())).mode & 0o7777).toBe(0o2770);
    expect(await names('')).toEqual(['notes']);
  });

  test('is never a symbolic link, not even one that leads to a folder', async () => {
    await mkdir(join(layout.data, 'elsewhere'));
    await symlink(join(layout.data, 'elsewhere'), join(layout.data, 'shares', 'linked'));
    await expect(shares.make('linked')).rejects.toMatchObject({ code: 'ENOTDIR' });
    expect(await shares.list(at('', 'linked'), 10)).toBeNull();
    expect(await shares.open(at('file', 'linked'), NEW)).toMatchObject(refused('links'));
    expect(await readdir(join(layout.data, 'elsewhere'))).toEqual([]);
  });

  test.each(['', '..', '.havengate-incoming', 'a/b', 'Cohort', '/etc'])('is not called %j', async (name) => {
    await expect(shares.make(name)).rejects.toThrow('plain name');
    expect(await shares.look(at('', name))).toBeNull();
    expect(await shares.open(at('file', name), NEW)).toMatchObject(refused('name-invalid'));
  });

  test('is missing until it is made', async () => {
    expect(await shares.look(at('', 'unmade'))).toBeNull();
    expect(await shares.list(at('', 'unmade'), 10)).toBeNull();
    expect(await shares.open(at('file', 'unmade'), NEW)).toMatchObject(refused('not-found'));
    await expect(shares.room('unmade')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(shares.canLink('unmade')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await shares.room('cohort')).toBeGreaterThan(0);
    expect(await shares.canLink('cohort')).toBe(true);
  });
});

describe('a working file', () => {
  test('is written, read, appended to and cut like any file', async () => {
    const file = await opened('notes.txt', NEW);
    await file.write([Buffer.from('cd'), Buffer.from('ef')], 2);
    await file.write([Buffer.from('ab')], 0);
    await file.write([Buffer.from('!')], await file.end());
    const buffer = Buffer.alloc(10);
    expect(await file.read(buffer, 1)).toBe(6);
    expect(buffer.toString('utf8', 0, 6)).toBe('bcdef!');
    await file.truncate(3);
    await file.sync();
    expect(await file.look()).toMatchObject({ kind: 'file', size: 3 });
    await file.close();
    expect(await readFile(onDisk('notes.txt'), 'utf8')).toBe('abc');
    const again = await opened('notes.txt', { ...WRITE, truncate: true });
    await again.close();
    expect(await shares.look(at('notes.txt'))).toMatchObject({ kind: 'file', size: 0 });
  });

  test('has the mode and group of the share when we make it, and keeps its own when it was there', async () => {
    await (await opened('new', NEW)).close();
    const stats = await lstat(onDisk('new'));
    expect(stats.mode & 0o777).toBe(0o660);
    expect(stats.gid).toBe(GROUP);
    await writeFile(onDisk('theirs'), '', { mode: 0o604 });
    await (await opened('theirs', { ...NEW, exclusive: false })).close();
    expect((await lstat(onDisk('theirs'))).mode & 0o777).toBe(0o604);
  });

  test('is made, or refused, as it was asked for', async () => {
    expect(await shares.open(at('missing'), WRITE)).toMatchObject(refused('not-found'));
    expect(await shares.open(at('no/such/folder'), NEW)).toMatchObject(refused('not-found'));
    await (await opened('there', NEW)).close();
    expect(await shares.open(at('there'), NEW)).toMatchObject(refused('exists'));
    expect(await shares.open(at('there/below'), NEW)).toMatchObject(refused('not-a-folder'));
    await shares.makeFolder(at('folder'));
    for (const how of [READ, WRITE, { ...NEW, exclusive: false }])
      expect(await shares.open(at('folder'), how)).toMatchObject(refused('is-a-folder'));
    expect(await shares.open(at(''), READ)).toMatchObject(refused('name-invalid'));
  });

  test('is made by one of many who ask for it at once', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => shares.open(at('one'), NEW)));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    for (const result of results) if (result.ok) await result.value.close();
  });

  test('closing waits for writes under way; calls after it are refused', async () => {
    const before = await descriptors();
    const file = await opened('big', NEW);
    const writing = file.write([bytesOf(8_000_000)], 0);
    await file.close();
    await writing;
    expect((await lstat(onDisk('big'))).size).toBe(8_000_000);
    await expect(file.write([Buffer.from('x')], 0)).rejects.toMatchObject({ code: 'EBADF' });
    await file.close();
    expect(await descriptors()).toBe(before);
  });

  test('keeps the modification time that it is given, to the millisecond', async () => {
    const file = await opened('dated', NEW);
    for (const mtime of [1_700_000_000_123, 1_700_000_000_001, 1_700_000_000_999, 1_234_567_890_001, 0]) {
      await file.setMtime(mtime);
      expect((await file.look()).mtime).toBe(mtime);
      // On disk too, where others look who round down.
      expect((await lstat(onDisk('dated'), { bigint: true })).mtimeMs).toBe(BigInt(mtime));
      expect(await shares.change(at('dated'), { size: null, mtime: mtime + 1000 })).toMatchObject({
        ok: true,
      });
      expect((await shares.look(at('dated')))?.mtime).toBe(mtime + 1000);
    }
    await file.close();
  });

  test('refuses positions and lengths that Node would take for something else', async () => {
    const file = await opened('odd', NEW);
    for (const odd of [-1, 2 ** 53, Number.NaN, 0.5]) {
      await expect(file.write([Buffer.from('x')], odd)).rejects.toMatchObject({ code: 'EFBIG' });
      await expect(file.truncate(odd)).rejects.toMatchObject({ code: 'EFBIG' });
    }
    expect(await file.end()).toBe(0);
    await file.close();
  });

  test('is cut, extended and dated by its name, a folder only dated', async () => {
    await writeFile(onDisk('file'), 'abcdef');
    expect(await shares.change(at('file'), { size: 3, mtime: 1_600_000_000_000 })).toMatchObject({
      ok: true,
    });
    expect(await shares.look(at('file'))).toEqual({ kind: 'file', size: 3, mtime: 1_600_000_000_000 });
    await shares.makeFolder(at('folder'));
    expect(await shares.change(at('folder'), { size: null, mtime: 5000 })).toMatchObject({ ok: true });
    expect((await shares.look(at('folder')))?.mtime).toBe(5000);
    expect(await shares.change(at('folder'), { size: 0, mtime: null })).toMatchObject(refused('is-a-folder'));
    expect(await shares.change(at('missing'), { size: 0, mtime: null })).toMatchObject(refused('not-found'));
    expect(await shares.change(at('missing'), { size: null, mtime: 0 })).toMatchObject(refused('not-found'));
  });
});

describe('folders', () => {
  test('are made with the mode and group of the share, and removed when they are empty', async () => {
    expect(await shares.makeFolder(at('raw'))).toMatchObject({ ok: true });
    expect(await shares.makeFolder(at('raw/deep'))).toMatchObject({ ok: true });
    const stats = await lstat(onDisk('raw', 'deep'));
    expect(stats.mode & 0o7777).toBe(0o2770);
    expect(stats.gid).toBe(GROUP);
    expect(await shares.makeFolder(at('raw'))).toMatchObject(refused('exists'));
    expect(await shares.makeFolder(at('no/such'))).toMatchObject(refused('not-found'));
    expect(await shares.removeFolder(at('raw'))).toMatchObject(refused('not-empty'));
    expect(await shares.remove(at('raw/deep'))).toMatchObject(refused('is-a-folder'));
    expect(await shares.removeFolder(at('raw/deep'))).toMatchObject({ ok: true });
    expect(await shares.removeFolder(at('raw/deep'))).toMatchObject(refused('not-found'));
    await writeFile(onDisk('file'), '');
    expect(await shares.removeFolder(at('file'))).toMatchObject(refused('not-a-folder'));
    expect(await shares.removeFolder(at(''))).toMatchObject(refused('name-invalid'));
    expect(await shares.remove(at('file'))).toMatchObject({ ok: true });
    expect(await shares.remove(at('file'))).toMatchObject(refused('not-found'));
  });

  test('are listed in pages that hold every name once', async () => {
    const all = Array.from({ length: 137 }, (_, n) => `file ${n}`);
    await Promise.all(all.map((name) => writeFile(onDisk(name), name)));
    for (const limit of [1, 7, 16, 50, 1000]) {
      const pages: number[] = [];
      const found: string[] = [];
      for await (const page of (await shares.list(at(''), limit)) ?? []) {
        pages.push(page.length);
        found.push(...page.map(({ name }) => name));
      }
      expect(found.toSorted()).toEqual(all.toSorted());
      expect(Math.max(...pages)).toBeLessThanOrEqual(limit);
    }
    expect(await shares.list(at('missing'), 10)).toBeNull();
    expect(await shares.list(at('file 1'), 10)).toBeNull();
  });

  test('say of each name what it is, and leave out what no door can say', async () => {
    await shares.makeFolder(at('folder'));
    await writeFile(onDisk('file'), 'abc');
    await symlink('/etc/passwd', onDisk('link'));
    execFileSync('mkfifo', [onDisk('pipe')]);
    await writeFile(onDisk('new\nline'), '');
    await writeFile(Buffer.concat([Buffer.from(`${onDisk()}/bad-`), Buffer.from([0xff, 0xfe])]), '');
    const kinds: Record<string, string> = {};
    for await (const page of (await shares.list(at(''), 100)) ?? [])
      for (const { name, kind, size } of page) kinds[name] = kind === 'file' ? `${kind} ${size}` : kind;
    expect(kinds).toEqual({ file: 'file 3', folder: 'folder', link: 'other', pipe: 'other' });
  });

  test('that are listed are let go of: at the end, when the caller returns, also before the first page', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, n) => writeFile(onDisk(`file ${n}`), '')));
    const before = await descriptors();
    expect(await names('')).toHaveLength(40);
    const [early, unasked] = [await shares.list(at(''), 5), await shares.list(at(''), 5)];
    await early?.next();
    await early?.return(undefined);
    await unasked?.return(undefined);
    for await (const page of (await shares.list(at(''), 5)) ?? []) if (page.length > 0) break;
    expect(await descriptors()).toBe(before);
  });

  test('with very many names are never loaded at once', async () => {
    execFileSync('sh', ['-c', 'seq 1 20000 | xargs touch'], { cwd: onDisk() });
    const pages = await shares.list(at(''), 100);
    const first = await pages?.next();
    expect(first?.value).not.toHaveLength(0);
    // What goes away meanwhile is left out at most; it is no fault.
    execFileSync('sh', ['-c', 'seq 1 20000 | xargs rm'], { cwd: onDisk() });
    let more = 0;
    for await (const page of pages ?? []) more += page.length;
    expect(more).toBeLessThan(5000);
  });
});

describe('renaming', () => {
  const move = (from: string, to: string, replace = false) => shares.rename(at(from), at(to), replace);

  test('a file gives it another name, never one that is taken', async () => {
    await writeFile(onDisk('a'), 'a', { mode: 0o604 });
    await writeFile(onDisk('b'), 'b');
    expect(await move('a', 'b')).toMatchObject(refused('exists'));
    expect(await move('a', 'a')).toMatchObject(refused('exists'));
    expect(await readFile(onDisk('b'), 'utf8')).toBe('b');
    await shares.makeFolder(at('folder'));
    expect(await move('a', 'folder')).toMatchObject(refused('exists'));
    expect(await move('a', 'folder/c')).toMatchObject({ ok: true });
    expect(await names('')).toEqual(['b', 'folder']);
    expect(await readFile(onDisk('folder', 'c'), 'utf8')).toBe('a');
    const stats = await lstat(onDisk('folder', 'c'));
    expect([stats.mode & 0o777, stats.nlink]).toEqual([0o604, 1]);
    expect(await readdir(onDisk('.havengate-incoming'))).toEqual([]);
  });

  test('with replace takes the place of a file at once, but never of a folder or a link', async () => {
    await writeFile(onDisk('a'), 'a');
    await writeFile(onDisk('b'), 'b');
    expect(await move('a', 'a', true)).toMatchObject({ ok: true });
    expect(await move('a', 'b', true)).toMatchObject({ ok: true });
    expect(await readFile(onDisk('b'), 'utf8')).toBe('a');
    expect(await move('b', 'c', true)).toMatchObject({ ok: true });
    await shares.makeFolder(at('folder'));
    await symlink('/etc/passwd', onDisk('link'));
    expect(await move('c', 'folder', true)).toMatchObject(refused('is-a-folder'));
    expect(await move('c', 'link', true)).toMatchObject(refused('links'));
    expect(await move('folder', 'c', true)).toMatchObject(refused('exists'));
    expect(await names('')).toEqual(['c', 'folder', 'link']);
  });

  test('a folder takes along what is in it; it replaces nothing, and does not go into itself', async () => {
    await shares.makeFolder(at('a'));
    await shares.makeFolder(at('b'));
    await writeFile(onDisk('a', 'file'), 'bytes');
    for (const replace of [false, true]) {
      expect(await move('a', 'b', replace)).toMatchObject(refused('exists'));
      expect(await move('a', 'a/below', replace)).toMatchObject(refused('name-invalid'));
    }
    expect(await move('a', 'b/moved')).toMatchObject({ ok: true });
    expect(await readFile(onDisk('b', 'moved', 'file'), 'utf8')).toBe('bytes');
  });

  test('goes from share to share, and is refused where nothing can go', async () => {
    await shares.make('other');
    await writeFile(onDisk('a'), 'a');
    expect(await shares.rename(at('a'), at('a', 'other'), false)).toMatchObject({ ok: true });
    expect(await readFile(join(layout.data, 'shares', 'other', 'a'), 'utf8')).toBe('a');
    expect(await move('a', 'b')).toMatchObject(refused('not-found'));
    await writeFile(onDisk('a'), 'a');
    expect(await move('a', 'no/such')).toMatchObject(refused('not-found'));
    expect(await move('a', 'a/b')).toMatchObject(refused('not-a-folder'));
    expect(await move('', 'b')).toMatchObject(refused('name-invalid'));
    expect(await move('a', '')).toMatchObject(refused('name-invalid'));
  });

  test('of many files to one name at once gives it to one, and loses none', async () => {
    const all = Array.from({ length: 30 }, (_, n) => `file ${n}`);
    await Promise.all(all.map((name) => writeFile(onDisk(name), name)));
    const results = await Promise.all(all.map((name) => move(name, 'target')));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    const left = await names('');
    expect(left).toHaveLength(30);
    const texts = await Promise.all(left.map((name) => readFile(onDisk(name), 'utf8')));
    expect(texts.toSorted()).toEqual(all.toSorted());
  });

  test('loses no file that a desktop saves under the old name meanwhile', async () => {
    for (let round = 0; round < 300; round++) {
      await writeFile(onDisk('doc'), 'old');
      await writeFile(onDisk('.doc.tmp'), 'new');
      const moving = move('doc', `moved ${round}`);
      for (let turn = 0; turn < round % 20; turn++) await setImmediate();
      // As an editor saves: a new file is renamed over the old one, at any time.
      renameSync(onDisk('.doc.tmp'), onDisk('doc'));
      expect(await moving).toMatchObject({ ok: true });
      const read = (name: string) => readFile(onDisk(name), 'utf8').catch(() => null);
      expect([await read('doc'), await read(`moved ${round}`)]).toContain('new');
      await rm(onDisk('doc'), { force: true });
    }
    expect(await readdir(onDisk('.havengate-incoming'))).toEqual([]);
  });
});

describe('what desktops plant', () => {
  test('a symbolic link is followed neither at the end nor on the way', async () => {
    const outside = join(layout.data, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'secret'), 'secret');
    await symlink(join(outside, 'secret'), onDisk('link'));
    await symlink(join(outside, 'new'), onDisk('dangling'));
    await symlink(outside, onDisk('folder'));
    for (const path of ['link', 'dangling', 'folder']) {
      for (const how of [READ, WRITE, { ...NEW, exclusive: false }, { ...WRITE, truncate: true }])
        expect(await shares.open(at(path), how)).toMatchObject(refused('links'));
      expect(await shares.open(at(path), NEW)).toMatchObject(refused('exists'));
      expect(await shares.look(at(path))).toMatchObject({ kind: 'other' });
      expect(await shares.change(at(path), { size: 0, mtime: null })).toMatchObject(refused('links'));
      expect(await shares.change(at(path), { size: null, mtime: 0 })).toMatchObject(refused('links'));
      expect(await shares.rename(at(path), at('renamed'), false)).toMatchObject(refused('links'));
      expect(await shares.list(at(path), 10)).toBeNull();
    }
    expect(await shares.look(at('folder/secret'))).toBeNull();
    expect(await shares.open(at('folder/secret'), READ)).toMatchObject(refused('links'));
    expect(await shares.open(at('folder/new'), NEW)).toMatchObject(refused('links'));
    expect(await shares.makeFolder(at('folder/new'))).toMatchObject(refused('links'));
    expect(await shares.remove(at('folder/secret'))).toMatchObject(refused('links'));
    expect(await shares.removeFolder(at('folder'))).toMatchObject(refused('not-a-folder'));
    await writeFile(onDisk('mine'), 'mine');
    expect(await shares.rename(at('mine'), at('folder/mine'), true)).toMatchObject(refused('links'));
    expect(await shares.rename(at('folder/secret'), at('stolen'), true)).toMatchObject(refused('links'));
    // Removing takes the link away, and nothing that it leads to.
    for (const path of ['link', 'dangling', 'folder']) expect((await shares.remove(at(path))).ok).toBe(true);
    expect(await readdir(outside)).toEqual(['secret']);
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
  });

  test('a pipe or a socket is never waited for', async () => {
    execFileSync('mkfifo', [onDisk('pipe')]);
    for (const how of [READ, WRITE, { ...READ, write: true }, { ...NEW, exclusive: false }])
      expect(await shares.open(at('pipe'), how)).toMatchObject(refused('links'));
    expect(await shares.change(at('pipe'), { size: 0, mtime: null })).toMatchObject(refused('links'));
    expect(await shares.change(at('pipe'), { size: null, mtime: 0 })).toMatchObject(refused('links'));
    expect(await shares.rename(at('pipe'), at('renamed'), false)).toMatchObject(refused('links'));
    expect(await shares.remove(at('pipe'))).toMatchObject({ ok: true });
  });

  test('a folder that turns into a link and back, at any instant, leads nowhere', async () => {
    const outside = join(layout.data, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'file'), 'outside');
    await mkdir(onDisk('real'));
    await writeFile(onDisk('real', 'file'), 'inside');
    let done = false;
    const swapping = (async () => {
      while (!done) {
        await rename(onDisk('real'), onDisk('spot'));
        await rename(onDisk('spot'), onDisk('real'));
        await symlink(outside, onDisk('spot'));
        await unlink(onDisk('spot'));
      }
    })();
    const read = new Set<string>();
    for (let round = 0; round < 200; round++) {
      const file = await shares.open(at('spot/file'), { ...READ, write: true });
      if (file.ok) {
        const buffer = Buffer.alloc(10);
        read.add(buffer.toString('utf8', 0, await file.value.read(buffer, 0)));
        await file.value.close();
      }
      const made = await shares.open(at(`spot/new ${round}`), NEW);
      if (made.ok) await made.value.close();
      await shares.makeFolder(at(`spot/folder ${round}`));
      await shares.change(at('spot/file'), { size: null, mtime: 0 });
      await shares.look(at('spot/file'));
      await (await shares.list(at('spot'), 10))?.return(undefined);
    }
    done = true;
    await swapping;
    expect([...read].filter((text) => text !== 'inside')).toEqual([]);
    expect(await readdir(outside)).toEqual(['file']);
    expect((await lstat(join(outside, 'file'))).mtimeMs).not.toBe(0);
  });

  test('a second name of a published file is read, and never written to', async () => {
    const file = fileId();
    const bytes = bytesOf(100);
    await store(layout.zones, file, bytes);
    await layout.zones.arrivals.publish(publicationOf(file, bytes, arrivalPath('scan.csv')));
    await layout.zones.airlock.unlink(file);
    const arrival = join(layout.data, 'arrivals', 'alice', 'scan.csv');
    // As most sites publish: the daemon, the owner, may write.
    await chmod(arrival, 0o640);
    await link(arrival, onDisk('scan.csv'));
    await (await opened('scan.csv', READ)).close();
    for (const how of [WRITE, { ...WRITE, truncate: true }, { ...NEW, exclusive: false }])
      expect(await shares.open(at('scan.csv'), how)).toMatchObject(refused('links'));
    expect(await shares.change(at('scan.csv'), { size: 0, mtime: null })).toMatchObject(refused('links'));
    expect(digest(await readFile(arrival))).toBe(digest(bytes));
    expect(await shares.remove(at('scan.csv'))).toMatchObject({ ok: true });
    expect(digest(await readFile(arrival))).toBe(digest(bytes));
  });

  test('hard links among working files are theirs, and are written to', async () => {
    await writeFile(onDisk('one'), 'one', { mode: 0o660 });
    // The mask of this process may have taken the group's right to write.
    execFileSync('chmod', ['660', onDisk('one')]);
    await link(onDisk('one'), onDisk('two'));
    const file = await opened('two', WRITE);
    await file.write([Buffer.from('two')], 0);
    await file.close();
    expect(await readFile(onDisk('one'), 'utf8')).toBe('two');
  });

  test("the daemon's own names are not shown and not given, in any spelling and at any depth", async () => {
    await shares.canLink('cohort');
    await shares.makeFolder(at('folder'));
    expect((await lstat(onDisk('.havengate-incoming'))).mode & 0o777).toBe(0o700);
    await writeFile(onDisk('.havengate-incoming', 'copy'), 'half a copy');
    await writeFile(onDisk('mine'), '');
    expect(await names('')).toEqual(['folder', 'mine']);
    for (const path of ['.havengate-incoming', '.HAVENGATE-Incoming', 'folder/.havengate-doomed']) {
      expect(await shares.look(at(path))).toBeNull();
      expect(await shares.list(at(path), 10)).toBeNull();
      expect(await shares.open(at(`${path}/copy`), READ)).toMatchObject(refused('name-invalid'));
      expect(await shares.open(at(path), NEW)).toMatchObject(refused('name-invalid'));
      expect(await shares.makeFolder(at(path))).toMatchObject(refused('name-invalid'));
      expect(await shares.remove(at(path))).toMatchObject(refused('name-invalid'));
      expect(await shares.removeFolder(at(path))).toMatchObject(refused('name-invalid'));
      expect(await shares.rename(at('mine'), at(path), true)).toMatchObject(refused('name-invalid'));
      expect(await shares.rename(at(path), at('theirs'), true)).toMatchObject(refused('name-invalid'));
      expect(await shares.change(at(path), { size: null, mtime: 0 })).toMatchObject(refused('name-invalid'));
    }
  });

  test.runIf(IS_ROOT)(
    "in place of the daemon's own folder is refused, and serves again once it is gone (only root can give it to another user)",
    async () => {
      const own = onDisk('.havengate-incoming');
      await mkdir(own, { mode: 0o777 });
      await chown(own, 65534, 65534);
      await expect(shares.canLink('cohort')).rejects.toMatchObject({ code: 'EPERM' });
      await rm(own, { recursive: true });
      await symlink(layout.data, own);
      await expect(shares.canLink('cohort')).rejects.toMatchObject({ code: 'EPERM' });
      expect(await readlink(own)).toBe(layout.data);
      await unlink(own);
      await mkdir(own, { mode: 0o777 });
      expect(await shares.canLink('cohort')).toBe(true);
      expect((await lstat(own)).mode & 0o777).toBe(0o700);
    },
  );

  test('odd names are kept as they are given, and names of the way up are refused', async () => {
    const odd = [
      'a'.repeat(255),
      'é'.repeat(127),
      '試験 データ.csv',
      '$(rm -rf).csv',
      '-rf',
      'e\u0301',
      '\u00e9',
    ];
    for (const name of odd) await (await opened(name, NEW)).close();
    expect(await names('')).toEqual(odd.toSorted());
    for (const path of ['..', '../other', 'a/../b', './a', '/etc/passwd', 'a//b', 'a\0b']) {
      expect(await shares.open(at(path), NEW)).toMatchObject(refused('name-invalid'));
      expect(await shares.look(at(path))).toBeNull();
      expect(await shares.list(at(path), 10)).toBeNull();
    }
    expect(await shares.open(at('a'.repeat(256)), NEW)).toMatchObject(refused('name-invalid'));
  });

  test('the time of the last access stays when the modification time is set', async () => {
    await writeFile(onDisk('file'), '');
    await utimes(onDisk('file'), 1000, 2000);
    await shares.change(at('file'), { size: null, mtime: 3_000_000 });
    const { atimeMs, mtimeMs } = await lstat(onDisk('file'));
    expect([atimeMs, mtimeMs]).toEqual([1_000_000, 3_000_000]);
  });
});
