import { DatabaseSync } from 'node:sqlite';
import { isLockedElsewhere } from './locked-elsewhere.ts';

/** What one process alone has, until it lets go or ends. */
export interface ProcessLock {
  release(): void;
}

/**
 * Takes a lock that at most one process has at a time; null when another has it, without waiting. It is the exclusive
 * lock of SQLite on a file of its own (https://www.sqlite.org/lockingv3.html), so the system takes it back when its
 * holder ends, in whatever way, and containers on one kernel see each other. The file is made, and stays, empty.
 * Throws when it cannot be opened or locked at all.
 */
export function takeProcessLock(file: string): ProcessLock | null {
  const raw = new DatabaseSync(file, { timeout: 0, defensive: true });
  try {
    raw.exec('begin exclusive');
    return { release: () => raw.close() };
  } catch (error) {
    raw.close();
    if (isLockedElsewhere(error)) return null;
    throw error;
  }
}
