import type { Insertable, Selectable, Updateable } from 'kysely';
import type { ArrivalPath, CustodyFile } from '../../core/custody/file.ts';
import { type FolderPath, nameKey } from '../../core/custody/names.ts';
import type { FileChanges, NewUpload } from '../../core/custody/ports.ts';
import type { FilesTable } from './tables.ts';

/** What two spellings of a folder share: the keys of its names. */
export function folderKey(folder: FolderPath): string {
  return folder.split('/').map(nameKey).join('/');
}

/** The row of an upload that begins. */
export function rowOf(upload: NewUpload): Insertable<FilesTable> {
  const { id, owner, door, path, declaredSize, at } = upload;
  return {
    id,
    owner,
    door,
    generation: 1,
    state: 'receiving',
    ...outsideColumns(path),
    arrival_folder: null,
    arrival_folder_key: null,
    arrival_name: null,
    arrival_name_key: null,
    zone: 'airlock',
    size: 0,
    declared_size: declaredSize,
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
    expires_at: null,
    expires_rule: null,
    warned_before: null,
    extended_at: null,
    destroyed_at: null,
    reason: null,
    same_bytes_as: null,
  };
}

/** The columns that a move sets beside state and generation; a member that is left out sets none. */
export function columnsOf(changes: FileChanges): Updateable<FilesTable> {
  const { path, arrival, gap } = changes;
  const columns: Updateable<FilesTable> = {
    ...(path !== undefined && outsideColumns(path)),
    ...(arrival !== undefined && arrivalColumns(arrival)),
    ...(gap !== undefined && { gap: gap ? 1 : 0 }),
  };
  const plain = {
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
    expires_at: changes.expiresAt,
    expires_rule: changes.expiresRule,
    warned_before: changes.warnedBefore,
    extended_at: changes.extendedAt,
    destroyed_at: changes.destroyedAt,
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
    door: row.door,
    state: row.state,
    path: { folder: row.folder, name: row.name },
    arrival: toArrival(row),
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
    expiresAt: row.expires_at,
    expiresRule: row.expires_rule,
    warnedBefore: row.warned_before,
    extendedAt: row.extended_at,
    destroyedAt: row.destroyed_at,
    reason: row.reason,
    sameBytesAs: row.same_bytes_as,
  };
}

function toArrival({
  arrival_folder: folder,
  arrival_name: name,
}: Selectable<FilesTable>): ArrivalPath | null {
  return folder === null || name === null ? null : { folder, name };
}

function outsideColumns({ folder, name }: ArrivalPath) {
  return { folder, folder_key: folderKey(folder), name, name_key: nameKey(name) };
}

function arrivalColumns(arrival: ArrivalPath | null) {
  const columns = arrival === null ? null : outsideColumns(arrival);
  return {
    arrival_folder: columns?.folder ?? null,
    arrival_folder_key: columns?.folder_key ?? null,
    arrival_name: columns?.name ?? null,
    arrival_name_key: columns?.name_key ?? null,
  };
}
