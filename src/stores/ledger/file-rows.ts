import type { Selectable, Updateable } from 'kysely';
import type { ArrivalPath, CustodyFile, Drop, WorkingPath } from '../../core/custody/file.ts';
import { nameKey } from '../../core/custody/names.ts';
import type { FileChanges } from '../../core/custody/ports.ts';
import { folderKey, publishedKey } from './folder-keys.ts';
import type { FilesTable } from './tables.ts';

/** The columns that a move sets beside state and generation; a member that is left out sets none. */
export function columnsOf(changes: FileChanges): Updateable<FilesTable> {
  const { path, arrival, working, gap } = changes;
  const columns: Updateable<FilesTable> = {
    ...(path !== undefined && pathColumns(path)),
    ...(arrival !== undefined && arrivalColumns(arrival)),
    ...(working !== undefined && workingColumns(working)),
    ...(gap !== undefined && { gap: gap ? 1 : 0 }),
  };
  const plain = {
    carried: changes.carried,
    inode: changes.inode,
    zone: changes.zone,
    size: changes.size,
    client_mtime: changes.clientMtime,
    last_byte_at: changes.lastByteAt,
    received_at: changes.receivedAt,
    settles_at: changes.settlesAt,
    inspected_at: changes.inspectedAt,
    sha256: changes.sha256,
    content_type: changes.contentType,
    arrived_at: changes.arrivedAt,
    released_at: changes.releasedAt,
    collected_at: changes.collectedAt,
    expires_at: changes.expiresAt,
    expires_rule: changes.expiresRule,
    warned_before: changes.warnedBefore,
    extended_at: changes.extendedAt,
    destroyed_at: changes.destroyedAt,
    scrubbed_at: changes.scrubbedAt,
    stamp: changes.stamp,
    damaged_at: changes.damagedAt,
    reason: changes.reason,
    same_bytes_as: changes.sameBytesAs,
  };
  return Object.assign(
    columns,
    Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined)),
  );
}

/** The file that a row holds. */
export function toFile(row: Selectable<FilesTable>): CustodyFile {
  return {
    id: row.id,
    generation: row.generation,
    owner: row.owner,
    leavesBy: row.leaves_by === '' ? null : row.leaves_by,
    door: row.door,
    state: row.state,
    path: { folder: row.folder, name: row.name },
    arrival: toArrival(row),
    working: toWorking(row),
    carried: row.carried,
    inode: row.inode,
    zone: row.zone,
    size: row.size,
    declaredSize: row.declared_size,
    gap: row.gap !== 0,
    clientMtime: row.client_mtime,
    createdAt: row.created_at,
    lastByteAt: row.last_byte_at,
    receivedAt: row.received_at,
    settlesAt: row.settles_at,
    inspectedAt: row.inspected_at,
    sha256: row.sha256,
    contentType: row.content_type,
    arrivedAt: row.arrived_at,
    releasedAt: row.released_at,
    collectedAt: row.collected_at,
    expiresAt: row.expires_at,
    expiresRule: row.expires_rule,
    warnedBefore: row.warned_before,
    extendedAt: row.extended_at,
    destroyedAt: row.destroyed_at,
    scrubbedAt: row.scrubbed_at,
    stamp: row.stamp,
    damagedAt: row.damaged_at,
    reason: row.reason,
    sameBytesAs: row.same_bytes_as,
    continues: row.continues,
  };
}

function toArrival(row: Selectable<FilesTable>): ArrivalPath | null {
  const { arrival_folder: folder, arrival_name: name } = row;
  return folder === null || name === null ? null : { folder, name };
}

function toWorking(row: Selectable<FilesTable>): WorkingPath | null {
  const { working_share: share, working_folder: folder, working_name: name } = row;
  return share === null || folder === null || name === null ? null : { share, folder, name };
}

/** How a row says which drop it is of. */
export function leavesByColumn(leavesBy: Drop['leavesBy']): FilesTable['leaves_by'] {
  return leavesBy ?? '';
}

/** The path in the drop. */
export function pathColumns({ folder, name }: ArrivalPath) {
  return { folder, folder_key: folderKey(folder), name, name_key: nameKey(name) };
}

/** The reserved or published path. */
export function arrivalColumns(arrival: ArrivalPath | null) {
  return {
    arrival_folder: arrival?.folder ?? null,
    arrival_folder_key: arrival === null ? null : publishedKey(arrival.folder),
    arrival_name: arrival?.name ?? null,
    arrival_name_key: arrival === null ? null : nameKey(arrival.name),
  };
}

/** The working file. */
export function workingColumns(working: WorkingPath | null) {
  return {
    working_share: working?.share ?? null,
    working_folder: working?.folder ?? null,
    working_folder_key: working === null ? null : folderKey(working.folder),
    working_name: working?.name ?? null,
    working_name_key: working === null ? null : nameKey(working.name),
  };
}
