import type { Selectable } from 'kysely';
import { isLiveProof, type MailedProof, type ShownMailedProof } from '../../core/accounts/mailed-proof.ts';
import type { AuditRecord } from '../../core/audit/events.ts';
import { DAY, type Instant } from '../../core/kit/clock.ts';
import type { Sha256 } from '../../core/kit/digest.ts';
import type { AccountId, MailedProofId } from '../../core/kit/ids.ts';
import { appendAudit } from './audit-log.ts';
import type { LedgerDb, MailedProofsTable } from './tables.ts';
import { dropWaitingProofMail } from './untaken-mails.ts';

/** How long rows are kept. What they were is in the audit. */
const KEPT = 30 * DAY;

/** Keeps that something is to be mailed, in place of what is live of the same purpose. */
export async function addMailedProof(
  db: LedgerDb,
  proof: MailedProof,
  limit: { readonly since: Instant; readonly most: number },
  audit: AuditRecord,
): Promise<boolean> {
  const { account, purpose, createdAt } = proof;
  const recent = await db
    .selectFrom('mailed_proofs')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('account', '=', account)
    .where('created_at', '>', limit.since)
    .where('purpose', '=', purpose)
    .executeTakeFirstOrThrow();
  if (recent.count >= limit.most) return false;
  await db
    .deleteFrom('mailed_proofs')
    .where('account', '=', account)
    .where('created_at', '<', createdAt - KEPT)
    .execute();
  await endOpen(db, account, () => createdAt, purpose);
  await dropWaitingProofMail(db, account);
  await db.insertInto('mailed_proofs').values(toRow(proof)).execute();
  await appendAudit(db, [audit]);
  return true;
}

/** What waits to be mailed to an account, oldest first. */
export async function pendingMailedProofs(
  db: LedgerDb,
  account: AccountId,
  now: Instant,
): Promise<readonly MailedProof[]> {
  const rows = await db
    .selectFrom('mailed_proofs')
    .selectAll()
    .where('account', '=', account)
    .where('mailed_at', 'is', null)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('id')
    .execute();
  return rows.map(toProof);
}

/** Sets the secret of a proof that is about to be mailed. */
export async function armMailedProof(
  db: LedgerDb,
  id: MailedProofId,
  digest: Sha256,
  expiresAt: Instant,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('mailed_proofs')
    .set({ secret_digest: digest, expires_at: expiresAt })
    .where('id', '=', id)
    .where('mailed_at', 'is', null)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Marks a proof as mailed. */
export async function markMailedProofSent(
  db: LedgerDb,
  id: MailedProofId,
  at: Instant,
  audit: AuditRecord,
): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('mailed_proofs')
    .set({ mailed_at: at })
    .where('id', '=', id)
    .where('mailed_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) await appendAudit(db, [audit]);
}

/** The proof of an id, and the digest of its secret. */
export async function mailedProofById(
  db: LedgerDb,
  id: MailedProofId,
): Promise<{ readonly proof: MailedProof; readonly secretDigest: Sha256 | null } | null> {
  const row = await db.selectFrom('mailed_proofs').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : { proof: toProof(row), secretDigest: row.secret_digest };
}

/** The newest proof of an account that was bound to something. */
export async function mailedProofBoundTo(
  db: LedgerDb,
  account: AccountId,
  binding: Sha256,
): Promise<MailedProof | null> {
  const row = await db
    .selectFrom('mailed_proofs')
    .selectAll()
    .where('account', '=', account)
    .where('binding', '=', binding)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : toProof(row);
}

/** Uses a live proof up, or counts a wrong try against it. */
export async function tryMailedProof(
  db: LedgerDb,
  { id, digest }: ShownMailedProof,
  at: Instant,
): Promise<boolean> {
  const found = await mailedProofById(db, id);
  if (found === null || !isLiveProof(found.proof, at)) return false;
  const isRight = found.secretDigest === digest;
  const change = isRight ? { used_at: at } : { attempts: found.proof.attempts + 1 };
  await db.updateTable('mailed_proofs').set(change).where('id', '=', id).execute();
  return isRight;
}

/** Ends what was mailed to an account, or waits for it. Part of a change that is audited by its caller. */
export async function endOpen(
  db: LedgerDb,
  account: AccountId,
  at: () => Instant,
  only: MailedProof['purpose'] | null = null,
): Promise<void> {
  const rows = await db
    .selectFrom('mailed_proofs')
    .select(['id', 'purpose'])
    .where('account', '=', account)
    .where('used_at', 'is', null)
    .where('ended_at', 'is', null)
    .execute();
  const ids = rows.filter(({ purpose }) => only === null || purpose === only).map(({ id }) => id);
  if (ids.length === 0) return;
  await db.updateTable('mailed_proofs').set({ ended_at: at() }).where('id', 'in', ids).execute();
}

function toRow(proof: MailedProof): MailedProofsTable {
  const { id, account, purpose, side, binding, attempts } = proof;
  return {
    id,
    account,
    purpose,
    side,
    created_at: proof.createdAt,
    expires_at: proof.expiresAt,
    binding,
    secret_digest: null,
    mailed_at: proof.mailedAt,
    attempts,
    used_at: proof.usedAt,
    ended_at: proof.endedAt,
  };
}

function toProof(row: Selectable<MailedProofsTable>): MailedProof {
  const { id, account, purpose, side, binding, attempts } = row;
  const times = { createdAt: row.created_at, expiresAt: row.expires_at, mailedAt: row.mailed_at };
  return {
    id,
    account,
    purpose,
    side,
    binding,
    attempts,
    ...times,
    usedAt: row.used_at,
    endedAt: row.ended_at,
  };
}
