import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SHARED_DEMO } from './shared-demo.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** The runtime that the daemon runs on: the pinned one. */
export const NODE: string = join(ROOT, 'node_modules/.bin/node');

/** The program's entry. */
export const MAIN: string = join(ROOT, 'src/app/main.ts');

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A demo installation in a folder of its own, with every port free to choose and no scanner unless given. */
export interface Installation {
  readonly dir: string;
  readonly config: string;
  /** What its programs have in their environment beside the test's own. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs a verb of the command line on it. */
  havengate(...args: string[]): Promise<Ended>;
  /** Runs a verb with `--json`, which has to succeed, and returns the document. */
  json<T>(...args: string[]): Promise<T>;
  /** A demo person's file: `key`, `password`, `otpauth`, `token`. */
  secret(name: string, kind: string): Promise<string>;
  remove(): Promise<void>;
}

/** What people start: it becomes the daemon. */
export const HAVENGATE: string = join(ROOT, 'scripts/havengate');

/** How a program is run. */
export interface RunOptions {
  /** For its standard input. */
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Killed after so many milliseconds. */
  readonly within?: number;
}

/** Runs a program to its end. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return new Promise((settle, fail) => {
    const child = spawn(program, args, {
      env: { ...process.env, ...options.env },
      ...(options.cwd !== undefined && { cwd: options.cwd }),
      ...(options.within !== undefined && { timeout: options.within, killSignal: 'SIGKILL' }),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString();
    });
    child.on('error', fail);
    child.on('close', (code) => settle({ code, stdout, stderr }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/**
 * Makes a demo installation as it comes. In a run of vitest, which has a folder for it, only the first is made by
 * `init`, which takes a second (four passwords are hashed); the others are copies of it, with the same keys and people.
 * One with settings of its own in the environment is always made.
 */
export async function makeDemo(dir: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const shared = process.env[SHARED_DEMO];
  if (shared === undefined || Object.keys(env).some((key) => key.startsWith('HAVENGATE_')))
    return initDemo(dir, env);
  const demo = join(shared, 'demo');
  if (!existsSync(demo)) {
    const made = join(await mkdtemp(join(shared, 'making-')), 'demo');
    await initDemo(made);
    // Another worker may have been faster; its demo serves as well.
    await rename(made, demo).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  }
  await cp(demo, dir, { recursive: true });
}

async function initDemo(dir: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const made = await run(NODE, [MAIN, 'init', '--dir', dir, '--demo'], { env });
  if (made.code !== 0) throw new Error(`init failed: ${made.stdout}${made.stderr}`);
}

/**
 * Makes a demo installation for a test. `settings` replaces whole lines of the configuration by their key, such as
 * `{ scan: 'off', intake: '{ settle: 1s }' }`. Verbs and the daemon run with `env` beside the test's own.
 */
export async function makeInstallation(
  settings: Readonly<Record<string, string>> = {},
  env: NodeJS.ProcessEnv = {},
): Promise<Installation> {
  const parent = await mkdtemp(join(tmpdir(), 'havengate-e2e-'));
  const dir = join(parent, 'site');
  await makeDemo(dir, env);
  const config = join(dir, 'havengate.yaml');
  await writeFile(config, adaptConfig(await readFile(config, 'utf8'), { scan: 'off', ...settings }));
  const havengate = (...args: string[]) => run(NODE, [MAIN, ...args, '--config', config], { env });
  return {
    dir,
    config,
    env,
    havengate,
    async json<T>(...args: string[]): Promise<T> {
      const ended = await havengate(...args, '--json');
      if (ended.code !== 0) throw new Error(`${args.join(' ')} failed: ${ended.stdout}${ended.stderr}`);
      return JSON.parse(ended.stdout) as T;
    },
    secret: async (name, kind) => (await readFile(join(dir, 'demo', `${name}.${kind}`), 'utf8')).trim(),
    remove: () => rm(parent, { recursive: true, force: true }),
  };
}

function adaptConfig(text: string, settings: Readonly<Record<string, string>>): string {
  let adapted = text.replaceAll(/(listen: *127\.0\.0\.1):\d+/g, '$1:0');
  for (const [key, value] of Object.entries(settings)) {
    const line = new RegExp(`^${key}:.*$`, 'm');
    adapted = line.test(adapted)
      ? adapted.replace(line, `${key}: ${value}`)
      : `${adapted}\n${key}: ${value}\n`;
  }
  return adapted;
}
