import type { Insertable } from 'kysely';
import type { AuditRecord } from '../../core/audit/events.ts';
import type { FileRef } from '../../core/custody/file.ts';
import type { FileChanges, MoveOutcome, NewUpload, WholeUpload } from '../../core/custody/ports.ts';
import { type FileState, UNSETTLED_STATES } from '../../core/custody/states.ts';
import type { Instant } from '../../core/kit/clock.ts';
import { appendAudit } from './audit-log.ts';
import { compileOnce } from './compile-once.ts';
import { countBytes } from './counters.ts';
import { findPlace } from './folder-lookups.ts';
import { takeLease } from './leases.ts';
import { fileById, newestIdAt } from './listings.ts';
import { changeState } from './moves.ts';
import { uploadRow, wholeRow } from './new-rows.ts';
import type { FilesTable, LedgerDb } from './tables.ts';

interface Superseding {
  readonly ref: FileRef;
  readonly changes: FileChanges;
  readonly audit: AuditRecord;
}

const inserting = compileOnce((db, { row }: { row: Insertable<FilesTable> }) =>
  db.insertInto('files').values(row),
);

/**
 * Inserts an upload, and gives up the one that it supersedes. `lost-race` also when the folder is gone meanwhile;
 * a folder of the name, made meanwhile, is `name-taken`. A second `receiving` file of the path violates the
 * unique index of `files`.
 */
export async function startUpload(
  db: LedgerDb,
  upload: NewUpload,
  supersedes: Superseding | null,
  audit: AuditRecord,
): Promise<MoveOutcome> {
  const place = await findPlace(db, upload, upload.path);
  if (place !== 'free') return place;
  if (supersedes !== null && !(await supersede(db, upload, supersedes))) return 'lost-race';
  await inserting(db, { row: uploadRow(upload) });
  await countBytes(db, 'gone', 'airlock');
  await takeLease(db, upload.id, upload.lease);
  await appendAudit(db, supersedes === null ? [audit] : [supersedes.audit, audit]);
  return 'moved';
}

/** Inserts an upload that came whole. */
export async function receiveWhole(
  db: LedgerDb,
  upload: WholeUpload,
  audit: readonly AuditRecord[],
): Promise<MoveOutcome> {
  const place = await findPlace(db, upload, upload.path);
  if (place !== 'free') return place;
  if ((await newestIdAt(db, upload, upload.path)) !== upload.newest) return 'lost-race';
  await inserting(db, { row: wholeRow(upload) });
  await countBytes(db, 'gone', 'airlock');
  await appendAudit(db, audit);
  return 'moved';
}

async function supersede(
  db: LedgerDb,
  upload: NewUpload,
  { ref, changes, audit }: Superseding,
): Promise<boolean> {
  const file = await fileById(db, ref.id);
  if (file === null || !isUnsettled(file.state)) return false;
  return changeState(db, {
    ref,
    from: file.state,
    to: 'abandoned',
    changes,
    unsettledAt: upload.at,
    unleasedAt: upload.at,
    audit,
  });
}

function isUnsettled(state: FileState): boolean {
  return UNSETTLED_STATES.some((unsettled) => unsettled === state);
}

/** Stores how far an upload is durable. */
export async function noteProgress(
  db: LedgerDb,
  ref: FileRef,
  progress: { size: number; gap: boolean; at: Instant },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('files')
    .set({ size: progress.size, gap: progress.gap ? 1 : 0, last_byte_at: progress.at })
    .where('id', '=', ref.id)
    .where('generation', '=', ref.generation)
    .where('state', '=', 'receiving')
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Stores the client's modification time. */
export async function setClientMtime(db: LedgerDb, ref: FileRef, mtime: Instant): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('files')
    .set({ client_mtime: mtime })
    .where('id', '=', ref.id)
    .where('generation', '=', ref.generation)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
