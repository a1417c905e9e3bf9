import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { SECOND } from '../core/kit/clock.ts';
import type { Logger } from '../core/kit/logger.ts';
import type { MetricSources, QueueView } from './ports.ts';
import { within } from './within.ts';

const PATIENCE = 3 * SECOND;
const JOB_STATES = ['waiting', 'active', 'delayed', 'failed'] as const;

/** What the metrics are made from. */
export interface MetricsOptions {
  readonly sources: MetricSources;
  readonly queueView: QueueView;
  readonly log: Logger;
}

/** The metrics of the daemon. */
export interface Metrics {
  /** The media type of the text. */
  readonly contentType: string;
  /** Asks the sources and writes everything in Prometheus' text format. */
  read(): Promise<string>;
}

/**
 * The metrics in a registry of their own: process and Node (memory, CPU, descriptors, garbage collection, and the
 * event loop's delay as `nodejs_eventloop_lag_*`), `havengate_files{state}`, `havengate_freezes{kind}`, `havengate_untaken_mails{state}`, `havengate_sessions{door,side}`,
 * `havengate_limit`, `havengate_limit_used` and `havengate_limit_refusals_total{door,side,limit}`,
 * `havengate_queue_jobs{queue,state}`, `havengate_scrubbed_bytes_total`, `havengate_scrub_oldest_seconds`,
 * `havengate_damaged_files`, `havengate_check{count}`, and `havengate_drives{count}` where drives are looked after.
 *
 * A source that fails, or takes over 3 s, leaves its gauge out and sets `havengate_metric_source_up{source}` to 0.
 */
export function createMetrics(options: MetricsOptions): Metrics {
  const { sources, queueView, log } = options;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Gauge({ name: `havengate_${name}`, help, labelNames, registers: [registry] });
  const up = gauge('metric_source_up', 'Whether a source of metrics could be read', ['source']);
  const files = gauge('files', 'Files in custody by state', ['state']);
  const sessions = gauge('sessions', 'Signed-in sessions by door and side', ['door', 'side']);
  const jobs = gauge(
    'queue_jobs',
    'Jobs by queue and state; waiting ones are hints, the ledger has the truth',
    ['queue', 'state'],
  );

  const freezes = gauge('freezes', 'Freezes that are live, by what they stop', ['kind']);
  const mails = gauge('untaken_mails', 'Mails that were not taken: those that wait, and those given up', [
    'state',
  ]);
  const ofLimit = ['door', 'side', 'limit'];
  const limits = gauge('limit', 'What a limit of a door is set to: a count, bytes or milliseconds', ofLimit);
  const limitUses = gauge('limit_used', 'How much of a limit is used now, at the fullest place', ofLimit);
  const limitRefusals = new Counter({
    name: 'havengate_limit_refusals_total',
    help: 'What a limit of a door has refused or ended',
    labelNames: ofLimit,
    registers: [registry],
  });

  const drives = gauge(
    'drives',
    'Mounted drives: homes of the last round, folders that are watched, when the round ended in seconds since 1970',
    ['count'],
  );

  const scrubbed = new Counter({
    name: 'havengate_scrubbed_bytes_total',
    help: 'Bytes that this process has read again and compared with their digests',
    registers: [registry],
  });
  const scrubAge = gauge(
    'scrub_oldest_seconds',
    'How long ago the file was read that was read the longest ago',
    [],
  );
  const damaged = gauge('damaged_files', 'Files whose bytes are not those of their digests', []);

  const check = gauge(
    'check',
    'The check of custody behind the daemon: faults, warnings, and when it ended in seconds since 1970',
    ['count'],
  );

  async function fill(
    source: string,
    target: { reset(): void },
    ask: () => Promise<() => void>,
  ): Promise<void> {
    target.reset();
    try {
      const set = await within(PATIENCE, ask());
      set();
      up.set({ source }, 1);
    } catch (error) {
      log.debug('metric-source-failed', { source, error });
      up.set({ source }, 0);
    }
  }

  async function askFiles(): Promise<() => void> {
    const counts = await sources.filesByState();
    return () => Object.entries(counts).forEach(([state, count]) => files.set({ state }, count));
  }

  async function askFreezes(): Promise<() => void> {
    const counts = await sources.freezes();
    return () => Object.entries(counts).forEach(([kind, count]) => freezes.set({ kind }, count));
  }

  async function askMails(): Promise<() => void> {
    const counts = await sources.mails();
    return () => Object.entries(counts).forEach(([state, count]) => mails.set({ state }, count));
  }

  async function askSessions(): Promise<() => void> {
    const counts = sources.sessions();
    return () => counts.forEach(({ door, side, sessions: count }) => sessions.set({ door, side }, count));
  }

  async function askLimits(): Promise<() => void> {
    const all = sources.limits();
    return () => {
      limitUses.reset();
      limitRefusals.reset();
      for (const { door, side, limit, most, used, refused } of all) {
        const labels = { door, side, limit };
        limits.inc(labels, most);
        if (used !== null) limitUses.inc(labels, used);
        limitRefusals.inc(labels, refused);
      }
    };
  }

  async function askDrives(): Promise<() => void> {
    const counts = sources.drives();
    return () => {
      if (counts === null) return;
      const { homes, watches, lastRescan } = counts;
      drives.set({ count: 'homes' }, homes);
      drives.set({ count: 'watches' }, watches);
      if (lastRescan !== null) drives.set({ count: 'last_rescan' }, lastRescan / SECOND);
    };
  }

  async function askScrub(): Promise<() => void> {
    const { bytes, oldest, damaged: count } = await sources.scrub();
    return () => {
      scrubbed.reset();
      scrubbed.inc(bytes);
      scrubAge.set(oldest / SECOND);
      damaged.set(count);
    };
  }

  async function askCheck(): Promise<() => void> {
    const counts = sources.check();
    return () => {
      if (counts === null) return;
      check.set({ count: 'faults' }, counts.faults);
      check.set({ count: 'warnings' }, counts.warnings);
      check.set({ count: 'ended' }, counts.endedAt / SECOND);
    };
  }

  async function askQueues(): Promise<() => void> {
    if (!queueView.isReachable()) throw new Error('Redis is away');
    const all = await Promise.all(
      queueView.queues.map(async (queue) => ({
        queue: queue.name,
        counts: await queue.getJobCounts(...JOB_STATES),
      })),
    );
    return () => {
      for (const { queue, counts } of all) {
        for (const [state, count] of Object.entries(counts)) jobs.set({ queue, state }, count);
      }
    };
  }

  return {
    contentType: registry.contentType,
    async read() {
      await Promise.all([
        fill('files', files, askFiles),
        fill('freezes', freezes, askFreezes),
        fill('mails', mails, askMails),
        fill('sessions', sessions, askSessions),
        fill('limits', limits, askLimits),
        fill('drives', drives, askDrives),
        fill('scrub', damaged, askScrub),
        fill('check', check, askCheck),
        fill('queue', jobs, askQueues),
      ]);
      return registry.metrics();
    },
  };
}
