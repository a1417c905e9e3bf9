import { admitFile } from '../../core/custody/admit-file.ts';
import { clearAirlock } from '../../core/custody/clear-airlock.ts';
import type { Custody } from '../../core/custody/custody.ts';
import { inspectFile } from '../../core/custody/inspect-file.ts';
import { sendNotices } from '../../core/custody/send-notices.ts';
import type { JobHandlers } from '../../jobs/job-handlers.ts';

/** One thin handler for each job of the closed list: the core does the work. */
export function jobHandlers(custody: Custody): JobHandlers {
  return {
    'inspect-file': (work) => inspectFile(custody, work.ref),
    'admit-file': (work) => admitFile(custody, work.ref),
    'clear-airlock': (work) => clearAirlock(custody, work.ref),
    'send-notices': (work) => sendNotices(custody, work.account),
  };
}
