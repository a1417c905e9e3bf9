import type { Queue } from 'bullmq';

/** One thing that the daemon cannot work without. */
export interface HealthCheck {
  /** A word for the answer of `/readyz`: `ledger`, `queue`, `disk`. */
  readonly name: string;
  /** Resolves when it is well; rejects with the reason when it is not. Given 3 s. */
  check(): Promise<void>;
}

/** Sessions at one door. */
interface SessionCount {
  readonly door: string;
  readonly side: string;
  readonly sessions: number;
}

/** How one limit of a door stands. */
interface DoorLimit {
  readonly door: string;
  readonly side: string;
  readonly limit: string;
  readonly most: number;
  /** Null where nothing is held, such as of a time. */
  readonly used: number | null;
  readonly refused: number;
}

/** How the looking after mounted drives goes. */
interface DrivesCount {
  /** Homes that were looked at in the last round. */
  readonly homes: number;
  /** Folders that are watched. */
  readonly watches: number;
  /** When the last round ended, in milliseconds since 1970; null before that. */
  readonly lastRescan: number | null;
}

/** How the reading of files again goes. */
interface ScrubCount {
  /** Bytes that this process has read again. */
  readonly bytes: number;
  /** How long ago the file was read that was read the longest ago, in milliseconds; 0 when there is none. */
  readonly oldest: number;
  /** Files whose bytes are not those of their digests. */
  readonly damaged: number;
}

/** How the check went that runs behind the daemon. */
interface CheckCount {
  readonly faults: number;
  readonly warnings: number;
  /** In milliseconds since 1970. */
  readonly endedAt: number;
}

/** Where the metrics come from that only the rest of the daemon knows. Asked once per reading of `/metrics`. */
export interface MetricSources {
  /** How many files are in each state; a state without files may be left out. */
  filesByState(): Promise<Readonly<Record<string, number>>>;
  /** Who is signed in now. */
  sessions(): readonly SessionCount[];
  /** What the limits of the doors are, and have refused. */
  limits(): readonly DoorLimit[];
  /** How many freezes are live, by what they stop. */
  freezes(): Promise<Readonly<Record<string, number>>>;
  /** Null where no drives are looked after: another process does it, or the site has none. */
  drives(): DrivesCount | null;
  /** How many mails were not taken, by whether they wait or were given up. */
  mails(): Promise<Readonly<Record<'waiting' | 'given-up', number>>>;
  scrub(): Promise<ScrubCount>;
  /** Null before it has ended, and where another process does it. */
  check(): CheckCount | null;
}

/** The queues, as the dashboard and the metrics see them. */
export interface QueueView {
  readonly queues: readonly Queue[];
  /** False while Redis is away: a queue is then not asked, because its answer could take for ever. */
  readonly isReachable: () => boolean;
}
