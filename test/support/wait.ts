import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until `look` gives something; fails with `what` when it does not within the time. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
  within = 45_000,
): Promise<T> {
  const end = performance.now() + within;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`did not happen within ${within} ms: ${what}`);
    await sleep(50);
  }
}

/**
 * Asks a verb again whenever something was written to the ledger of an installation: a verb takes a fifth of a second
 * of what the daemon needs to come further. For what the ledger alone decides.
 */
export async function eventuallyIn<T>(
  { dir }: { readonly dir: string },
  what: string,
  look: () => Promise<T | null | undefined | false>,
  within?: number,
): Promise<T> {
  const ledger = new DatabaseSync(join(dir, 'ledger.sqlite3'), { readOnly: true });
  // Another number whenever another connection has committed.
  const version = ledger.prepare('pragma data_version');
  let seen: unknown = null;
  const lookIfNew = async () => {
    const now = version.get()?.['data_version'];
    if (now === seen) return null;
    seen = now;
    return look();
  };
  try {
    return await eventually(what, lookIfNew, within);
  } finally {
    ledger.close();
  }
}
