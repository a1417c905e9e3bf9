import type { Kysely } from 'kysely';
import type { LedgerDialect } from '../dialect.ts';

/** The audit log, which the database itself keeps append-only. Personal values may be erased, never changed. */
export async function makeAuditTables(db: Kysely<unknown>, dialect: LedgerDialect): Promise<void> {
  const { integer, text, bytes, tableEnd, keyedTableEnd } = dialect;

  await db.schema
    .createTable('audit_log')
    .addColumn('seq', integer, (column) => column.primaryKey())
    .addColumn('entry', text, (column) => column.notNull())
    .addColumn('leaf_hash', text, (column) => column.notNull())
    .modifyEnd(tableEnd)
    .execute();

  await db.schema
    .createTable('audit_subjects')
    .addColumn('subject', text, (column) => column.notNull())
    .addColumn('seq', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('audit_subjects_key', ['subject', 'seq'])
    .modifyEnd(keyedTableEnd)
    .execute();

  await db.schema
    .createTable('audit_personal')
    .addColumn('seq', integer, (column) => column.notNull().references('audit_log.seq'))
    .addColumn('field', text, (column) => column.notNull())
    .addColumn('salt', bytes, (column) => column.notNull())
    .addColumn('value', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('audit_personal_key', ['seq', 'field'])
    .modifyEnd(keyedTableEnd)
    .execute();

  await db.schema
    .createTable('audit_head')
    .addColumn('id', integer, (column) => column.primaryKey())
    .addColumn('size', integer, (column) => column.notNull())
    .addColumn('edge', text, (column) => column.notNull())
    .modifyEnd(tableEnd)
    .execute();
  await db
    .withTables<{ audit_head: { id: number; size: number; edge: string } }>()
    .insertInto('audit_head')
    .values({ id: 1, size: 0, edge: '' })
    .execute();

  await dialect.refuseGaps(db, 'audit_log');
  await dialect.refuseUpdates(db, 'audit_log');
  await dialect.refuseDeletes(db, 'audit_log');
  await dialect.refuseUpdates(db, 'audit_subjects');
  await dialect.refuseDeletes(db, 'audit_subjects');
  await dialect.refuseUpdates(db, 'audit_personal');
}
