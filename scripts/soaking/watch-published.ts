import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '../../test/support/clients.ts';
import { BrokenPromise } from './broken-promise.ts';
import type { Counts } from './counts.ts';
import type { Haven } from './haven.ts';
import { type Model, plainName, type Way } from './model.ts';

/** A watcher of what people can see. */
export interface Watcher {
  stop(): Promise<void>;
  /** Rejects with the first partial or unknown file. Never resolves. */
  readonly failed: Promise<never>;
}

const FOLDERS: readonly (readonly [way: Way, folder: string])[] = [
  ['in', 'arrivals/alice'],
  ['out', 'outbound/cohort/alice'],
];

/**
 * Looks into Arrivals and outbound all the time, as somebody who waits for a file would: whatever has a name there is
 * whole from the first moment on (invariant 3).
 */
export function watchPublished(haven: Haven, model: Model, counts: Counts): Watcher {
  const seen = new Set<string>();
  let stopped = false;
  const look = async () => {
    while (!stopped) {
      for (const [way, folder] of FOLDERS) {
        await lookInto(way, join(haven.site.dir, 'data', folder));
      }
      await sleep(100);
    }
  };
  async function lookInto(way: Way, folder: string): Promise<void> {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      if (!entry.isFile()) continue;
      const path = join(folder, entry.name);
      const found = await stat(path).catch(() => null);
      const key = `${path}/${found?.ino}/${found?.birthtimeMs}`;
      if (found === null || seen.has(key)) continue;
      seen.add(key);
      const sha256 = await digestOf(path).catch(() => null);
      // It was moved or destroyed meanwhile.
      if (sha256 === null) continue;
      const known = model.named(way, plainName(entry.name));
      if (!known.some(({ content }) => content.sha256 === sha256)) {
        const begun = known.filter(({ content }) => content.digestOfFirst(found.size) === sha256);
        if (begun.some(({ mayEndEarly }) => mayEndEarly)) {
          counts.add('published files that their client closed early');
          continue;
        }
        throw new BrokenPromise('a path that people can see never shows a partial or foreign file', [
          `${path} has ${found.size} bytes, ${sha256}: ${begun.length > 0 ? 'a beginning of what was sent' : 'unknown'}`,
        ]);
      }
      counts.add('published files seen whole');
    }
  }
  const looking = look();
  const failed = looking.then(() => new Promise<never>(() => undefined));
  failed.catch(() => undefined);
  return {
    failed,
    async stop() {
      stopped = true;
      await looking.catch(() => undefined);
    },
  };
}
