import type { AuditEvent, AuditEventType, AuditRecord } from '../audit/events.ts';
import { type Instant, isoTime } from '../kit/clock.ts';
import type { AccountId, NoticeId } from '../kit/ids.ts';

/** A mail about a change of somebody's sign-in that was not sent yet: it points to the change's row in the audit. */
export interface SecurityNotice {
  readonly id: NoticeId;
  /** Whose sign-in it is, and who is told. */
  readonly account: AccountId;
  /** The row of the audit log that it tells. */
  readonly seq: number;
}

/** What is known of a change when its mail is written; `personal` is empty once the row's personal values are erased. */
export type ToldEvent = Pick<AuditEvent, 'data' | 'personal'>;

/** How one kind of change is told. */
export interface SecurityTelling {
  /** What has happened, as the subject and the heading of the mail: `your password was changed`. */
  readonly what: string;
  /** What else the owner has to know, as labels (up to 9 letters) and values. When and by whom is told anyway. */
  readonly facts?: (event: ToldEvent) => readonly (readonly [string, string])[];
  /** Whether this one is told; left out, always. What somebody does to the browser before them is not. */
  readonly isTold?: (event: ToldEvent) => boolean;
  /** Nobody can sign in as them by it, and the mail does not warn of that. */
  readonly isHarmless?: true;
}

/**
 * The changes of somebody's sign-in that their owner is told by mail (NIST SP 800-63B-4 section 4.6, notifications of
 * account events): the one place that says so.
 *
 * **To have a new kind of change mailed, give its audit event a line here, and nothing else.** The ledger queues the
 * mail in the very transaction that appends the event, whoever caused it and by whatever way (portal, SFTP, command
 * line), as long as the event names the owner as its subject `account`. A `source` among the event's personal values
 * is told as the address that it came from. Who wants the mail sent at once rather than by the sweeper's next look,
 * within a minute, calls `hintSecurityMail` after the commit.
 */
export const SECURITY_TELLINGS: Readonly<Partial<Record<AuditEventType, SecurityTelling>>> = {
  'password-changed': { what: 'your password was changed' },
  'activation-begun': { what: 'your account was activated by a mailed link' },
  'password-reset': { what: 'your password was set anew by a mailed link' },
  'emergency-code-made': {
    what: 'an emergency code was made for you',
    facts: ({ data }) => [['until', timeOf(data?.['expiresAt'])]],
  },
  'emergency-code-used': { what: 'your emergency code was used' },
  'account-reset': {
    what: 'your sign-in was reset',
    facts: ({ personal }) => [
      ['now', 'You have a new password, and no soft token. Your access tokens open nothing any more.'],
      ['keys', personal?.['keys'] ? `removed: ${personal['keys']}` : ''],
    ],
  },
  'totp-enrolled': {
    what: 'a new soft token was made for you',
    facts: () => [['now', 'Codes of a soft token that you had before open nothing any more.']],
  },
  'totp-removed': {
    what: 'your soft token was removed',
    facts: () => [['now', 'Its codes open nothing any more.']],
  },
  'ssh-key-added': { what: 'a public key was added for you', facts: keyFacts },
  'ssh-key-removed': { what: 'a public key of yours was removed', facts: keyFacts },
  'security-key-added': { what: 'a security key was added for you', facts: securityKeyFacts },
  'security-key-removed': {
    what: 'a security key of yours was removed',
    facts: securityKeyFacts,
    isTold: ({ data }) => data?.['byReset'] !== true,
  },
  'security-key-suspected': {
    what: 'there may be a copy of a security key of yours',
    facts: (event) => [
      ...securityKeyFacts(event),
      ['now', 'It was used with an older count than before, and was not let in. Remove it if this goes on.'],
    ],
  },
  'hard-token-assigned': { what: 'a hard token was given to you', facts: hardTokenFacts },
  'hard-token-unassigned': { what: 'a hard token was taken back from you', facts: hardTokenFacts },
  'hard-token-lost': {
    what: 'a hard token of yours was reported lost',
    facts: (event) => [...hardTokenFacts(event), ['now', 'Its codes open nothing any more.']],
  },
  'hard-token-resynchronised': { what: 'a hard token of yours was set again', facts: hardTokenFacts },
  'token-added': {
    what: 'an access token was made for you',
    facts: ({ data }) => [
      ['scopes', listOf(data?.['scopes'])],
      ['side', textOf(data?.['side'])],
      ['until', timeOf(data?.['expiresAt'])],
    ],
  },
  'token-revoked': { what: 'an access token of yours was revoked' },
  'sources-changed': {
    what: 'where you may sign in from was changed',
    facts: ({ personal }) => [['from', personal?.['sources'] || 'anywhere']],
  },
  'reconnections-ended': { what: 'you are asked for a code again' },
  'training-recorded': {
    what: 'your training was recorded',
    isHarmless: true,
    facts: ({ data }) => [['until', timeOf(data?.['expires']) || 'it holds no more']],
  },
  'training-warned': {
    what: 'your training ends',
    isHarmless: true,
    facts: ({ data }) => [
      ['until', timeOf(data?.['expires'])],
      ['then', 'Without a new training you may not send, fetch or move files.'],
      ['to do', 'Take the training again, and send the proof to the data team.'],
    ],
  },
  'induction-recorded': { what: 'your induction was recorded', isHarmless: true },
  'web-sessions-ended': {
    what: 'browsers of yours were signed out',
    isTold: ({ data }) => data?.['which'] !== 'own',
  },
};

/** Whose mail an audit record causes; null for none. Asked by the ledger at every append. */
export function securityReader({ event }: AuditRecord): AccountId | null {
  const telling = SECURITY_TELLINGS[event.type];
  const { account } = event.subjects;
  if (telling === undefined || account === undefined) return null;
  return telling.isTold?.(event) === false ? null : account;
}

/** Says that a mail to somebody about their sign-in waits in the ledger. A part of the queue's hints. */
export interface SecurityMailHints {
  hint(work: { readonly job: 'send-security-mails'; readonly account: AccountId }): void;
}

/**
 * Has the mails about somebody's sign-in sent at once. Call it after the commit; where there is no queue at hand, as
 * on the command line, it does nothing, and the sweeper finds them within a minute.
 */
export function hintSecurityMail(
  { hints }: { readonly hints?: SecurityMailHints },
  account: AccountId,
): void {
  hints?.hint({ job: 'send-security-mails', account });
}

function keyFacts({ personal }: ToldEvent): readonly (readonly [string, string])[] {
  const { fingerprint = '', comment = '' } = personal ?? {};
  return [['key', `${fingerprint} ${comment}`.trim()]];
}

function hardTokenFacts({ personal }: ToldEvent): readonly (readonly [string, string])[] {
  return [['serial', personal?.['serial'] ?? '']];
}

function securityKeyFacts({ personal, data }: ToldEvent): readonly (readonly [string, string])[] {
  return [
    ['key', personal?.['key'] ?? ''],
    ['side', textOf(data?.['side'])],
  ];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function listOf(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : '';
}

function timeOf(value: unknown): string {
  return typeof value === 'number' ? isoTime(value as Instant) : '';
}
