import type { AuditRecord } from '../../audit/events.ts';
import type { Instant } from '../../kit/clock.ts';
import type { FileId } from '../../kit/ids.ts';
import type { ArrivalPath, Drop, WorkingPath } from '../file.ts';

/** A file that begins by being sealed from a working file: in state `sealing`. */
export interface NewSealing extends Drop {
  readonly id: FileId;
  /** The path in the drop. */
  readonly path: ArrivalPath;
  readonly from: WorkingPath;
  /** `drives`: `from` is in the folder for drops of the share, and not in the share. `share` when left out. */
  readonly door?: 'share' | 'drives';
  readonly at: Instant;
}

/** What leaves, in the ledger. */
export interface OutboundLedger {
  /** Inserts a file in state `sealing`: the durable intent to copy a working file. */
  startSealing(sealing: NewSealing, audit: AuditRecord): Promise<void>;
}
