import type { AccountId } from '../kit/ids.ts';
import type { FileRef } from './file.ts';

/** The closed list of jobs. A job is safe to run twice; the ledger decides whether there is anything to do. */
export const JOB_NAMES = [
  'inspect-file',
  'admit-file',
  'clear-airlock',
  'send-notices',
  'destroy-file',
  'run-retention',
] as const;
export type JobName = (typeof JOB_NAMES)[number];

/** One piece of work that the ledger's states imply. */
export type ImpliedWork =
  | { readonly job: 'inspect-file' | 'admit-file' | 'clear-airlock' | 'destroy-file'; readonly ref: FileRef }
  | { readonly job: 'send-notices'; readonly account: AccountId }
  | { readonly job: 'run-retention' };
