import type { Logger } from '../../core/kit/logger.ts';

/** What is to be closed when the daemon ends, in the reverse of the order in which it was opened. */
export interface Closing {
  later(part: string, close: () => Promise<void>): void;
  /** Closes everything, whatever fails on the way: a failure is logged and the next part is closed. Idempotent. */
  closeAll(): Promise<void>;
}

/** An empty list. */
export function createClosing(log: Logger): Closing {
  const parts: { readonly part: string; readonly close: () => Promise<void> }[] = [];
  return {
    later(part, close) {
      parts.push({ part, close });
    },
    async closeAll() {
      for (let last = parts.pop(); last !== undefined; last = parts.pop()) {
        const { part, close } = last;
        await close().catch((error: unknown) => log.error('close-failed', { part, error }));
      }
    },
  };
}
