import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LoopMode, LoopReport } from './run-loop.ts';

const LOOP = join(import.meta.dirname, 'run-loop.ts');

/** Runs the loop of a scenario in a process of its own. */
export async function runLoop(scenario: string, mode: LoopMode): Promise<LoopReport> {
  const env = { ...process.env, NODE_OPTIONS: '' };
  const maxBuffer = 64 * 1024 * 1024;
  const { stdout } = await promisify(execFile)(process.execPath, [LOOP, scenario, mode], { env, maxBuffer });
  return JSON.parse(stdout) as LoopReport;
}
