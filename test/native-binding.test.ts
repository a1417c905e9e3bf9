import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ROOT } from './support/source-files.ts';

const BUILT = 'crypto/build/Release/sshcrypto.node';

/** A project of its own with a copy of ssh2, since the real binding may be in use. */
let project: string;
let protocol: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'havengate-binding-'));
  const modules = join(project, 'node_modules');
  protocol = join(modules, 'ssh2', 'lib', 'protocol');
  cpSync(join(ROOT, 'node_modules', 'ssh2'), join(modules, 'ssh2'), { recursive: true });
  for (const name of ['asn1', 'bcrypt-pbkdf'])
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  rmSync(join(protocol, 'crypto', 'build'), { recursive: true, force: true });
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  cpSync(join(ROOT, 'src/doors/sftp/native-binding.ts'), join(project, 'native-binding.ts'));
});

afterEach(() => rmSync(project, { recursive: true, force: true }));

function putBinding(content: string): void {
  mkdirSync(dirname(join(protocol, BUILT)), { recursive: true });
  writeFileSync(join(protocol, BUILT), content);
}

/** What the check says and what ssh2 then does, in a fresh process. */
function start(): unknown {
  const program = `import { inspectNativeBinding } from './native-binding.ts';
    import crypto from 'ssh2/lib/protocol/crypto.js';
    console.log(JSON.stringify({ ...inspectNativeBinding(), ssh2: crypto.bindingAvailable }));`;
  writeFileSync(join(project, 'main.ts'), program);
  return JSON.parse(execFileSync(process.execPath, ['main.ts'], { cwd: project, encoding: 'utf8' }));
}

describe('the native binding of ssh2', () => {
  test('is absent where it was not built', () => {
    expect(start()).toEqual({ state: 'absent', reason: 'it has not been built', ssh2: false });
  });

  test('is refused where it may abort the process, and ssh2 runs without it', () => {
    putBinding('ELF ... _ZN4node28RemoveEnvironmentCleanupHookEPN2v87IsolateEPFvPvES3_ ...');
    expect(start()).toEqual({
      state: 'refused',
      reason: 'it refers to RemoveEnvironmentCleanupHook, so it may abort the process',
      ssh2: false,
    });
  });

  test('is refused where it does not load, and ssh2 runs without it', () => {
    putBinding('not a program');
    expect(start()).toMatchObject({
      state: 'refused',
      reason: expect.stringContaining('it does not load'),
      ssh2: false,
    });
  });

  test.skipIf(!existsSync(join(ROOT, 'node_modules/ssh2/lib/protocol', BUILT)))(
    'is used where it is sound',
    () => {
      mkdirSync(dirname(join(protocol, BUILT)), { recursive: true });
      cpSync(join(ROOT, 'node_modules/ssh2/lib/protocol', BUILT), join(protocol, BUILT));
      expect(start()).toEqual({ state: 'loaded', ssh2: true });
    },
  );
});
