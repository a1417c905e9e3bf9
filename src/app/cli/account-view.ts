import type { Account, SshKey } from '../../core/accounts/account.ts';
import { type ClosedGate, gateWords, type Standing } from '../../core/accounts/gates.ts';
import { isoTime, isoTimeOrNull } from '../../core/kit/clock.ts';
import type { Sha256 } from '../../core/kit/digest.ts';

/** An account as `--json` shows it. */
export function accountView({ createdAt, trainingExpires, agreed, inductedOn, ...account }: Account) {
  return {
    ...account,
    createdAt: isoTime(createdAt),
    trainingExpires: isoTimeOrNull(trainingExpires),
    agreed: agreed && { version: agreed.version, at: isoTime(agreed.at) },
    inductedOn: isoTimeOrNull(inductedOn),
  };
}

/** What a person has done for the gates, among the facts of their account. */
export function standingFacts({ trainingExpires, agreed, inductedOn }: Standing) {
  return [
    ['training until', isoTimeOrNull(trainingExpires)],
    ['agreement', agreed && `accepted ${isoTime(agreed.at)}, version ${shortVersion(agreed.version)}`],
    ['induction', isoTimeOrNull(inductedOn)],
  ] as const;
}

/** What keeps a person from transferring now, among the facts of their account. */
export function closedFacts(closed: readonly ClosedGate[]): readonly (readonly [string, string])[] {
  return closed.length === 0 ? [] : [['may not transfer', gateWords(closed)]];
}

/** A version of an agreement as people compare it. */
export function shortVersion(version: Sha256): string {
  return version.slice(0, 12);
}

/** What a person has beside keys, for a table. */
export function signIns({ hasPassword, hasTotp }: Account): string | null {
  const has = [...(hasPassword ? ['password'] : []), ...(hasTotp ? ['token'] : [])];
  return has.length === 0 ? null : has.join(', ');
}

/** A public key as `--json` shows it: by its fingerprint. */
export function keyView({ id, algorithm, fingerprint, comment, addedAt }: SshKey) {
  return { id, algorithm, fingerprint, comment, addedAt: isoTime(addedAt) };
}
