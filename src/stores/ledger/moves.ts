import { sql, type Updateable } from 'kysely';
import type { AuditRecord } from '../../core/audit/events.ts';
import type { BytesZone, FileRef } from '../../core/custody/file.ts';
import type { FileMove, MoveOutcome } from '../../core/custody/ports.ts';
import { type FileState, findMove, PUBLISHED_STATES } from '../../core/custody/states.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { LeaseId } from '../../core/kit/ids.ts';
import { appendAudit } from './audit-log.ts';
import { compileOnce } from './compile-once.ts';
import { countBytes } from './counters.ts';
import { columnsOf } from './file-rows.ts';
import { findPlace } from './folder-lookups.ts';
import { IS_ON_HOLD } from './holds.ts';
import { endLease, takeLease } from './leases.ts';
import { fileById } from './listings.ts';
import { addNotice } from './notices.ts';
import { addCertificate, addReceipt, addVerdicts } from './proofs.ts';
import { releaseReservation } from './reservations.ts';
import type { FilesTable, LedgerDb } from './tables.ts';

/** A statement takes a limited number of values. */
const AUDITED_TOGETHER = 500;

/**
 * Makes one move of state with everything that belongs to it. A taken name violates a unique index of `files`.
 * A move to another path of the drop is `lost-race` when its folder is gone meanwhile, and `name-taken` when a
 * folder has the name.
 */
export async function moveFile(db: LedgerDb, move: FileMove): Promise<MoveOutcome> {
  const outcome = await makeMove(db, move);
  if (outcome === 'moved') await appendAudit(db, [move.audit]);
  return outcome;
}

/** Makes all of the moves, in their order, or none. */
export async function moveFiles(db: LedgerDb, moves: readonly FileMove[]): Promise<MoveOutcome> {
  for (const move of moves) requireLegal(move);
  await sql`savepoint all_moves`.execute(db);
  for (const move of moves) {
    const outcome = await makeMove(db, move);
    if (outcome === 'moved') continue;
    await sql`rollback to savepoint all_moves`.execute(db);
    await sql`release savepoint all_moves`.execute(db);
    return outcome;
  }
  for (let i = 0; i < moves.length; i += AUDITED_TOGETHER) {
    const some = moves.slice(i, i + AUDITED_TOGETHER);
    await appendAudit(
      db,
      some.map(({ audit }) => audit),
    );
  }
  await sql`release savepoint all_moves`.execute(db);
  return 'moved';
}

/** All that a move changes, without its audit record. */
async function makeMove(db: LedgerDb, move: FileMove): Promise<MoveOutcome> {
  requireLegal(move);
  const place = await findNewPlace(db, move);
  if (place !== 'free') return place;
  const unleasedAt = typeof move.lease === 'object' ? { unleasedAt: move.audit.at } : {};
  if (!(await changeState(db, { ...move, ...unleasedAt }))) return 'lost-race';
  await addVerdicts(db, move.ref.id, move.verdicts ?? []);
  if (move.receipt !== undefined) await addReceipt(db, move.ref.id, move.receipt);
  if (move.certificate !== undefined) await addCertificate(db, move.ref.id, move.certificate);
  for (const notice of move.notices ?? []) await addNotice(db, notice);
  return 'moved';
}

/** Records that bytes left one zone for another, with no change of state. */
export async function moveBytes(
  db: LedgerDb,
  ref: FileRef,
  from: BytesZone,
  to: BytesZone,
  audit: AuditRecord,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('files')
    .set({ zone: to })
    .where('id', '=', ref.id)
    .where('generation', '=', ref.generation)
    .where('zone', '=', from)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) return false;
  await countBytes(db, from, to);
  await appendAudit(db, [audit]);
  return true;
}

/** A move without what it adds to the file. */
interface StateChange extends Omit<FileMove, 'verdicts' | 'receipt' | 'certificate' | 'notices'> {
  /** Only if no lease is live at this instant but the one that the move takes. */
  readonly unleasedAt?: Instant;
}

/**
 * Compare-and-set on generation, state and the conditions of the move, with the file's lease and reservation; no
 * audit. False when nothing was changed.
 */
export async function changeState(db: LedgerDb, move: StateChange): Promise<boolean> {
  requireLegal(move);
  const { ref, from, to, lease } = move;
  const zone = move.changes?.zone;
  const before = zone === undefined ? null : await fileById(db, ref.id);
  if ((await update(db, conditionsOf(move))).changed !== 1) return false;
  if (before !== null && zone !== undefined) await countBytes(db, before.zone, zone);
  const ends = from === 'receiving' && to !== 'receiving';
  if (ends) await releaseReservation(db, ref.id);
  if (lease === 'release' || (ends && lease === undefined)) await endLease(db, ref.id);
  else if (lease !== undefined) await takeLease(db, ref.id, lease);
  return true;
}

function requireLegal({ from, to, audit }: StateChange): void {
  const { type } = audit.event;
  if (findMove(from, to, type) === null) {
    throw new Error(`a file cannot go from ${from} to ${to} with the event ${type}`);
  }
}

async function findNewPlace(db: LedgerDb, move: FileMove): Promise<'free' | 'lost-race' | 'name-taken'> {
  const path = move.changes?.path;
  if (path === undefined) return 'free';
  const file = await fileById(db, move.ref.id);
  return file === null ? 'lost-race' : findPlace(db, file, path);
}

/** What a move sets, and what has to hold for it. A member that is left out is no condition. */
interface Conditions {
  readonly id: FileRef['id'];
  readonly generation: number;
  readonly from: FileState;
  readonly columns: Updateable<FilesTable>;
  readonly unsettledAt?: Instant;
  readonly settledAt?: Instant;
  readonly unleasedAt?: Instant;
  /** The lease that the move takes. */
  readonly own?: LeaseId;
  readonly whileArrived?: FileRef['id'];
  readonly unlessHeld?: true;
  readonly [name: string]: unknown;
}

function conditionsOf(move: StateChange): Conditions {
  const { ref, from, to, unsettledAt, settledAt, unleasedAt, whileArrived, unlessHeld } = move;
  const generation = move.nextGeneration === true ? ref.generation + 1 : ref.generation;
  return {
    id: ref.id,
    generation: ref.generation,
    from,
    columns: { ...columnsOf(move.changes ?? {}), state: to, generation },
    ...(unsettledAt !== undefined && { unsettledAt }),
    ...(settledAt !== undefined && { settledAt }),
    ...(unleasedAt !== undefined && { unleasedAt }),
    ...(typeof move.lease === 'object' && { own: move.lease.id }),
    ...(whileArrived !== undefined && { whileArrived }),
    ...(unlessHeld === true && { unlessHeld }),
  };
}

const update = compileOnce((db, conditions: Conditions) => {
  const { id, generation, from, columns, unsettledAt, settledAt, unleasedAt, own, whileArrived } = conditions;
  let changing = db
    .updateTable('files')
    .set(columns)
    .where('id', '=', id)
    .where('generation', '=', generation)
    .where('state', '=', from);
  if (unsettledAt !== undefined) {
    changing = changing.where((eb) =>
      eb.or([eb('settles_at', 'is', null), eb('settles_at', '>', unsettledAt)]),
    );
  }
  if (settledAt !== undefined) changing = changing.where('settles_at', '<=', settledAt);
  if (unleasedAt !== undefined) {
    changing = changing.where((eb) => {
      const live = eb
        .selectFrom('leases')
        .select('leases.id')
        .where('leases.file', '=', id)
        .where('leases.until', '>', unleasedAt);
      return eb.not(eb.exists(own === undefined ? live : live.where('leases.id', '<>', own)));
    });
  }
  if (whileArrived !== undefined) {
    changing = changing.where((eb) =>
      eb.exists(
        eb
          .selectFrom('files as other')
          .select('other.id')
          .where('other.id', '=', whileArrived)
          .where('other.state', 'in', [...PUBLISHED_STATES]),
      ),
    );
  }
  if (conditions.unlessHeld !== undefined) changing = changing.where((eb) => eb.not(IS_ON_HOLD));
  return changing;
});
