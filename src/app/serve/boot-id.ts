import { readFile } from 'node:fs/promises';

/**
 * A name for this run of the machine, which changes when it is booted. Where the kernel gives none, every start
 * counts as a boot: unfinished uploads are then cut back to what is surely durable.
 */
export async function readBootId(): Promise<string> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  } catch {
    return `unknown-${Date.now()}`;
  }
}
