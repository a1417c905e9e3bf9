import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './support/source-files.ts';

type Versions = Record<string, string>;

interface Manifest {
  readonly dependencies: Versions;
  readonly devDependencies: Versions;
  readonly optionalDependencies: Versions;
}

interface LockFile {
  readonly packages: Record<
    string,
    Partial<Manifest> & { readonly version?: string; readonly resolved?: string }
  >;
}

const manifest = read<Manifest>('package.json');
const lock = read<LockFile>('package-lock.json');
const KINDS = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

function read<T>(file: string): T {
  return JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as T;
}

// npm runs under whatever Node the machine has, and would choose what suits that one.
test('every package is asked for in one exact version', () => {
  const versions = KINDS.flatMap((kind) => Object.values(manifest[kind]));
  expect(versions.length).toBeGreaterThan(20);
  expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test('package-lock.json was made from package.json', () => {
  for (const kind of KINDS) expect(lock.packages['']?.[kind], kind).toEqual(manifest[kind]);
});

test('package-lock.json names no registry, so that every mirror serves', () => {
  const resolved = Object.values(lock.packages).flatMap((one) => one.resolved ?? []);
  expect(resolved).toEqual([]);
});

test('the packages of the queue dashboard have one version', () => {
  const versions = Object.entries(manifest.dependencies).filter(([name]) => name.startsWith('@bull-board/'));
  expect(new Set(versions.map(([, version]) => version)).size).toBe(1);
});
