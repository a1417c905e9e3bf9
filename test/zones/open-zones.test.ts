import {
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openZones } from '../../src/stores/zones/open-zones.ts';
import { bytesOf, fileId, IS_ROOT, PUBLISHED, publicationOf, SHARES, store } from './zone-fixtures.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'havengate-open-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

test('makes every zone, those that only the daemon sees closed to others', async () => {
  const data = join(folder, 'site', 'data');
  await openZones({ data, keepFree: 0, published: PUBLISHED, shares: SHARES });
  expect((await readdir(data)).toSorted()).toEqual([
    'airlock',
    'arrivals',
    'outbound',
    'quarantine',
    'shares',
  ]);
  const mode = async (...names: string[]) => (await lstat(join(data, ...names))).mode & 0o777;
  expect(await mode('airlock')).toBe(0o700);
  expect(await mode('airlock', 'files')).toBe(0o700);
  expect(await mode('airlock', 'doomed')).toBe(0o700);
  expect(await mode('quarantine')).toBe(0o700);
  expect(await mode('arrivals')).toBe(0o750);
  expect(await mode('arrivals', '.havengate-incoming')).toBe(0o700);
  expect(await readdir(join(data, 'airlock', 'files'))).toEqual([]);
  expect(await readdir(join(data, 'airlock', 'doomed'))).toEqual([]);
  expect(await readdir(join(data, 'arrivals'))).toEqual(['.havengate-incoming']);
  expect(await readdir(join(data, 'quarantine'))).toEqual([]);
  expect(await readdir(join(data, 'arrivals', '.havengate-incoming'))).toEqual([]);
});

test.each([
  ['file', /airlock cannot be read as a folder \(ENOTDIR\)/],
  ['dangling link', /airlock leads nowhere \(ENOENT\)/],
])('says so when a %s stands in place of a zone', async (what, words) => {
  if (what === 'file') await writeFile(join(folder, 'airlock'), '');
  else await symlink('/nowhere/at/all', join(folder, 'airlock'));
  await expect(
    openZones({ data: folder, keepFree: 0, published: PUBLISHED, shares: SHARES }),
  ).rejects.toThrow(words);
});

test('says so when data cannot be made', async () => {
  await writeFile(join(folder, 'file'), '');
  const opening = openZones({
    data: join(folder, 'file', 'data'),
    keepFree: 0,
    published: PUBLISHED,
    shares: SHARES,
  });
  await expect(opening).rejects.toThrow(/file\/data cannot be made \(ENOTDIR\): give user \d+ the right/);
});

test.runIf(!IS_ROOT)(
  'says so when the group of published files is not ours to give (root can give any)',
  async () => {
    const opening = openZones({
      data: folder,
      keepFree: 0,
      published: { mode: 0o440, gid: 0 },
      shares: SHARES,
    });
    await expect(opening).rejects.toThrow(
      /cannot be given the group 0 \(EPERM\): run the daemon as a member/,
    );
  },
);

test('without a group, files keep the one that the system gives', async () => {
  const zones = await openZones({
    data: folder,
    keepFree: 0,
    published: { mode: 0o444, gid: null },
    shares: SHARES,
  });
  const file = fileId();
  await store(zones, file, bytesOf(10));
  await zones.arrivals.publish(publicationOf(file, bytesOf(10)));
  const stats = await stat(join(folder, 'arrivals', 'alice', 'scan.csv'));
  expect(stats.gid).toBe((await stat(folder)).gid);
  expect(stats.mode & 0o777).toBe(0o444);
});

/** Why invariant 11 is there: no mode and no link takes a descriptor back that is open for writing. */
test('a descriptor opened for writing before the link still writes after it', async () => {
  const zones = await openZones({ data: folder, keepFree: 0, published: PUBLISHED, shares: SHARES });
  const file = fileId();
  await store(zones, file, Buffer.from('inspected'));
  const foreign = await open(join(folder, 'airlock', 'files', file), 'r+');
  expect(await zones.arrivals.publish(publicationOf(file, Buffer.from('inspected')))).toBe('published');
  await foreign.write('tampered!', 0);
  await foreign.close();
  expect(await readFile(join(folder, 'arrivals', 'alice', 'scan.csv'), 'utf8')).toBe('tampered!');
});

test('an airlock that was opened before keeps its files', async () => {
  await mkdir(join(folder, 'airlock'));
  const zones = await openZones({ data: folder, keepFree: 0, published: PUBLISHED, shares: SHARES });
  const file = fileId();
  await store(zones, file, bytesOf(10));
  const again = await openZones({ data: folder, keepFree: 0, published: PUBLISHED, shares: SHARES });
  expect(await again.airlock.sizeOf(file)).toBe(10);
});

test('finds what was doomed when the zones were on two file systems', async () => {
  await openZones({ data: folder, keepFree: 0, published: PUBLISHED, shares: SHARES });
  const ref = { id: fileId(), generation: 2 };
  for (const zone of ['arrivals', 'quarantine']) {
    await mkdir(join(folder, zone, '.havengate-doomed'));
    await writeFile(join(folder, zone, '.havengate-doomed', `${ref.id}-g1`), 'bytes');
    const zones = await openZones({ data: folder, keepFree: 0, published: PUBLISHED, shares: SHARES });
    const about = { ref, size: 5, sha256: null, published: null };
    expect(await zones.doomed.take({ ...about, from: 'quarantine' })).toBe('doomed');
    expect(await zones.doomed.unlink(ref)).toBe(0);
  }
});
