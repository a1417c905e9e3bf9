import type { Actor } from '../audit/events.ts';
import type { Clock } from '../kit/clock.ts';
import { newId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import { type Account, parseAccountName, type Role, type SshKey } from './account.ts';
import { NO_STANDING } from './gates.ts';
import { hashPassword } from './password.ts';
import type { AccountsLedger } from './ports.ts';
import type { SecurityMailHints } from './security-notice.ts';
import { parseSshKey } from './ssh-key.ts';

/** What account administration works with. */
export interface AccountsAdmin {
  readonly ledger: AccountsLedger;
  readonly clock: Clock;
  /** Left out where no queue is at hand. */
  readonly hints?: SecurityMailHints;
}

/** A person to add. At least one of password, key and invitation; a key alone suffices. */
export interface AccountRequest {
  readonly name: string;
  readonly fullName: string;
  readonly email: string;
  readonly role: Role;
  readonly password: string | null;
  /** One line of an OpenSSH public key file. */
  readonly sshKey: string | null;
  /** They are mailed an invitation, and need neither; left out, they are not. */
  readonly isInvited?: boolean;
}

/** Why a person was not added. */
export type AddAccountRefusal =
  | 'account-name-invalid'
  | 'email-invalid'
  | 'no-credential'
  | 'password-too-short'
  | 'ssh-key-invalid'
  | 'name-taken';

/** The shortest password that is taken (NIST SP 800-63B section 5.1.1.2 asks for 8 beside a second factor). */
export const SHORTEST_PASSWORD = 12;

/** Adds a person. Names are never reused, so a second call with the same name is refused and changes nothing. */
export async function addAccount(
  deps: AccountsAdmin,
  actor: Actor,
  request: AccountRequest,
): Promise<Result<Account, AddAccountRefusal>> {
  const now = deps.clock.now();
  const name = parseAccountName(request.name);
  if (!name.ok) return name;
  if (!/^[^\s@]+@[^\s@]+$/.test(request.email))
    return refuse('email-invalid', `"${request.email}" is not a mail address`);
  const isInvited = request.isInvited === true;
  if (request.password === null && request.sshKey === null && !isInvited) return refuse('no-credential');
  if (request.password !== null && request.password.length < SHORTEST_PASSWORD) {
    return refuse('password-too-short', `a password has at least ${SHORTEST_PASSWORD} characters`);
  }
  const keys: SshKey[] = [];
  if (request.sshKey !== null) {
    const key = parseSshKey(request.sshKey, now);
    if (!key.ok) return key;
    keys.push(key.value);
  }
  const { fullName, email, role } = request;
  const account = {
    id: newId('acct', now),
    name: name.value,
    fullName,
    email,
    role,
    status: 'active',
    createdAt: now,
  } as const;
  const passwordHash = request.password === null ? null : await hashPassword(request.password);
  const added = await deps.ledger.addAccount({ account, passwordHash, totpSealed: null, sshKeys: keys }, [
    {
      at: now,
      actor,
      event: {
        type: 'account-added',
        subjects: { account: account.id },
        data: { role, keys: keys.length, password: passwordHash !== null },
        personal: { name: account.name, fullName, email },
      },
    },
  ]);
  if (added === 'name-taken') return refuse('name-taken', `there is, or was, an account "${name.value}"`);
  return accept({
    ...account,
    hasPassword: passwordHash !== null,
    hasTotp: false,
    sources: [],
    ...NO_STANDING,
  });
}
