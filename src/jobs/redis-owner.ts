import { readFile, rm, writeFile } from 'node:fs/promises';
import { beginningOf, isRunning } from './process-identity.ts';
import type { RedisPlace } from './redis-place.ts';

interface Owner {
  readonly pid: number;
  readonly beginning: string | null;
}

/** The id of another living process that runs the managed Redis of a folder; null when there is none. */
export async function findOwner(place: RedisPlace): Promise<number | null> {
  const owner = parseOwner(await readFile(place.ownerFile, 'utf8').catch(() => ''));
  if (owner === null || owner.pid === process.pid || !(await isRunning(owner.pid))) return null;
  return (await beginningOf(owner.pid)) === owner.beginning ? owner.pid : null;
}

/** Writes that this process runs it. Call after `findOwner` said null. */
export async function becomeOwner(place: RedisPlace): Promise<void> {
  const owner: Owner = { pid: process.pid, beginning: await beginningOf(process.pid) };
  await writeFile(place.ownerFile, JSON.stringify(owner), { mode: 0o600 });
}

/** Ends what `becomeOwner` began. */
export async function ceaseToOwn(place: RedisPlace): Promise<void> {
  await rm(place.ownerFile, { force: true });
}

function parseOwner(text: string): Owner | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('beginning' in value))
      return null;
    const { pid, beginning } = value;
    if (typeof pid !== 'number' || (typeof beginning !== 'string' && beginning !== null)) return null;
    return { pid, beginning };
  } catch {
    return null;
  }
}
