import type { Actor, AuditEvent } from '../audit/events.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { SshKey } from './account.ts';
import type { AccountsAdmin } from './add-account.ts';
import { findAccount, type UnknownAccount } from './change-account.ts';
import { hintSecurityMail } from './security-notice.ts';
import { parseSshKey } from './ssh-key.ts';

/** Why a public key was not added. */
export type AddKeyRefusal = UnknownAccount | 'ssh-key-invalid' | 'ssh-key-taken';

/** Why a public key was not removed. */
export type RemoveKeyRefusal = UnknownAccount | 'ssh-key-unknown';

/**
 * Adds a public key, given as a line of an OpenSSH public key file, and returns it as the account has it. Adding a
 * key that the account has changes nothing; one that another account has is refused, because it would not say who
 * came.
 */
export async function addSshKey(
  deps: AccountsAdmin,
  actor: Actor,
  name: string,
  line: string,
): Promise<Result<SshKey, AddKeyRefusal>> {
  const now = deps.clock.now();
  const key = parseSshKey(line, now);
  if (!key.ok) return key;
  const account = await findAccount(deps, name);
  if (!account.ok) return account;
  const { id } = account.value;
  const event = keyEvent('ssh-key-added', id, key.value);
  const changed = await deps.ledger.changeCredentials(id, { addSshKey: key.value }, [
    { at: now, actor, event },
  ]);
  if (changed === 'key-taken') {
    return refuse('ssh-key-taken', `another account has the key ${key.value.fingerprint}; nothing was added`);
  }
  hintSecurityMail(deps, id);
  const known = (await listKeys(deps, id)).find(({ fingerprint }) => fingerprint === key.value.fingerprint);
  return known === undefined ? refuse('account-unknown') : accept(known);
}

/**
 * Removes a public key, named by its id or fingerprint, and returns what it was. From then on it opens nothing, and
 * sessions that it has opened are ended within a second or two. An account may be left without a way in.
 */
export async function removeSshKey(
  deps: AccountsAdmin,
  actor: Actor,
  name: string,
  which: string,
): Promise<Result<SshKey, RemoveKeyRefusal>> {
  const account = await findAccount(deps, name);
  if (!account.ok) return account;
  const { id } = account.value;
  const wanted = (await listKeys(deps, id)).find((key) => key.id === which || key.fingerprint === which);
  const unknown = refuse('ssh-key-unknown', `${name} has no key "${which}"`);
  if (wanted === undefined) return unknown;
  const event = keyEvent('ssh-key-removed', id, wanted);
  const record = { at: deps.clock.now(), actor, event };
  const changed = await deps.ledger.changeCredentials(id, { removeSshKey: wanted.id }, [record]);
  if (changed !== 'changed') return unknown;
  hintSecurityMail(deps, id);
  return accept(wanted);
}

async function listKeys({ ledger }: AccountsAdmin, id: Parameters<typeof ledger.credentialsOf>[0]) {
  return (await ledger.credentialsOf(id))?.sshKeys ?? [];
}

function keyEvent(
  type: 'ssh-key-added' | 'ssh-key-removed',
  account: NonNullable<AuditEvent['subjects']['account']>,
  { id, algorithm, fingerprint, comment }: SshKey,
): AuditEvent {
  return {
    type,
    subjects: { account, key: id },
    data: { algorithm },
    personal: { fingerprint, comment },
  };
}
