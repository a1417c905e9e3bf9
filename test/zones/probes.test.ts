import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { dropProbes, probeName } from '../../src/stores/zones/prepare-folder.ts';

test('an empty file that a folder was tried with, and that a crash left, is removed; a new one, and bytes, are not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'havengate-probes-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const left = probeName();
  const names = [left, `${left}-link`, probeName(), 'probe-of-mine', `probe-${'0'.repeat(16)}`];
  for (const name of names) await writeFile(join(folder, name), name === names[4] ? 'bytes' : '');
  const hourAgo = new Date(Date.now() - 3_600_000);
  for (const name of names.filter((_, n) => n !== 2)) await utimes(join(folder, name), hourAgo, hourAgo);
  await dropProbes(folder);
  expect((await readdir(folder)).toSorted()).toEqual(names.slice(2).toSorted());
});
