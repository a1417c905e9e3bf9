import {
  type FileJobName,
  type ImpliedWork,
  JOB_NAMES,
  type JobName,
  type MailJobName,
} from '../core/custody/implied-work.ts';
import { parseId } from '../core/kit/ids.ts';

/** The work of one job name: what its handler is given. */
export type WorkOf<N extends JobName, W extends ImpliedWork = ImpliedWork> = W extends unknown
  ? N extends W['job']
    ? W & { readonly job: N }
    : never
  : never;

/** What a job carries through Redis. `v` is raised whenever a reader of the older form would misread it. */
export type JobPayload =
  | { readonly v: 1; readonly file: string; readonly generation: number }
  | { readonly v: 1; readonly account: string }
  | { readonly v: 1 };

const VERSION = 1;

/**
 * The id under which work is queued: equal for equal work, so that adding it twice is one job.
 *
 * It has no colon and is never all digits, which BullMQ refuses.
 */
export function jobIdOf(work: ImpliedWork): string {
  switch (work.job) {
    case 'run-retention':
    case 'scrub-files':
      return work.job;
    case 'send-notices':
    case 'send-security-mails':
      return `${work.job}-${work.account}`;
    default:
      return `${work.job}-${work.ref.id}-g${work.ref.generation}`;
  }
}

/** The payload of a piece of work: ids and numbers only. */
export function encodeWork(work: ImpliedWork): JobPayload {
  switch (work.job) {
    case 'run-retention':
    case 'scrub-files':
      return { v: VERSION };
    case 'send-notices':
    case 'send-security-mails':
      return { v: VERSION, account: work.account };
    default:
      return { v: VERSION, file: work.ref.id, generation: work.ref.generation };
  }
}

/**
 * Reads a payload back, strictly: the one version, the known members and no others. Null for anything else, such
 * as what another program, or a newer version of this one, has put there.
 */
export function parseWork(job: JobName, payload: unknown): ImpliedWork | null {
  if (typeof payload !== 'object' || payload === null) return null;
  const members: Readonly<Record<string, unknown>> = { ...payload };
  if (members['v'] !== VERSION) return null;
  switch (job) {
    case 'run-retention':
    case 'scrub-files':
      return hasExactly(members, ['v']) ? { job } : null;
    case 'send-notices':
    case 'send-security-mails':
      return mailsOf(job, members);
    default:
      return fileWorkOf(job, members);
  }
}

/** True for one of the closed list of jobs. */
export function isJobName(name: string): name is JobName {
  return JOB_NAMES.some((known) => known === name);
}

function mailsOf(job: MailJobName, members: Readonly<Record<string, unknown>>): ImpliedWork | null {
  if (!hasExactly(members, ['v', 'account']) || typeof members['account'] !== 'string') return null;
  const account = parseId('acct', members['account']);
  return account === null ? null : { job, account };
}

function fileWorkOf(job: FileJobName, members: Readonly<Record<string, unknown>>): ImpliedWork | null {
  const { file, generation } = members;
  if (!hasExactly(members, ['v', 'file', 'generation']) || typeof file !== 'string') return null;
  if (typeof generation !== 'number' || !Number.isSafeInteger(generation) || generation < 0) return null;
  const id = parseId('file', file);
  return id === null ? null : { job, ref: { id, generation } };
}

function hasExactly(members: object, keys: readonly string[]): boolean {
  const found = Object.keys(members);
  return found.length === keys.length && keys.every((key) => found.includes(key));
}
