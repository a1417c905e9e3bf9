import type { Job, JobType } from 'bullmq';
import { type ImpliedWork, JOB_NAMES, type JobName } from '../core/custody/implied-work.ts';
import type { Instant, Millis } from '../core/kit/clock.ts';
import type { Logger } from '../core/kit/logger.ts';
import { type JobPayload, jobIdOf, parseWork } from './job-payload.ts';
import type { QueueServer } from './queue-server.ts';
import { openQueues, type Queues } from './queues.ts';
import { trueWithin } from './true-within.ts';

/** What a queue holds, against what it should. */
export interface QueueLook {
  /** Jobs that it holds, of all names. */
  readonly jobs: number;
  /** Work that no job stands for. */
  readonly missing: readonly ImpliedWork[];
  /** Jobs that wait for their turn or ran out of tries, of work that nothing implies, and since when they are there. */
  readonly unimplied: readonly { readonly id: string; readonly since: Instant }[];
  /** Jobs that are not tried any more. */
  readonly failed: readonly { readonly id: string; readonly why: string }[];
  /** What is in the queue and is no job of ours. */
  readonly foreign: readonly string[];
}

/** How long the queue gets to be there, and then to answer. */
const PATIENCE: Millis = 2000;

/** More jobs of a name are not looked at. */
const MOST = 10_000;

const STATES: JobType[] = ['waiting', 'active', 'delayed', 'prioritized', 'failed'];

/**
 * Compares a queue with the work that the ledger implies; `implied` is asked for after the jobs were read, so that what
 * has just been done is not missed. Changes nothing. Null when no queue answers there. Jobs that a clock asks for are
 * implied by nothing and never told; nor is a delayed job, which may be of work that is only due later.
 */
export async function lookAtQueue(options: {
  readonly server: QueueServer;
  readonly implied: () => Promise<readonly ImpliedWork[]>;
  readonly log: Logger;
}): Promise<QueueLook | null> {
  const queues = openQueues({ server: options.server, log: options.log });
  try {
    const there = new Promise<true>((reached) => queues.onReachable(() => reached(true)));
    if (!(await trueWithin(PATIENCE, there))) return null;
    return await compare(queues, options.implied);
  } finally {
    await queues.close();
  }
}

async function compare(queues: Queues, implied: () => Promise<readonly ImpliedWork[]>): Promise<QueueLook> {
  const held = new Map<string, Held>();
  for (const name of JOB_NAMES) {
    for (const job of await queues.byName[name].getJobs(STATES, 0, MOST - 1)) {
      const seen = await lookAtJob(name, job);
      held.set(`${name} ${seen.id}`, seen);
    }
  }
  const wanted = new Map((await implied()).map((work) => [`${work.job} ${jobIdOf(work)}`, work]));
  const jobs = [...held.values()];
  return {
    jobs: jobs.length,
    missing: [...wanted].filter(([key]) => !held.has(key)).map(([, work]) => work),
    unimplied: [...held]
      .filter(
        ([key, { work, state }]) => work !== null && isDue(state) && !isOfClock(work) && !wanted.has(key),
      )
      .map(([, { id, since }]) => ({ id, since })),
    failed: jobs.filter(({ state }) => state === 'failed').map(({ id, why }) => ({ id, why })),
    foreign: jobs.filter(({ work }) => work === null).map(({ id }) => id),
  };
}

interface Held {
  readonly id: string;
  readonly work: ImpliedWork | null;
  readonly state: string;
  readonly since: Instant;
  readonly why: string;
}

async function lookAtJob(name: JobName, job: Job<JobPayload>): Promise<Held> {
  const state = await job.getState();
  const work = parseWork(name, job.data);
  return { id: job.id ?? '', work, state, since: job.timestamp, why: job.failedReason ?? '' };
}

function isDue(state: string): boolean {
  return state === 'waiting' || state === 'prioritized' || state === 'failed';
}

function isOfClock({ job }: ImpliedWork): boolean {
  return job === 'run-retention' || job === 'scrub-files';
}
