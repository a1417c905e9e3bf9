import type { AuditEventType } from '../audit/events.ts';

/** Every state that a file can be in. The `-ing` states are durable intents. */
export const FILE_STATES = [
  'receiving',
  'received',
  'inspecting',
  'admitting',
  'arrived',
  'moving',
  'shared',
  'sealing',
  'sealed',
  'releasing',
  'released',
  'abandoned',
  'held',
  'quarantined',
  'removed',
  'revoked',
  'destroying',
  'destroyed',
] as const;
export type FileState = (typeof FILE_STATES)[number];

/** Who may make a move: the person who holds the file, the daemon's own jobs, or the data team. */
type Mover = 'holder' | 'system' | 'data-team';

/** A mail that a move causes. */
export type NoticeKind =
  | 'file-arrived'
  | 'file-held'
  | 'file-quarantined'
  | 'file-expires-soon'
  | 'file-destroyed'
  | 'file-extended'
  | 'move-returned'
  | 'file-not-sent'
  | 'file-released'
  | 'file-revoked'
  | 'copy-requested'
  | 'destruction-stopped'
  | 'file-damaged';

interface Move {
  readonly from: FileState;
  readonly to: FileState;
  readonly by: Mover;
  /** The audit event that the move writes, in its own transaction. */
  readonly event: AuditEventType;
  /** The notice that it sends, in the same transaction; null for none. */
  readonly notice: NoticeKind | null;
}

/**
 * The legal moves: the one table from which the types, the diagram in the docs and the matrix test are made.
 * A move that is not here cannot be written to the ledger.
 */
export const MOVES = [
  { from: 'receiving', to: 'receiving', by: 'holder', event: 'upload-reopened', notice: null },
  { from: 'receiving', to: 'receiving', by: 'holder', event: 'upload-renamed', notice: null },
  { from: 'receiving', to: 'received', by: 'holder', event: 'file-received', notice: null },
  { from: 'receiving', to: 'abandoned', by: 'holder', event: 'upload-superseded', notice: null },
  { from: 'receiving', to: 'abandoned', by: 'system', event: 'upload-abandoned', notice: null },
  { from: 'receiving', to: 'removed', by: 'holder', event: 'upload-removed', notice: null },
  { from: 'receiving', to: 'removed', by: 'system', event: 'continuation-undone', notice: null },
  { from: 'received', to: 'receiving', by: 'holder', event: 'upload-reopened', notice: null },
  { from: 'received', to: 'received', by: 'holder', event: 'upload-renamed', notice: null },
  { from: 'received', to: 'abandoned', by: 'holder', event: 'upload-superseded', notice: null },
  { from: 'received', to: 'abandoned', by: 'system', event: 'upload-abandoned', notice: null },
  { from: 'received', to: 'removed', by: 'holder', event: 'upload-removed', notice: null },
  { from: 'received', to: 'inspecting', by: 'system', event: 'inspection-begun', notice: null },
  { from: 'inspecting', to: 'receiving', by: 'holder', event: 'upload-reopened', notice: null },
  { from: 'inspecting', to: 'received', by: 'holder', event: 'upload-renamed', notice: null },
  { from: 'inspecting', to: 'abandoned', by: 'holder', event: 'upload-superseded', notice: null },
  { from: 'inspecting', to: 'removed', by: 'holder', event: 'upload-removed', notice: null },
  { from: 'inspecting', to: 'inspecting', by: 'system', event: 'file-inspected', notice: null },
  { from: 'inspecting', to: 'held', by: 'system', event: 'file-held', notice: 'file-held' },
  {
    from: 'inspecting',
    to: 'quarantined',
    by: 'system',
    event: 'file-quarantined',
    notice: 'file-quarantined',
  },
  { from: 'inspecting', to: 'abandoned', by: 'system', event: 'same-bytes-received', notice: 'file-arrived' },
  { from: 'inspecting', to: 'admitting', by: 'system', event: 'admission-begun', notice: null },
  { from: 'admitting', to: 'admitting', by: 'system', event: 'arrival-renamed', notice: null },
  { from: 'admitting', to: 'arrived', by: 'system', event: 'file-arrived', notice: 'file-arrived' },
  { from: 'admitting', to: 'held', by: 'system', event: 'file-held', notice: 'file-held' },
  { from: 'arrived', to: 'arrived', by: 'system', event: 'retention-extended', notice: 'file-extended' },
  { from: 'arrived', to: 'destroying', by: 'system', event: 'destruction-begun', notice: null },
  { from: 'arrived', to: 'destroying', by: 'system', event: 'file-superseded', notice: null },
  { from: 'held', to: 'destroying', by: 'system', event: 'destruction-begun', notice: null },
  { from: 'held', to: 'destroying', by: 'data-team', event: 'destruction-ordered', notice: null },
  { from: 'held', to: 'admitting', by: 'data-team', event: 'admission-ordered', notice: null },
  { from: 'held', to: 'held', by: 'data-team', event: 'copy-requested', notice: 'copy-requested' },
  { from: 'quarantined', to: 'destroying', by: 'system', event: 'destruction-begun', notice: null },
  { from: 'quarantined', to: 'destroying', by: 'data-team', event: 'destruction-ordered', notice: null },
  { from: 'quarantined', to: 'admitting', by: 'data-team', event: 'admission-ordered', notice: null },
  {
    from: 'quarantined',
    to: 'quarantined',
    by: 'data-team',
    event: 'copy-requested',
    notice: 'copy-requested',
  },
  { from: 'abandoned', to: 'destroying', by: 'system', event: 'destruction-begun', notice: null },
  { from: 'arrived', to: 'removed', by: 'holder', event: 'file-removed', notice: null },
  { from: 'arrived', to: 'moving', by: 'holder', event: 'move-begun', notice: null },
  { from: 'moving', to: 'shared', by: 'system', event: 'file-shared', notice: null },
  { from: 'moving', to: 'arrived', by: 'system', event: 'move-returned', notice: 'move-returned' },
  { from: 'arrived', to: 'arrived', by: 'system', event: 'arrival-moved-by-drive', notice: null },
  { from: 'arrived', to: 'shared', by: 'system', event: 'file-shared-by-drive', notice: null },
  { from: 'arrived', to: 'removed', by: 'system', event: 'file-removed-by-drive', notice: null },
  { from: 'sealing', to: 'sealed', by: 'system', event: 'file-sealed', notice: null },
  { from: 'sealing', to: 'abandoned', by: 'system', event: 'sealing-failed', notice: 'file-not-sent' },
  { from: 'sealed', to: 'inspecting', by: 'system', event: 'inspection-begun', notice: null },
  { from: 'inspecting', to: 'releasing', by: 'system', event: 'release-begun', notice: null },
  { from: 'held', to: 'releasing', by: 'data-team', event: 'release-ordered', notice: null },
  { from: 'quarantined', to: 'releasing', by: 'data-team', event: 'release-ordered', notice: null },
  { from: 'releasing', to: 'releasing', by: 'system', event: 'release-renamed', notice: null },
  { from: 'releasing', to: 'released', by: 'system', event: 'file-released', notice: 'file-released' },
  { from: 'releasing', to: 'held', by: 'system', event: 'file-held', notice: 'file-held' },
  { from: 'released', to: 'released', by: 'holder', event: 'file-collected', notice: null },
  { from: 'released', to: 'revoked', by: 'data-team', event: 'file-revoked', notice: 'file-revoked' },
  { from: 'released', to: 'destroying', by: 'system', event: 'destruction-begun', notice: null },
  { from: 'revoked', to: 'destroying', by: 'system', event: 'destruction-begun', notice: null },
  { from: 'arrived', to: 'held', by: 'system', event: 'file-damaged', notice: 'file-damaged' },
  { from: 'released', to: 'held', by: 'system', event: 'file-damaged', notice: 'file-damaged' },
  { from: 'held', to: 'held', by: 'system', event: 'file-damaged', notice: 'file-damaged' },
  { from: 'inspecting', to: 'held', by: 'system', event: 'file-damaged', notice: 'file-damaged' },
  { from: 'abandoned', to: 'abandoned', by: 'system', event: 'file-damaged', notice: 'file-damaged' },
  { from: 'revoked', to: 'revoked', by: 'system', event: 'file-damaged', notice: 'file-damaged' },
  { from: 'quarantined', to: 'quarantined', by: 'system', event: 'file-damaged', notice: 'file-damaged' },
  { from: 'shared', to: 'shared', by: 'system', event: 'file-damaged', notice: 'file-damaged' },
  { from: 'held', to: 'arrived', by: 'system', event: 'file-mended', notice: null },
  { from: 'held', to: 'released', by: 'system', event: 'file-mended', notice: null },
  { from: 'held', to: 'held', by: 'system', event: 'file-mended', notice: null },
  { from: 'abandoned', to: 'abandoned', by: 'system', event: 'file-mended', notice: null },
  { from: 'revoked', to: 'revoked', by: 'system', event: 'file-mended', notice: null },
  { from: 'quarantined', to: 'quarantined', by: 'system', event: 'file-mended', notice: null },
  { from: 'shared', to: 'shared', by: 'system', event: 'file-mended', notice: null },
  { from: 'shared', to: 'shared', by: 'system', event: 'shared-file-let-go', notice: null },
  { from: 'removed', to: 'removed', by: 'system', event: 'certificate-issued', notice: null },
  { from: 'destroying', to: 'destroyed', by: 'system', event: 'file-destroyed', notice: 'file-destroyed' },
  {
    from: 'destroying',
    to: 'held',
    by: 'system',
    event: 'destruction-stopped',
    notice: 'destruction-stopped',
  },
] as const satisfies readonly Move[];

/** The row of the table for a move, or null when it is not legal. */
export function findMove(from: FileState, to: FileState, event: AuditEventType): Move | null {
  return MOVES.find((move) => move.from === from && move.to === to && move.event === event) ?? null;
}

/** States in which a person may still resume, rename or delete an upload, as long as it has not settled. */
export const UNSETTLED_STATES = [
  'receiving',
  'received',
  'inspecting',
] as const satisfies readonly FileState[];

/**
 * States in which a name in Arrivals, or in what was released to a person, belongs to the file. Unique per drop,
 * folder and name key among them.
 */
export const ARRIVAL_STATES = [
  'admitting',
  'arrived',
  'moving',
  'releasing',
  'released',
] as const satisfies readonly FileState[];

/** States in which a file is there to be had under its published name. */
export const PUBLISHED_STATES = ['arrived', 'released'] as const satisfies readonly FileState[];

/** States that end a file's listing in its drop, whatever its age. */
export const UNLISTED_STATES = [
  'abandoned',
  'removed',
  'shared',
  'revoked',
  'destroying',
  'destroyed',
] as const satisfies readonly FileState[];
