import type { Account, AccountName, Credentials, SshKey } from '../../core/accounts/account.ts';
import type { CredentialChange, CredentialOutcome, NewAccount } from '../../core/accounts/ports.ts';
import type { AuditRecord } from '../../core/audit/events.ts';
import type { AccountId, KeyId } from '../../core/kit/ids.ts';
import { revokeTokens } from './access-tokens.ts';
import { appendAudit } from './audit-log.ts';
import { compileOnce } from './compile-once.ts';
import { dropEmergencyCode } from './emergency-codes.ts';
import { leavesWayIn } from './holdings.ts';
import { endOpen, mailedProofById, tryMailedProof } from './mailed-proofs.ts';
import { endRestingOn } from './reconnections.ts';
import { removeAllSecurityKeys } from './security-keys.ts';
import type { LedgerDb } from './tables.ts';
import { endAllWebSessions, endWithoutToken, isOpenWebSession } from './web-sessions.ts';

/** Adds a person. A name that was used before violates `accounts`' unique index. */
export async function addAccount(
  db: LedgerDb,
  added: NewAccount,
  audit: readonly AuditRecord[],
): Promise<'added'> {
  const { id, name, fullName, email, role, status, createdAt } = added.account;
  await db
    .insertInto('accounts')
    .values({ id, name, full_name: fullName, email, role, status, created_at: createdAt })
    .execute();
  await db
    .insertInto('credentials')
    .values({ account: id, password_hash: added.passwordHash, totp_sealed: added.totpSealed })
    .execute();
  for (const key of added.sshKeys) await insertSshKey(db, id, key);
  await appendAudit(db, audit);
  return 'added';
}

/** The account of a sign-in name. */
export async function accountByName(db: LedgerDb, name: AccountName): Promise<Account | null> {
  const row = await selectAccounts(db).where('name', '=', name).executeTakeFirst();
  return row === undefined ? null : toAccount(row);
}

const accountOf = compileOnce((db, { id }: { id: AccountId }) => selectAccounts(db).where('id', '=', id));

/** The account of an id. */
export async function accountById(db: LedgerDb, id: AccountId): Promise<Account | null> {
  const [row] = (await accountOf(db, { id })).rows;
  return row === undefined ? null : toAccount(row);
}

/** All accounts by name. */
export async function listAccounts(db: LedgerDb): Promise<readonly Account[]> {
  const rows = await selectAccounts(db).orderBy('name').execute();
  return rows.map(toAccount);
}

/** What an account signs in with; null when there is no such account. */
export async function credentialsOf(db: LedgerDb, id: AccountId): Promise<Credentials | null> {
  const row = await db
    .selectFrom('credentials')
    .select(['password_hash', 'totp_sealed', 'pin_sealed'])
    .where('account', '=', id)
    .executeTakeFirst();
  if (row === undefined) return null;
  const keys = await db.selectFrom('ssh_keys').selectAll().where('account', '=', id).orderBy('id').execute();
  const sshKeys = keys.map(toSshKey);
  const { password_hash: passwordHash, totp_sealed: totpSealed, pin_sealed: pinSealed } = row;
  return { account: id, passwordHash, totpSealed, pinSealed, sshKeys };
}

/** Replaces parts of an account's sign-in, and ends the reconnections and sessions that rest on them. */
export async function changeCredentials(
  db: LedgerDb,
  id: AccountId,
  change: CredentialChange,
  audit: readonly AuditRecord[],
): Promise<CredentialOutcome> {
  if ((await accountById(db, id)) === null) return 'absent';
  if (
    change.leaveWayIn !== undefined &&
    !(await leavesWayIn(db, id, timeOf(audit), change.leaveWayIn, { softToken: true }))
  ) {
    return 'no-way-in';
  }
  const { useProof, keepSession, removeSecurityKeys } = change;
  if (keepSession !== undefined && !(await isOpenWebSession(db, keepSession))) return 'session-over';
  if (useProof !== undefined) {
    const isTheirs = (await mailedProofById(db, useProof.id))?.proof.account === id;
    if (!isTheirs || !(await tryMailedProof(db, useProof, timeOf(audit)))) return 'proof-over';
  }
  if (change.addSshKey !== undefined) {
    const holders = await holdersOf(db, change.addSshKey);
    if (holders.includes(id)) return 'key-known';
    if (holders.length > 0) return 'key-taken';
    await insertSshKey(db, id, change.addSshKey);
  }
  if (change.removeSshKey !== undefined) {
    const fingerprint = await removeSshKey(db, id, change.removeSshKey);
    if (fingerprint === null) return 'key-absent';
    await endRestingOn(db, id, fingerprint, () => timeOf(audit));
  }
  if (removeSecurityKeys !== undefined && !(await removeAllSecurityKeys(db, id, removeSecurityKeys)))
    return 'security-keys-changed';
  const person = {
    ...(change.status !== undefined && { status: change.status }),
    ...(change.sources !== undefined && { sources: change.sources.join(',') }),
  };
  if (Object.keys(person).length > 0) {
    await db.updateTable('accounts').set(person).where('id', '=', id).execute();
  }
  const credentials = {
    ...(change.passwordHash !== undefined && { password_hash: change.passwordHash }),
    ...(change.totpSealed !== undefined && {
      totp_sealed: change.totpSealed,
      pin_sealed: change.pinSealed ?? null,
    }),
    ...(change.forgetTotpStep === true && { totp_step: null }),
    ...(change.totpStep !== undefined && { totp_step: change.totpStep }),
  };
  if (Object.keys(credentials).length > 0) {
    await db.updateTable('credentials').set(credentials).where('account', '=', id).execute();
  }
  const isNewStart = change.passwordHash !== undefined || change.totpSealed !== undefined;
  if (isNewStart || change.status === 'disabled') {
    await endRestingOn(db, id, null, () => timeOf(audit));
    await endAllWebSessions(db, id, change.keepSession ?? null, () => timeOf(audit));
    await dropEmergencyCode(db, id);
    await endOpen(db, id, () => timeOf(audit));
    const hasNewToken = change.totpSealed !== undefined && change.totpSealed !== null;
    if (hasNewToken && change.keepSession !== undefined) {
      await endWithoutToken(db, change.keepSession);
    }
  }
  if (change.revokeTokens === true) await revokeTokens(db, id, timeOf(audit));
  await appendAudit(db, audit);
  return 'changed';
}

/** Marks a TOTP step as used; false when it, or a later one, was. */
export async function consumeTotpStep(db: LedgerDb, id: AccountId, step: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('credentials')
    .set({ totp_step: step })
    .where('account', '=', id)
    .where((eb) => eb.or([eb('totp_step', 'is', null), eb('totp_step', '<', step)]))
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

function timeOf(audit: readonly AuditRecord[]): number {
  const [first] = audit;
  if (first === undefined)
    throw new Error('what a change ends, ends at the time of an audit record: give one');
  return first.at;
}

async function holdersOf(db: LedgerDb, key: SshKey): Promise<readonly AccountId[]> {
  const rows = await db.selectFrom('ssh_keys').select('account').where('blob', '=', key.blob).execute();
  return rows.map(({ account }) => account);
}

async function removeSshKey(db: LedgerDb, account: AccountId, key: KeyId): Promise<string | null> {
  const removed = await db
    .deleteFrom('ssh_keys')
    .where('account', '=', account)
    .where('id', '=', key)
    .returning('fingerprint')
    .executeTakeFirst();
  return removed?.fingerprint ?? null;
}

async function insertSshKey(db: LedgerDb, account: AccountId, key: SshKey): Promise<void> {
  const { id, algorithm, blob, fingerprint, comment, addedAt } = key;
  await db
    .insertInto('ssh_keys')
    .values({ id, account, algorithm, blob, fingerprint, comment, added_at: addedAt })
    .execute();
}

function selectAccounts(db: LedgerDb) {
  return db
    .selectFrom('accounts')
    .innerJoin('credentials', 'credentials.account', 'accounts.id')
    .select(['id', 'name', 'full_name', 'email', 'role', 'status', 'created_at', 'sources'])
    .select(['training_expires', 'agreed_version', 'agreed_at', 'inducted_on'])
    .select((eb) => [
      eb('password_hash', 'is not', null).as('has_password'),
      eb('totp_sealed', 'is not', null).as('has_totp'),
    ]);
}

type AccountRow = Awaited<ReturnType<ReturnType<typeof selectAccounts>['executeTakeFirstOrThrow']>>;

function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    name: row.name,
    fullName: row.full_name,
    email: row.email,
    role: row.role,
    status: row.status,
    createdAt: row.created_at,
    hasPassword: Boolean(row.has_password),
    hasTotp: Boolean(row.has_totp),
    sources: row.sources === '' ? [] : row.sources.split(','),
    trainingExpires: row.training_expires,
    agreed: toAgreed(row),
    inductedOn: row.inducted_on,
  };
}

function toAgreed({ agreed_version: version, agreed_at: at }: AccountRow): Account['agreed'] {
  return version === null || at === null ? null : { version, at };
}

function toSshKey(row: Omit<SshKey, 'addedAt'> & { readonly added_at: number }): SshKey {
  const { id, algorithm, blob, fingerprint, comment } = row;
  return { id, algorithm, blob, fingerprint, comment, addedAt: row.added_at };
}
