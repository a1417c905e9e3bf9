import { readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Millis } from '../core/kit/clock.ts';

/** True while a process with that id does anything; one that only waits for its parent to notice its end does not. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  return (await statOf(pid))?.[0] !== 'Z';
}

/**
 * When a process began, in an opaque form: ids are used again, a pair of id and beginning is not. Null when there is
 * no such process, or on a system without /proc.
 */
export async function beginningOf(pid: number): Promise<string | null> {
  return (await statOf(pid))?.[19] ?? null;
}

/** True when a process is a Redis or Valkey that works in that folder, as /proc tells. */
export async function isRedisIn(pid: number, dir: string): Promise<boolean> {
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => null);
  return /^(redis|valkey)-/.test(name) && folder === dir;
}

/** Waits until a process is gone; false when it is still there after `within` milliseconds. */
export async function isGoneWithin(pid: number, within: Millis): Promise<boolean> {
  const end = performance.now() + within;
  while (await isRunning(pid)) {
    if (performance.now() > end) return false;
    await sleep(20);
  }
  return true;
}

/** The fields of proc(5) from the third on, `state`: the second, a name in parentheses, may hold anything. */
async function statOf(pid: number): Promise<readonly string[] | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
