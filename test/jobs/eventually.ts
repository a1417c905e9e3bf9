import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the condition holds, asking often; throws with `what` after `within` milliseconds. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  within = 15_000,
): Promise<void> {
  const end = performance.now() + within;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`within ${within} ms it did not happen that ${what}`);
    await sleep(20);
  }
}
