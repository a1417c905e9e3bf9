import type { Account, SshKey } from '../../core/accounts/account.ts';
import { isoTime } from '../../core/kit/clock.ts';

/** An account as `--json` shows it. */
export function accountView({ createdAt, ...account }: Account) {
  return { ...account, createdAt: isoTime(createdAt) };
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
