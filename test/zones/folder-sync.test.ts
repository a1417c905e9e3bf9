import { mkdtemp, readdir, readlink, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFolderSync } from '../../src/stores/zones/folder-sync.ts';
import { eventually } from '../support/wait.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'havengate-sync-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** How many descriptors of the folder this process has. */
async function descriptors(): Promise<number> {
  const numbers = await readdir('/proc/self/fd');
  const paths = await Promise.all(numbers.map((n) => readlink(`/proc/self/fd/${n}`).catch(() => '')));
  return paths.filter((path) => path === folder).length;
}

test('a folder that is synced now and then is not kept open', async () => {
  const sync = createFolderSync(folder);
  await sync();
  await sync();
  expect(await descriptors()).toBe(0);
});

test('a burst of syncs shares one descriptor, which is let go', async () => {
  const sync = createFolderSync(folder);
  for (let n = 0; n < 50; n++) await sync();
  expect(await descriptors()).toBe(1);
  await Promise.all(Array.from({ length: 50 }, () => sync()));
  expect(await descriptors()).toBe(1);
  await eventually('it was let go', async () => (await descriptors()) === 0);
  await sync();
});

test('a folder that is gone is told, and one that comes back is synced', async () => {
  const sync = createFolderSync(folder);
  await rename(folder, `${folder}-away`);
  await expect(sync()).rejects.toMatchObject({ code: 'ENOENT' });
  await rename(`${folder}-away`, folder);
  await sync();
});
