import type { Insertable } from 'kysely';
import type { Orphan } from '../../core/custody/doctor/ports.ts';
import type { ArrivalPath, Drop, IntakeDoor } from '../../core/custody/file.ts';
import { type FileName, TOP } from '../../core/custody/names.ts';
import type { NewSealing } from '../../core/custody/outbound/ports.ts';
import type { NewUpload, WholeUpload } from '../../core/custody/ports.ts';
import type { AdoptedFile } from '../../core/custody/shares/ports.ts';
import type { FileState } from '../../core/custody/states.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { FileId } from '../../core/kit/ids.ts';
import { arrivalColumns, leavesByColumn, pathColumns, workingColumns } from './file-rows.ts';
import type { FilesTable } from './tables.ts';

/** The row of an upload that begins. */
export function uploadRow(upload: NewUpload): Insertable<FilesTable> {
  const begun = { ...upload, state: 'receiving' } as const;
  return { ...emptyRow(begun), declared_size: upload.declaredSize, continues: upload.continues ?? null };
}

/** The row of an upload that came whole. */
export function wholeRow(upload: WholeUpload): Insertable<FilesTable> {
  const begun = { ...upload, state: 'received' } as const;
  return {
    ...emptyRow(begun),
    declared_size: upload.declaredSize,
    size: upload.size,
    client_mtime: upload.clientMtime,
    last_byte_at: upload.receivedAt,
    received_at: upload.receivedAt,
    settles_at: upload.settlesAt,
  };
}

/** The row of a file that begins by being sealed. */
export function sealingRow(sealing: NewSealing): Insertable<FilesTable> {
  const begun = { ...sealing, state: 'sealing', door: sealing.door ?? 'share' } as const;
  return { ...emptyRow(begun), ...workingColumns(sealing.from) };
}

/** The row of a file that was found in Arrivals. It had arrived, whole, when it was found. */
export function adoptedRow(file: AdoptedFile): Insertable<FilesTable> {
  const { path, size, sha256, inode, at, expiresAt, expiresRule } = file;
  return {
    ...emptyRow({ ...file, leavesBy: null, state: 'arrived', door: 'drives' }),
    ...arrivalColumns(path),
    zone: 'arrivals',
    size,
    sha256,
    inode,
    arrived_at: at,
    expires_at: expiresAt,
    expires_rule: expiresRule,
  };
}

/** The row of bytes that were found in the airlock. Their name is their id, for no other is known. */
export function orphanRow({ id, owner, size, at }: Orphan): Insertable<FilesTable> {
  const path = { folder: TOP, name: id as string as FileName };
  return {
    ...emptyRow({ id, owner, leavesBy: null, state: 'held', door: 'unknown', path, at }),
    size,
    received_at: at,
    settles_at: at,
    reason: 'orphan',
  };
}

/** What every file begins with. */
interface Begun extends Drop {
  readonly id: FileId;
  readonly state: FileState;
  readonly door: IntakeDoor;
  readonly path: ArrivalPath;
  readonly at: Instant;
}

function emptyRow({ id, owner, leavesBy, state, door, path, at }: Begun): Insertable<FilesTable> {
  return {
    id,
    owner,
    leaves_by: leavesByColumn(leavesBy),
    door,
    generation: 1,
    state,
    ...pathColumns(path),
    ...arrivalColumns(null),
    ...workingColumns(null),
    carried: null,
    inode: null,
    zone: 'airlock',
    size: 0,
    declared_size: null,
    gap: 0,
    client_mtime: null,
    created_at: at,
    last_byte_at: at,
    received_at: null,
    settles_at: null,
    inspected_at: null,
    sha256: null,
    content_type: null,
    arrived_at: null,
    released_at: null,
    collected_at: null,
    expires_at: null,
    expires_rule: null,
    warned_before: null,
    extended_at: null,
    destroyed_at: null,
    scrubbed_at: null,
    stamp: null,
    damaged_at: null,
    reason: null,
    same_bytes_as: null,
    continues: null,
  };
}
