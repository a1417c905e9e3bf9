import type { AuditRecord, Subjects } from '../../core/audit/events.ts';
import { type AuditRow, makeAuditRow, type PersonalValue } from '../../core/audit/leaf.ts';
import { appendLeaf, type TreeHead } from '../../core/audit/tree.ts';
import type { Instant } from '../../core/kit/clock.ts';
import { parseSha256, type Sha256 } from '../../core/kit/digest.ts';
import { createRandomPage } from '../../core/kit/random-page.ts';
import { compileOnce } from './compile-once.ts';
import { queueSecurityNotices } from './queue-security-notices.ts';
import type { LedgerDb } from './tables.ts';

const newSalt = createRandomPage(16);

const addRows = compileOnce(
  (db, { rows }: { rows: readonly { seq: number; entry: string; leaf_hash: Sha256 }[] }) =>
    db.insertInto('audit_log').values(rows),
);

const addSubjects = compileOnce(
  (db, { subjects }: { subjects: readonly { subject: string; seq: number }[] }) =>
    db.insertInto('audit_subjects').values(subjects),
);

const addPersonal = compileOnce((db, { personal }: { personal: readonly PersonalValue[] }) =>
  db.insertInto('audit_personal').values(personal),
);

const setHead = compileOnce((db, { size, edge }: { size: number; edge: string }) =>
  db.updateTable('audit_head').set({ size, edge }).where('id', '=', 1),
);

const readHead = compileOnce((db) =>
  db.selectFrom('audit_head').select(['size', 'edge']).where('id', '=', 1),
);

/**
 * Appends audit records, and queues the mails that they cause: the last statements of the transaction of the change
 * that they record. Needs a transaction in which nobody else appends.
 */
export async function appendAudit(db: LedgerDb, records: readonly AuditRecord[]): Promise<void> {
  if (records.length === 0) return;
  let head = await auditHead(db);
  const rows: AuditRow[] = [];
  const personal: PersonalValue[] = [];
  const subjects: { subject: string; seq: number }[] = [];
  for (const record of records) {
    const seq = head.size;
    const made = makeAuditRow(seq, record, newSalt);
    head = appendLeaf(head, made.row.leafHash);
    rows.push(made.row);
    personal.push(...made.personal);
    subjects.push(...idsOf(record.event.subjects).map((subject) => ({ subject, seq })));
  }
  await addRows(db, { rows: rows.map(({ seq, entry, leafHash }) => ({ seq, entry, leaf_hash: leafHash })) });
  if (subjects.length > 0) await addSubjects(db, { subjects });
  if (personal.length > 0) await addPersonal(db, { personal });
  await setHead(db, { size: head.size, edge: head.edge.join(' ') });
  await queueSecurityNotices(db, records, head.size - records.length);
}

/** The head that was stored with the last append. */
export async function auditHead(db: LedgerDb): Promise<TreeHead> {
  const [found] = (await readHead(db, {})).rows;
  if (found === undefined) throw new Error('the audit log has no head');
  const { size, edge } = found;
  return { size, edge: edge === '' ? [] : edge.split(' ').map(toDigest) };
}

/** Rows from `from` on, in order. */
export async function readAudit(db: LedgerDb, from: number, limit: number): Promise<readonly AuditRow[]> {
  const rows = await db
    .selectFrom('audit_log')
    .selectAll()
    .where('seq', '>=', from)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map(toAuditRow);
}

/** The leaf hashes of the rows that `readAudit` gives. */
export async function leafHashes(db: LedgerDb, from: number, limit: number): Promise<readonly Sha256[]> {
  const rows = await db
    .selectFrom('audit_log')
    .select('leaf_hash')
    .where('seq', '>=', from)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map((row) => row.leaf_hash);
}

/** The personal values that still exist for the rows that `readAudit` gives. */
export async function readPersonal(
  db: LedgerDb,
  from: number,
  limit: number,
): Promise<readonly PersonalValue[]> {
  return db
    .selectFrom('audit_personal')
    .select(['seq', 'field', 'salt', 'value'])
    .where('seq', '>=', from)
    .where('seq', '<', from + limit)
    .orderBy('seq')
    .orderBy('field')
    .execute();
}

/** The rows that name every id of `subject`, oldest first; none when it has no id. */
export async function auditOf(db: LedgerDb, subject: Subjects): Promise<readonly AuditRow[]> {
  const ids = idsOf(subject);
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('audit_log')
    .innerJoin('audit_subjects', 'audit_subjects.seq', 'audit_log.seq')
    .select(['audit_log.seq', 'audit_log.entry', 'audit_log.leaf_hash'])
    .where('audit_subjects.subject', 'in', ids)
    .groupBy(['audit_log.seq', 'audit_log.entry', 'audit_log.leaf_hash'])
    .having((eb) => eb.fn.countAll(), '=', ids.length)
    .orderBy('audit_log.seq')
    .execute();
  return rows.map(toAuditRow);
}

/** The time of the newest row; null in an empty log. */
export async function lastAuditTime(db: LedgerDb): Promise<Instant | null> {
  const row = await db
    .selectFrom('audit_log')
    .select('entry')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { at } = JSON.parse(row.entry) as { readonly at: string };
  return Date.parse(at);
}

function idsOf(subjects: Subjects): string[] {
  const ids: readonly (string | undefined)[] = Object.values({ ...subjects });
  return [...new Set(ids.filter((id) => id !== undefined))];
}

function toAuditRow(row: { seq: number; entry: string; leaf_hash: Sha256 }): AuditRow {
  return { seq: row.seq, entry: row.entry, leafHash: row.leaf_hash };
}

function toDigest(text: string): Sha256 {
  const digest = parseSha256(text);
  if (digest === null) throw new Error('the head of the audit log is damaged: it holds no digest');
  return digest;
}
