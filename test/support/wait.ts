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
