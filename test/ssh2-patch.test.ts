import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyPatch, parsePatch, reversePatch } from 'diff';
import '../src/doors/sftp/native-binding.ts';
import ssh2 from 'ssh2';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseSshKey } from '../src/core/accounts/ssh-key.ts';
import { ROOT } from './support/source-files.ts';

const PATCH = 'scripts/patches/ssh2+1.17.0.patch';
const patches = parsePatch(readFileSync(join(ROOT, PATCH), 'utf8'));
const files = patches.map(({ newFileName }) => String(newFileName).slice('b/'.length));

/** A project of its own, with ssh2 as it was published. */
let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'havengate-patch-'));
  cpSync(join(ROOT, 'node_modules/ssh2'), join(project, 'node_modules/ssh2'), { recursive: true });
  for (const name of ['asn1', 'bcrypt-pbkdf', 'diff'])
    symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
  for (const path of ['scripts/patches', 'scripts/lib/patch-packages.ts', 'src/doors/sftp'])
    cpSync(join(ROOT, path), join(project, path), { recursive: true });
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  for (const [i, patch] of patches.entries()) {
    const published = applyPatch(text(files[i]), reversePatch(patch));
    if (published === false) throw new Error(`${files[i]} is not patched: run scripts/install`);
    writeFileSync(join(project, files[i] ?? ''), published);
  }
});

afterEach(() => rmSync(project, { recursive: true, force: true }));

function text(file: string | undefined): string {
  return readFileSync(join(project, file ?? ''), 'utf8');
}

function node(...args: readonly string[]): { readonly status: number | null; readonly err: string } {
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
  return { status, err: stderr };
}

const patch = () => node('scripts/lib/patch-packages.ts');
const start = () =>
  node(
    '--input-type=module',
    '--eval',
    `(await import('./src/doors/sftp/algorithms.ts')).algorithmsOf('modern')`,
  );

test('no door opens with an ssh2 that is not patched', () => {
  expect(start()).toMatchObject({ status: 1, err: expect.stringContaining('run scripts/install') });
});

test('a patched ssh2 is as the one that the tests run with, also when it is patched again', () => {
  for (const time of ['first', 'second']) {
    expect(patch(), time).toEqual({ status: 0, err: '' });
    for (const file of files) expect(text(file), file).toBe(readFileSync(join(ROOT, file), 'utf8'));
  }
  expect(start()).toEqual({ status: 0, err: '' });
});

test('an ssh2 that is another than the patch was made for is left as it is, and said to be so', () => {
  const before = files.map(text);
  const [first = ''] = files;
  writeFileSync(
    join(project, first),
    text(first).replaceAll('// Remove leading zero bytes', '// Another version'),
  );
  expect(patch()).toMatchObject({ status: 1, err: expect.stringContaining('neither as it was published') });
  expect(files.slice(1).map(text)).toEqual(before.slice(1));
});

test('an Ed25519 key that ssh2 makes has all of its bytes, also when the first of them is zero', () => {
  const made = Array.from({ length: 500 }, () => ssh2.utils.generateKeyPairSync('ed25519').public);
  expect(made.filter((line) => !parseSshKey(line, 0).ok)).toEqual([]);
});
