import { errnoError } from './errno.ts';

/**
 * What this process knows of fsyncs that failed, by what they were for. The kernel tells a failure once, and may have
 * dropped what was to be written: the next fsync, also on another descriptor, can call itself a success. So whatever
 * an fsync failed for does not go on until a new process looks at what is on disk.
 */
export interface FailedSyncs {
  /** Does the work, and notes when an fsync in it fails. Throws EIO, and does nothing, once one has failed. */
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** What the fsync was for is over. */
  forget(key: string): void;
}

export function createFailedSyncs(): FailedSyncs {
  const failed = new Map<string, unknown>();
  return {
    async run(key, work) {
      if (failed.has(key)) {
        const advice = 'nothing more is done to it until the daemon is started again';
        throw errnoError('EIO', `an fsync for ${key} failed: ${advice}`, failed.get(key));
      }
      try {
        return await work();
      } catch (error) {
        if (isFailedSync(error)) failed.set(key, error);
        throw error;
      }
    },
    forget: (key) => void failed.delete(key),
  };
}

function isFailedSync(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && /^f(data)?sync$/.test(String(error.syscall));
}
