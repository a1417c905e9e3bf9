import type { Lock, Locker } from '@tus/server';
import { RequestRefused } from '../refusals.ts';

interface Held {
  /** A newer request has asked for the upload. */
  asked: boolean;
  stop: (() => void) | null;
  readonly freed: Promise<void>;
  readonly free: () => void;
}

/**
 * One request per upload at a time, in this process; between processes the lease in the ledger decides.
 *
 * A newer request asks the one that holds the upload to stop, sleeps until it is let in, in the order of arrival, and
 * is refused with `locked` when that takes too long. So a client that lost its connection without our noticing gets
 * an offset that no longer moves (tus 1.0, HEAD), and nobody polls.
 */
export class UploadLocks implements Locker {
  readonly #held = new Map<string, Held>();
  readonly #patience: number;
  readonly #onInVain: () => void;

  /** `patience`: how long a request waits for an older one, in milliseconds; `onInVain`: one has waited in vain. */
  constructor(patience: number, onInVain: () => void = () => undefined) {
    this.#patience = patience;
    this.#onInVain = onInVain;
  }

  newLock(id: string): Lock {
    return {
      lock: () => this.#acquire(id),
      unlock: async () => this.#release(id),
    };
  }

  /** Says how the request that holds `id` is stopped. At once, when that was asked for already. */
  onAsked(id: string, stop: () => void): void {
    const held = this.#held.get(id);
    if (held === undefined) throw new Error('an upload is written without its lock');
    held.stop = stop;
    if (held.asked) stop();
  }

  async #acquire(id: string): Promise<void> {
    const deadline = performance.now() + this.#patience;
    for (let held = this.#held.get(id); held !== undefined; held = this.#held.get(id)) {
      held.asked = true;
      held.stop?.();
      await waitAtMost(held.freed, deadline - performance.now(), this.#onInVain);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held.set(id, { asked: false, stop: null, freed: promise, free: resolve });
  }

  #release(id: string): void {
    this.#held.get(id)?.free();
    this.#held.delete(id);
  }
}

async function waitAtMost(freed: Promise<void>, time: number, onInVain: () => void): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => {
      onInVain();
      reject(new RequestRefused('locked'));
    },
    Math.max(0, time),
  );
  try {
    await Promise.race([freed, promise]);
  } finally {
    clearTimeout(timer);
  }
}
