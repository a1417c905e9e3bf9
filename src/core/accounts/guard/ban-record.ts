import type { AuditRecord } from '../../audit/events.ts';
import type { Instant } from '../../kit/clock.ts';
import type { AccountId } from '../../kit/ids.ts';
import type { SubjectKind } from './guard-policy.ts';
import type { Score } from './score.ts';

/** The audit record of a ban: of a source, or of guesses at an account, by strangers or from one source. */
export function banRecord(
  kind: SubjectKind,
  source: string,
  account: AccountId | null,
  { bans, bannedUntil }: Score,
  at: Instant,
): AuditRecord {
  return {
    at,
    actor: { kind: 'system', part: 'sign-in-guard' },
    event: {
      type: kind === 'source' ? 'source-banned' : 'sign-ins-slowed',
      subjects: account === null ? {} : { account },
      data: { bans, until: bannedUntil },
      ...(source !== '' && { personal: { source } }),
    },
  };
}
