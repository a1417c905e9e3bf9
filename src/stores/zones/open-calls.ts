import { errnoError } from './errno.ts';

/** Keeps a descriptor open until the calls on it are over: a number that is closed early may be given to another file. */
export interface OpenCalls {
  /** Runs a call; throws EBADF once closing began. */
  run<T>(call: () => Promise<T>): Promise<T>;
  /** Waits for the calls under way, then closes. Closing twice is harmless. */
  close(): Promise<void>;
}

export function createOpenCalls(closeNow: () => Promise<void>): OpenCalls {
  const running = new Set<Promise<unknown>>();
  let closing: Promise<void> | null = null;

  async function closeAll(): Promise<void> {
    await Promise.allSettled(running);
    await closeNow();
  }

  return {
    run(call) {
      if (closing !== null) return Promise.reject(errnoError('EBADF', 'the file is closed'));
      const promise = call();
      running.add(promise);
      const done = (): void => void running.delete(promise);
      promise.then(done, done);
      return promise;
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}
