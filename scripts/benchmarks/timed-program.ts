import { spawn } from 'node:child_process';
import { NODE } from '../../test/support/installation.ts';

/** How a program that is measured is run. */
export interface TimedRun {
  readonly signal: AbortSignal;
  /** What it gets on its standard input. */
  readonly input?: string;
}

/** No client works longer than this. */
const LONGEST_MS = 3 * 60_000;

/** Runs a program to its end. Throws with its output when it does not end with 0, and when it takes too long. */
export async function timeProgram(
  program: string,
  args: readonly string[],
  { signal, input = '' }: TimedRun,
): Promise<{ readonly seconds: number; readonly stdout: string }> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]);
  const { promise, resolve, reject } = Promise.withResolvers<{ seconds: number; stdout: string }>();
  const start = performance.now();
  let seconds = 0;
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    signal: limited,
    killSignal: 'SIGKILL',
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  child.once('error', reject);
  child.once('exit', () => {
    seconds = (performance.now() - start) / 1000;
  });
  child.once('close', (code, killed) => {
    if (code === 0) resolve({ seconds, stdout });
    else reject(new Error(`${program} ended with ${code ?? killed}: ${stderr.trim() || stdout.trim()}`));
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return promise;
}

/** Runs one of the programs of this folder, which takes a JSON document on stdin and gives one on stdout. */
export async function runChild<T>(signal: AbortSignal, file: string, job: unknown): Promise<T> {
  const { stdout } = await timeProgram(NODE, [file], { signal, input: JSON.stringify(job) });
  return JSON.parse(stdout) as T;
}
