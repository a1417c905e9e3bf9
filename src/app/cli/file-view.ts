import type { CustodyFile } from '../../core/custody/file.ts';
import { joinPath } from '../../core/custody/names.ts';
import { newestVerdicts, unscannedLabel, type VerdictOutcome } from '../../core/custody/verdict.ts';
import { formatBytes } from '../../core/kit/bytes.ts';
import { type Instant, isoTime } from '../../core/kit/clock.ts';
import type { AccountId } from '../../core/kit/ids.ts';
import type { Installation } from './installation.ts';
import type { Cell } from './table.ts';

/** A file as `file list --json` shows it. Sizes are bytes, times ISO 8601, the owner a name. */
export interface FileView {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  /** The path outside, as the person sent it. */
  readonly path: string;
  /** The path in Arrivals; null until a name is reserved there. */
  readonly arrival: string | null;
  readonly size: number;
  readonly sha256: string | null;
  readonly state: string;
  readonly contentType: string | null;
  /** What the malware check said of these bytes; `off` when the site does not scan, null before inspection. */
  readonly scan: VerdictOutcome | null;
  /** The label of bytes that are too large for the scanner: what was checked instead. Null for all others. */
  readonly unscanned: string | null;
  readonly receivedAt: string | null;
  readonly arrivedAt: string | null;
  readonly expiresAt: string | null;
  readonly reason: string | null;
}

/** The headings of `fileRow`. */
export const FILE_HEADINGS = ['ID', 'OWNER', 'STATE', 'SIZE', 'SCAN', 'ARRIVED', 'EXPIRES', 'PATH'] as const;

/** A file as a row of a table. */
export function fileRow(file: FileView): readonly Cell[] {
  const state = file.reason === null ? file.state : `${file.state} (${file.reason})`;
  const scan = file.scan === null ? null : (file.unscanned ?? `scan: ${file.scan}`);
  return [
    file.id,
    file.owner,
    state,
    formatBytes(file.size),
    scan,
    file.arrivedAt,
    file.expiresAt,
    file.path,
  ];
}

/** Makes views of files, remembering the names of their owners. */
export function createFileViewer({ ledger }: Installation): (file: CustodyFile) => Promise<FileView> {
  const names = new Map<AccountId, string>();
  const nameOf = async (id: AccountId) => {
    const name = names.get(id) ?? (await ledger.accountById(id))?.name ?? id;
    names.set(id, name);
    return name;
  };
  return async (file) => {
    const known = file.sha256 === null ? [] : await ledger.verdictsOf(file.id);
    const verdicts = newestVerdicts(known, file.sha256);
    const malware = verdicts.find(({ check }) => check === 'malware');
    return {
      id: file.id,
      owner: await nameOf(file.owner),
      name: file.path.name,
      path: joinPath(file.path.folder, file.path.name),
      arrival: file.arrival === null ? null : joinPath(file.arrival.folder, file.arrival.name),
      size: file.size,
      sha256: file.sha256,
      state: file.state,
      contentType: file.contentType,
      scan: malware?.outcome ?? null,
      unscanned: unscannedLabel(verdicts),
      receivedAt: timeOrNull(file.receivedAt),
      arrivedAt: timeOrNull(file.arrivedAt),
      expiresAt: timeOrNull(file.expiresAt),
      reason: file.reason,
    };
  };
}

function timeOrNull(instant: Instant | null): string | null {
  return instant === null ? null : isoTime(instant);
}
