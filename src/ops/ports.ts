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

/** Where the metrics come from that only the rest of the daemon knows. Asked once per reading of `/metrics`. */
export interface MetricSources {
  /** How many files are in each state; a state without files may be left out. */
  filesByState(): Promise<Readonly<Record<string, number>>>;
  /** Who is signed in now. */
  sessions(): readonly SessionCount[];
}

/** The queues, as the dashboard and the metrics see them. */
export interface QueueView {
  readonly queues: readonly Queue[];
  /** False while Redis is away: a queue is then not asked, because its answer could take for ever. */
  readonly isReachable: () => boolean;
}
