import type { Clock, Instant } from '../../kit/clock.ts';
import type { Sha256 } from '../../kit/digest.ts';
import { accept, type Result } from '../../kit/result.ts';
import { type Check, holdAnswers } from './guard.ts';
import type { PublishedReader } from './ports.ts';

/** A published file that is open for reading for as long as the person may have it. */
export interface GuardedReader<R extends string = string> {
  readonly size: number;
  readonly mtime: Instant;
  /** What the ledger had when it was opened. */
  readonly sha256: Sha256 | null;
  /**
   * Reads up to `buffer.length` bytes at a position; fewer, or none, only at the end. Refused without a byte once the
   * check says no, 200 ms after that at the latest. Calls may overlap. Errors of the disk are thrown.
   */
  read(buffer: Uint8Array, position: number): Promise<Result<number, R>>;
  /** Closes the file; also after a refusal. */
  close(): Promise<void>;
}

/**
 * Puts a check before every read (invariant 10): asked at the first one, and again when the last yes is older than
 * 200 ms by the monotonic clock. The check asks the ledger whether the account is active, the file still there and
 * still theirs, and the right still held.
 */
export function guardReader<R extends string>(
  reader: PublishedReader,
  sha256: Sha256 | null,
  check: Check<R>,
  clock: Pick<Clock, 'monotonic'>,
): GuardedReader<R> {
  const stillAllowed = holdAnswers(check, clock);
  return {
    size: reader.size,
    mtime: reader.mtime,
    sha256,
    async read(buffer, position) {
      const allowed = await stillAllowed();
      return allowed.ok ? accept(await reader.read(buffer, position)) : allowed;
    },
    close: () => reader.close(),
  };
}
