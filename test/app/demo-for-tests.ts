import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { runCommandLine } from '../../src/app/cli/run-command-line.ts';
import { type Ended, MAIN, makeDemo, NODE, run } from '../support/installation.ts';

/** A document that a verb answered with `--json`. */
export type Answer = Record<string, unknown>;

/** Runs the program, away from any configuration of the machine's own. */
export function havengate(args: readonly string[], options: Parameters<typeof run>[2] = {}): Promise<Ended> {
  const env = { HAVENGATE_CONFIG: '', ...options.env };
  return run(NODE, [MAIN, ...args], { ...options, env });
}

/** Runs a command line in this process: quicker, for what ends before there is anything to open. */
export async function inProcess(args: readonly string[]): Promise<Ended> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const streams = { stdin: Readable.from([]), stdout, stderr };
  const code = await runCommandLine(args, {}, streams);
  const read = (stream: PassThrough) => String(stream.read() ?? '');
  return { code, stdout: read(stdout), stderr: read(stderr) };
}

/** An installation that belongs to one test file. */
export interface Haven {
  /** The folder in which it stands, for other files of the test. */
  readonly parent: string;
  readonly dir: string;
  /** Runs a verb on it. */
  run(args: readonly string[], input?: string): Promise<Ended>;
  /** Runs a verb with `--json`, and parses stdout as one document whatever the exit code. */
  json(args: readonly string[], input?: string): Promise<{ code: number | null; answer: Answer }>;
  /** The same installation as it is now, once more. */
  copy(): Promise<Haven>;
  remove(): Promise<void>;
}

/** Makes a demo installation. */
export async function makeHaven(): Promise<Haven> {
  const parent = await mkdtemp(join(tmpdir(), 'havengate-app-'));
  await makeDemo(join(parent, 'haven'));
  return havenIn(parent);
}

function havenIn(parent: string): Haven {
  const dir = join(parent, 'haven');
  const runVerb = (args: readonly string[], input = '') =>
    havengate([...args, '--config', join(dir, 'havengate.yaml')], { input });
  return {
    parent,
    dir,
    run: runVerb,
    async json(args, input) {
      const { code, stdout } = await runVerb([...args, '--json'], input);
      return { code, answer: JSON.parse(stdout) as Answer };
    },
    async copy() {
      const other = await mkdtemp(join(tmpdir(), 'havengate-app-'));
      await cp(dir, join(other, 'haven'), { recursive: true });
      return havenIn(other);
    },
    remove: () => rm(parent, { recursive: true, force: true }),
  };
}
