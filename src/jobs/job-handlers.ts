import { JOB_NAMES, type JobName } from '../core/custody/implied-work.ts';
import type { JobEnd } from '../core/custody/inspect-file.ts';
import { isJobName, type WorkOf } from './job-payload.ts';

/**
 * One handler for every job of the closed list, no more and no fewer.
 *
 * A handler is safe to run twice, also at the same time in two processes: the ledger's compare-and-set is the
 * fence. `later` means "not yet": the job is tried again with backoff. A throw is logged and tried again too.
 */
export type JobHandlers = { readonly [N in JobName]: (work: WorkOf<N>) => Promise<JobEnd> };

/** Throws unless there is exactly one handler for every job: for callers that the types could not check. */
export function assertOneHandlerEach(handlers: Readonly<Record<string, unknown>>): void {
  const missing = JOB_NAMES.filter((name) => typeof handlers[name] !== 'function');
  const foreign = Object.keys(handlers).filter((name) => !isJobName(name));
  if (missing.length > 0) throw new Error(`no handler for the jobs ${missing.join(', ')}`);
  if (foreign.length > 0) throw new Error(`handlers for jobs that do not exist: ${foreign.join(', ')}`);
}
