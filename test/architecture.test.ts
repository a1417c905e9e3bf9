import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { forbiddenImports, ROOMS, uncheckedBindings } from './support/rooms.ts';
import { importsOf, parseSource, ROOT, readSourceFiles, type SourceFile } from './support/source-files.ts';
import { badName, defaultExports, tooLong, uncheckedTypes } from './support/style.ts';

const files = readSourceFiles('src');

test('the files of the source are found, and their imports', () => {
  expect(files.length).toBeGreaterThan(20);
  expect(files.flatMap(importsOf).length).toBeGreaterThan(files.length);
  for (const room of ROOMS.filter(({ path }) => existsSync(join(ROOT, path)))) {
    expect(files.filter((file) => file.path.startsWith(`${room.path}/`)).length, room.path).toBeGreaterThan(
      0,
    );
  }
});

describe('the source', () => {
  test.each<[string, (file: SourceFile) => string[]]>([
    ['imports only what the table of rooms allows', forbiddenImports],
    ['has the native binding checked before ssh2 takes it', uncheckedBindings],
    ['exports no defaults', defaultExports],
    ['names files after the thing in them, in kebab-case, without barrels', badName],
    ['says neither any nor @ts-ignore', uncheckedTypes],
    ['has no file of more than 400 lines', tooLong],
  ])('%s', (_, faults) => {
    expect(files.flatMap(faults)).toEqual([]);
  });
});

describe('the rules notice', () => {
  test.each<[string, (file: SourceFile) => string[], string, string]>([
    ['a room above', forbiddenImports, 'src/core/kit/a.ts', "import { b } from '../audit/b.ts';"],
    [
      'a type from a room above',
      forbiddenImports,
      'src/core/custody/a.ts',
      "import type { B } from '../airlock/b.ts';",
    ],
    ['a type named in place', forbiddenImports, 'src/core/kit/a.ts', "let b: import('../audit/b.ts').B;"],
    ['a sibling door', forbiddenImports, 'src/doors/http/a.ts', "import { b } from '../sftp/b.ts';"],
    [
      'a store in a door',
      forbiddenImports,
      'src/doors/sftp/a.ts',
      "import { b } from '../../stores/zones/b.ts';",
    ],
    ['a sibling store', forbiddenImports, 'src/stores/zones/a.ts', "export { b } from '../ledger/b.ts';"],
    ['a re-export of everything', forbiddenImports, 'src/jobs/a.ts', "export * from '../inspect/b.ts';"],
    ['a dynamic import', forbiddenImports, 'src/inspect/a.ts', "await import('../notify/b.ts');"],
    [
      'a worker elsewhere',
      forbiddenImports,
      'src/ops/a.ts',
      "new Worker(new URL('../jobs/b-worker.ts', import.meta.url));",
    ],
    ['the app from below', forbiddenImports, 'src/ops/a.ts', "import '../app/main.ts';"],
    [
      'the daemon in the browser',
      forbiddenImports,
      'src/portal/a.ts',
      "import type { B } from '../core/kit/b.ts';",
    ],
    ['a package in the core', forbiddenImports, 'src/core/airlock/a.ts', "import { z } from 'zod';"],
    ['the disk in the core', forbiddenImports, 'src/core/kit/a.ts', "import type { Stats } from 'node:fs';"],
    ['a computed import in the core', forbiddenImports, 'src/core/kit/a.ts', 'await import(name);'],
    ['a require in the core', forbiddenImports, 'src/core/kit/a.ts', "require('fs');"],
    ['a file outside src', forbiddenImports, 'src/app/a.ts', "import { b } from '../../scripts/b.ts';"],
    ['a file in no room', forbiddenImports, 'src/stray.ts', ''],
    ['ssh2 unchecked', uncheckedBindings, 'src/doors/sftp/a.ts', "import ssh2 from 'ssh2';"],
    [
      'ssh2 checked too late',
      uncheckedBindings,
      'src/doors/sftp/a.ts',
      "import ssh2 from 'ssh2';\nimport { b } from './native-binding.ts';",
    ],
    ['a default export', defaultExports, 'src/jobs/a.ts', 'export default 1;'],
    ['a default by another way', defaultExports, 'src/jobs/a.ts', 'const a = 1; export { a as default };'],
    ['a name in camel case', badName, 'src/jobs/inspectFile.ts', ''],
    ['a name that says nothing', badName, 'src/jobs/utils.ts', ''],
    ['a barrel', badName, 'src/jobs/index.ts', ''],
    ['any', uncheckedTypes, 'src/jobs/a.ts', 'export function f(a: Array<any>): void {}'],
    ['@ts-ignore', uncheckedTypes, 'src/jobs/a.ts', '// @ts-ignore\nlet a: number = "";'],
    ['a long file', tooLong, 'src/jobs/a.ts', '\n'.repeat(400) + 'let a;'],
  ])('%s', (_, faults, path, text) => {
    expect(faults(parseSource(path, text))).toHaveLength(1);
  });

  test.each<[string, string, string]>([
    ['the room itself', 'src/doors/http/a.ts', "import { b } from './pages/b.ts';"],
    ['the core', 'src/doors/sftp/a.ts', "import type { B } from '../../core/custody/b.ts';"],
    [
      'everything, for the app',
      'src/app/a.ts',
      "import { b } from '../doors/sftp/b.ts'; import { z } from 'zod';",
    ],
    ['computation, for the core', 'src/core/kit/a.ts', "import { createHash } from 'node:crypto';"],
    [
      'packages, outside the core',
      'src/jobs/a.ts',
      "import { Queue } from 'bullmq'; await import('node:fs');",
    ],
  ])('but allow %s', (_, path, text) => {
    expect(forbiddenImports(parseSource(path, text))).toEqual([]);
  });
});
