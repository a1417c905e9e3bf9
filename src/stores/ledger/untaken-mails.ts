import type { Selectable } from 'kysely';
import type { AuditRecord } from '../../core/audit/events.ts';
import type { MailKind, UntakenMail } from '../../core/custody/mails/ports.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { AccountId, MailedProofId, MailId, NoticeId } from '../../core/kit/ids.ts';
import { appendAudit } from './audit-log.ts';
import { alike, type MailTable } from './sent-mails.ts';
import type { LedgerDb, UntakenMailsTable } from './tables.ts';

/** Where what a mail tells has its rows; a proof's row ends when its mail is given up. */
const TABLES: Readonly<Record<Exclude<MailKind, 'mailed-proofs'>, MailTable>> = {
  'file-notices': 'notices',
  'freeze-notices': 'freeze_notices',
  'security-notices': 'security_notices',
};

/** The mail of a kind to an account that waits for its next attempt. */
export async function waitingMail(
  db: LedgerDb,
  account: AccountId,
  kind: MailKind,
): Promise<UntakenMail | null> {
  const row = await db
    .selectFrom('untaken_mails')
    .selectAll()
    .where('account', '=', account)
    .where('kind', '=', kind)
    .where('next_at', 'is not', null)
    .executeTakeFirst();
  return row === undefined ? null : toMail(row);
}

/** Keeps how a mail stands that waits. */
export async function keepWaitingMail(db: LedgerDb, mail: UntakenMail): Promise<void> {
  await put(db, mail);
}

/** Forgets that a mail waits. */
export async function dropWaitingMail(db: LedgerDb, id: MailId): Promise<void> {
  await db.deleteFrom('untaken_mails').where('id', '=', id).where('next_at', 'is not', null).execute();
}

/** Ends the waiting of the codes and links of an account: a new one is mailed at once. Part of asking for it. */
export async function dropWaitingProofMail(db: LedgerDb, account: AccountId): Promise<void> {
  await db
    .deleteFrom('untaken_mails')
    .where('account', '=', account)
    .where('kind', '=', 'mailed-proofs')
    .where('next_at', 'is not', null)
    .execute();
}

/** Gives a mail up, and what it told with it. */
export async function giveUpMail(
  db: LedgerDb,
  mail: UntakenMail,
  items: readonly string[],
  audit: AuditRecord,
): Promise<void> {
  await put(db, mail);
  if (mail.kind === 'mailed-proofs') {
    await db
      .updateTable('mailed_proofs')
      .set({ ended_at: mail.lastAt })
      .where('id', 'in', items as readonly MailedProofId[])
      .where('mailed_at', 'is', null)
      .where('ended_at', 'is', null)
      .execute();
  } else {
    await db
      .updateTable(alike(TABLES[mail.kind]))
      .set({ given_up: mail.id })
      .where('id', 'in', items as readonly NoticeId[])
      .where('sent_at', 'is', null)
      .execute();
  }
  await appendAudit(db, [audit]);
}

/** Mails that wait or were given up, oldest first; not those of codes and links that are over. */
export async function untakenMails(db: LedgerDb, now: Instant): Promise<readonly UntakenMail[]> {
  const rows = await db
    .selectFrom('untaken_mails')
    .selectAll()
    .where((eb) =>
      eb.or([
        eb('kind', '<>', 'mailed-proofs'),
        eb('next_at', 'is', null),
        eb.exists(
          eb
            .selectFrom('mailed_proofs')
            .select('mailed_proofs.id')
            .whereRef('mailed_proofs.account', '=', 'untaken_mails.account')
            .where('mailed_at', 'is', null)
            .where('ended_at', 'is', null)
            .where('expires_at', '>', now),
        ),
      ]),
    )
    .orderBy('id')
    .execute();
  return rows.map(toMail);
}

/** The untaken mail of an id. */
export async function untakenMailById(db: LedgerDb, id: MailId): Promise<UntakenMail | null> {
  const row = await db.selectFrom('untaken_mails').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : toMail(row);
}

/** Lets what a mail told be mailed again. */
export async function sendUntakenMail(db: LedgerDb, id: MailId, audit: AuditRecord): Promise<boolean> {
  const mail = await untakenMailById(db, id);
  if (mail === null) return false;
  await db.deleteFrom('untaken_mails').where('id', '=', id).execute();
  if (mail.kind !== 'mailed-proofs') {
    await db
      .updateTable(alike(TABLES[mail.kind]))
      .set({ given_up: null })
      .where('account', '=', mail.account)
      .where('given_up', '=', id)
      .where('sent_at', 'is', null)
      .execute();
  }
  await appendAudit(db, [audit]);
  return true;
}

/** Takes a mail that was given up off the list. */
export async function dismissUntakenMail(db: LedgerDb, id: MailId, audit: AuditRecord): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('untaken_mails')
    .where('id', '=', id)
    .where('next_at', 'is', null)
    .executeTakeFirst();
  if (numDeletedRows !== 1n) return false;
  await appendAudit(db, [audit]);
  return true;
}

async function put(db: LedgerDb, mail: UntakenMail): Promise<void> {
  const { id, account, kind, attempts, since, reply } = mail;
  const row = { id, account, kind, attempts, since, last_at: mail.lastAt, next_at: mail.nextAt, reply };
  await db.deleteFrom('untaken_mails').where('id', '=', id).execute();
  await db.insertInto('untaken_mails').values(row).execute();
}

function toMail(row: Selectable<UntakenMailsTable>): UntakenMail {
  const { id, account, kind, attempts, since, reply } = row;
  return { id, account, kind, attempts, since, lastAt: row.last_at, nextAt: row.next_at, reply };
}
