import { type ImpliedWork, JOB_NAMES } from '../../src/core/custody/implied-work.ts';
import type { JobEnd } from '../../src/core/custody/inspect-file.ts';
import type { JobHandlers } from '../../src/jobs/job-handlers.ts';

export const DONE: JobEnd = { end: 'done' };

/** The same handler for every job. */
export function handlersThat(handle: (work: ImpliedWork) => Promise<JobEnd>): JobHandlers {
  return Object.fromEntries(JOB_NAMES.map((name) => [name, handle])) as unknown as JobHandlers;
}
