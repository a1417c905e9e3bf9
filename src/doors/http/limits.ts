import type { LimitTally } from '../../core/kit/limit-tally.ts';

/** What one HTTP door puts up with. Times in milliseconds. */
export interface HttpLimits {
  /** From the first byte of a request, or the connection, to the end of its headers. */
  readonly headerTime: number;
  /** All headers of a request together, in bytes. */
  readonly headerBytes: number;
  /** Connections at once in all. */
  readonly connections: number;
  /** Connections at once from one address (one /64 for IPv6). Behind a proxy all have its address: as `connections`. */
  readonly connectionsPerSource: number;
  /** How long an idle connection is kept for its next request. */
  readonly keepAlive: number;
  /** How long an upload request may go without a byte before the upload is released, resumable. */
  readonly uploadIdle: number;
  /** How long a request waits for an older one to let go of the same upload. */
  readonly takeOver: number;
}

/** Bodies have no time limit: a steady upload may take days. */
export const DEFAULT_LIMITS: HttpLimits = {
  headerTime: 15_000,
  headerBytes: 16 * 1024,
  connections: 2000,
  connectionsPerSource: 128,
  keepAlive: 65_000,
  uploadIdle: 60_000,
  takeOver: 5000,
};

/** Counts what the limits of one door have refused. */
export type HttpTally = LimitTally<keyof HttpLimits>;
