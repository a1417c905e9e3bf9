import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** One check: a program that exits with 0 when all is well, and explains itself when not. */
export interface Check {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

/** How a program ended; `output` is what it wrote to stdout and stderr, in order. */
export interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

/** The project's folder. */
export const ROOT = join(import.meta.dirname, '..', '..');

/** The file behind a command of an installed package, to be run by the pinned Node itself. */
export function commandOf(packageName: string, command = packageName): string {
  // By path: not every package exports its package.json.
  const folder = join(ROOT, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const file = typeof bin === 'string' ? bin : bin?.[command];
  if (file === undefined) throw new Error(`${packageName} has no command ${command}`);
  return join(folder, file);
}

interface Manifest {
  readonly bin?: string | Readonly<Record<string, string>>;
}

function tool(name: string, packageName: string, command: string, ...args: string[]): Check {
  return { name, program: process.execPath, args: [commandOf(packageName, command), ...args] };
}

/** Every check that is not a test. */
export const CHECKS: readonly Check[] = [
  tool(
    'format',
    '@biomejs/biome',
    'biome',
    'ci',
    '--error-on-warnings',
    '--colors=off',
    '--reporter=summary',
    '.',
  ),
  tool(
    'lint',
    'oxlint',
    'oxlint',
    '--type-aware',
    '--format=agent',
    '--deny-warnings',
    '--report-unused-disable-directives',
  ),
  tool('types', 'typescript', 'tsc', '--pretty', 'false'),
  tool('types of the pages', 'typescript', 'tsc', '--pretty', 'false', '-p', 'src/portal'),
  tool('dead code', 'knip', 'knip', '--no-progress'),
  {
    name: 'shell syntax',
    program: 'sh',
    args: ['-c', 'for f in $(grep -lr "^#!/bin/sh" scripts) scripts/lib/*.sh; do sh -n "$f" || exit 1; done'],
  },
];

/** Runs a program in the project's folder. With `show`, its output goes to ours as it comes. */
export function run(program: string, args: readonly string[], show = false): Promise<Outcome> {
  const plain = show && process.stdout.isTTY ? {} : { NO_COLOR: '1' };
  const PATH = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { ...process.env, ...plain, PATH },
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    });
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    const stop = (): void => void child.kill('SIGTERM');
    process.once('SIGINT', stop).once('SIGTERM', stop);
    const end = (ok: boolean, last = ''): void => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      resolve({ ok, output: Buffer.concat(chunks).toString() + last });
    };
    child.once('error', (error) => end(false, error.message));
    child.once('close', (code, signal) => end(code === 0, signal === null ? '' : `ended by ${signal}`));
  });
}

/** Prints one line per check, followed by the output of a failed one. Returns whether it passed. */
function report(name: string, { ok, output }: Outcome): boolean {
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}`);
  if (!ok) console.log(output.trimEnd().replaceAll(/^/gm, '       '));
  return ok;
}

/** Runs all checks at once, reports them in their order and returns how many passed and failed. */
export async function runChecks(checks: readonly Check[]): Promise<{ passed: number; failed: number }> {
  const outcomes = checks.map(async (check) => ({ check, outcome: await run(check.program, check.args) }));
  let passed = 0;
  for (const running of outcomes) {
    const { check, outcome } = await running;
    if (report(check.name, outcome)) passed++;
  }
  return { passed, failed: checks.length - passed };
}
