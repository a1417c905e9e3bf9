import type { ArrivalPath, CustodyFile } from '../../core/custody/file.ts';
import { joinPath } from '../../core/custody/names.ts';
import { newestVerdicts, unscannedLabel, type VerdictOutcome } from '../../core/custody/verdict.ts';
import { formatBytes } from '../../core/kit/bytes.ts';
import { isoTimeOrNull } from '../../core/kit/clock.ts';
import type { AccountId, ShareId } from '../../core/kit/ids.ts';
import type { Installation } from './installation.ts';
import type { Cell } from './table.ts';

/** A file as `file list --json` shows it. Sizes are bytes, times ISO 8601, the owner a name. */
export interface FileView {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  /** The path in the drop, as the person sent it. */
  readonly path: string;
  /** The share that it leaves by; null for a file on its way in. */
  readonly leavesBy: string | null;
  /** The path in Arrivals, or in what was released to its owner; null until a name is reserved there. */
  readonly arrival: string | null;
  /** The working file that it was moved to, or sealed from, as `share/path`. */
  readonly working: string | null;
  readonly size: number;
  /** Bytes that a move to another file system has copied so far. */
  readonly carried: number | null;
  readonly sha256: string | null;
  readonly state: string;
  readonly contentType: string | null;
  /** What the malware check said of these bytes; `off` when the site does not scan, null before inspection. */
  readonly scan: VerdictOutcome | null;
  /** The label of bytes that are too large for the scanner: what was checked instead. Null for all others. */
  readonly unscanned: string | null;
  readonly receivedAt: string | null;
  readonly arrivedAt: string | null;
  readonly releasedAt: string | null;
  readonly collectedAt: string | null;
  /** Null as well for a file in a share: a working file has no end. */
  readonly expiresAt: string | null;
  readonly reason: string | null;
  /** The id of the file that this one began with the bytes of; null for most. */
  readonly continues: string | null;
}

/** The headings of `fileRow`. */
export const FILE_HEADINGS = ['ID', 'OWNER', 'STATE', 'SIZE', 'SCAN', 'ARRIVED', 'EXPIRES', 'PATH'] as const;

/** A file as a row of a table. */
export function fileRow(file: FileView): readonly Cell[] {
  const scan = file.scan === null ? null : (file.unscanned ?? `scan: ${file.scan}`);
  return [
    file.id,
    file.owner,
    stateOf(file),
    formatBytes(file.size),
    scan,
    file.arrivedAt,
    file.expiresAt,
    wayOf(file),
  ];
}

/** The state with why, or how far. */
function stateOf({ state, reason, carried, size }: FileView): string {
  if (state === 'moving' && carried !== null)
    return `${state} (${formatBytes(carried)} of ${formatBytes(size)})`;
  return reason === null ? state : `${state} (${reason})`;
}

/** Where it was put, and where it goes or went from there. */
function wayOf({ path, leavesBy, working, state }: FileView): string {
  if (leavesBy !== null) return `outbound/${leavesBy}/${path}`;
  return working === null || (state !== 'moving' && state !== 'shared') ? path : `${path} -> ${working}`;
}

/** Makes views of files, remembering the names of their owners and shares. */
export function createFileViewer({ ledger }: Installation): (file: CustodyFile) => Promise<FileView> {
  const names = new Map<AccountId | ShareId, string>();
  const named = async <I extends AccountId | ShareId>(
    id: I,
    find: (id: I) => Promise<{ readonly name: string } | null>,
  ) => {
    const name = names.get(id) ?? (await find(id))?.name ?? id;
    names.set(id, name);
    return name;
  };
  const nameOf = async (id: AccountId) => named(id, (account) => ledger.accountById(account));
  const shareOf = async (id: ShareId) => named(id, (share) => ledger.shareById(share));
  return async (file) => {
    const known = file.sha256 === null ? [] : await ledger.verdictsOf(file.id);
    const verdicts = newestVerdicts(known, file.sha256);
    const malware = verdicts.find(({ check }) => check === 'malware');
    return {
      id: file.id,
      owner: await nameOf(file.owner),
      name: file.path.name,
      path: pathOf(file.path),
      leavesBy: file.leavesBy === null ? null : await shareOf(file.leavesBy),
      arrival: file.arrival === null ? null : pathOf(file.arrival),
      working: file.working === null ? null : `${await shareOf(file.working.share)}/${pathOf(file.working)}`,
      size: file.size,
      carried: file.carried,
      sha256: file.sha256,
      state: file.state,
      contentType: file.contentType,
      scan: malware?.outcome ?? null,
      unscanned: unscannedLabel(verdicts),
      receivedAt: isoTimeOrNull(file.receivedAt),
      arrivedAt: isoTimeOrNull(file.arrivedAt),
      releasedAt: isoTimeOrNull(file.releasedAt),
      collectedAt: isoTimeOrNull(file.collectedAt),
      expiresAt: file.state === 'shared' ? null : isoTimeOrNull(file.expiresAt),
      reason: file.reason,
      continues: file.continues,
    };
  };
}

function pathOf({ folder, name }: ArrivalPath): string {
  return joinPath(folder, name);
}
