import type { AccountId } from '../kit/ids.ts';
import type { FileRef } from './file.ts';

/** The closed list of jobs. A job is safe to run twice; the ledger decides whether there is anything to do. */
export const JOB_NAMES = [
  'inspect-file',
  'admit-file',
  'clear-airlock',
  'move-file',
  'seal-file',
  'release-file',
  'send-notices',
  'send-security-mails',
  'destroy-file',
  'run-retention',
  'scrub-files',
] as const;
export type JobName = (typeof JOB_NAMES)[number];

/** The jobs that mail one account what waits for it: about files, gathered; about its sign-in, at once. */
export type MailJobName = 'send-notices' | 'send-security-mails';

/** The jobs that a clock asks for, and no state of the ledger. */
type ClockJobName = 'run-retention' | 'scrub-files';

/** The jobs that work on one generation of one file. */
export type FileJobName = Exclude<JobName, MailJobName | ClockJobName>;

/** One piece of work that the ledger's states imply. */
export type ImpliedWork =
  | { readonly job: FileJobName; readonly ref: FileRef }
  | { readonly job: MailJobName; readonly account: AccountId }
  | { readonly job: ClockJobName };
