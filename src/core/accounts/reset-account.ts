import type { Actor, AuditRecord } from '../audit/events.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { Account, SshKey } from './account.ts';
import { type AccountsAdmin, SHORTEST_PASSWORD } from './add-account.ts';
import { findAccount, type UnknownAccount } from './change-account.ts';
import type { HardToken } from './hard-tokens/hard-token.ts';
import { hashPassword } from './password.ts';
import type { SecurityKey } from './security-keys/security-key.ts';
import { hintSecurityMail } from './security-notice.ts';

/** What came of a reset. */
export interface AccountReset {
  readonly account: Account;
  /** What opens nothing any more, beside the password that there was. */
  readonly ended: {
    readonly softToken: boolean;
    readonly securityKeys: readonly SecurityKey[];
    readonly accessTokens: number;
  };
  /** What goes on: it is ended one by one, by its own verbs. */
  readonly stays: { readonly sshKeys: readonly SshKey[]; readonly hardTokens: readonly HardToken[] };
}

/** Why an account was not reset. */
export type ResetAccountRefusal = UnknownAccount | 'password-too-short' | 'security-keys-changed';

/** A person who adds and removes keys while they are reset is looked at anew so often. */
const TRIES = 5;

/**
 * Gives an account a new password, forgets its soft token, removes its security keys and revokes its access tokens: what
 * a person needs who has lost their phone, or their bag. Browsers are signed out, nobody comes back without a code, and
 * the emergency code is over. Public keys and hard tokens stay, and are told.
 */
export async function resetAccount(
  deps: AccountsAdmin,
  actor: Actor,
  name: string,
  password: string,
): Promise<Result<AccountReset, ResetAccountRefusal>> {
  if (password.length < SHORTEST_PASSWORD) {
    return refuse('password-too-short', `a password has at least ${SHORTEST_PASSWORD} characters`);
  }
  const passwordHash = await hashPassword(password);
  for (let i = 0; i < TRIES; i++) {
    const reset = await tryReset(deps, actor, name, passwordHash);
    if (reset.ok || reset.refusal !== 'security-keys-changed') return reset;
  }
  return refuse(
    'security-keys-changed',
    `the security keys of ${name} change at this very moment; try again`,
  );
}

async function tryReset(
  deps: AccountsAdmin,
  actor: Actor,
  name: string,
  passwordHash: string,
): Promise<Result<AccountReset, UnknownAccount | 'security-keys-changed'>> {
  const { ledger, clock } = deps;
  const found = await findAccount(deps, name);
  if (!found.ok) return found;
  const { id, hasTotp: softToken } = found.value;
  const at = clock.now();
  const securityKeys = await ledger.securityKeysOf(id);
  const accessTokens = (await ledger.listTokens(id, at)).length;
  const ended = { softToken, securityKeys, accessTokens };
  const change = {
    passwordHash,
    totpSealed: null,
    forgetTotpStep: true,
    revokeTokens: true,
    removeSecurityKeys: securityKeys.map((key) => key.id),
  };
  const changed = await ledger.changeCredentials(id, change, recordsOf(id, at, actor, ended));
  if (changed === 'security-keys-changed') return refuse('security-keys-changed');
  hintSecurityMail(deps, id);
  const account = await ledger.accountById(id);
  if (account === null) return refuse('account-unknown');
  const sshKeys = (await ledger.credentialsOf(id))?.sshKeys ?? [];
  return accept({ account, ended, stays: { sshKeys, hardTokens: await ledger.hardTokensOf(id) } });
}

/** One row for the reset, and one for each key that it removed: the mail about the reset tells of them. */
function recordsOf(
  account: Account['id'],
  at: number,
  actor: Actor,
  { softToken, securityKeys, accessTokens }: AccountReset['ended'],
): readonly AuditRecord[] {
  const reset = {
    type: 'account-reset',
    subjects: { account },
    data: { softToken, securityKeys: securityKeys.length, accessTokens },
    personal: { keys: securityKeys.map(({ name }) => name).join(', ') },
  } as const;
  const removed = securityKeys.map(({ id: securityKey, side, name, verifiesUser }) => ({
    type: 'security-key-removed' as const,
    subjects: { account, securityKey },
    data: { side, verifiesUser, byReset: true },
    personal: { key: name },
  }));
  return [reset, ...removed].map((event) => ({ at, actor, event }));
}
