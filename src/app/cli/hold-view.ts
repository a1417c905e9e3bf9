import type { Hold } from '../../core/custody/retention/hold.ts';
import { isoTime } from '../../core/kit/clock.ts';
import type { AccountId } from '../../core/kit/ids.ts';
import type { Installation } from './installation.ts';
import type { Cell } from './table.ts';

/** A hold as verbs show it: persons by name, times ISO 8601. */
interface HoldView {
  readonly id: string;
  readonly kind: 'file' | 'account' | 'project';
  /** The id of a file, the name of an account, the case reference of a project. */
  readonly target: string;
  readonly reason: string;
  readonly placedBy: string;
  readonly placedAt: string;
  readonly liftedBy: string | null;
  readonly liftedAt: string | null;
}

/** The headings of `holdRow`. */
export const HOLD_HEADINGS = ['ID', 'KIND', 'TARGET', 'BY', 'PLACED', 'LIFTED', 'REASON'] as const;

/** A hold as a row of a table. */
export function holdRow(hold: HoldView): readonly Cell[] {
  return [hold.id, hold.kind, hold.target, hold.placedBy, hold.placedAt, hold.liftedAt, hold.reason];
}

/** Makes views of holds. */
export function createHoldViewer({ ledger }: Installation): (hold: Hold) => Promise<HoldView> {
  const nameOf = async (id: AccountId) => (await ledger.accountById(id))?.name ?? id;
  return async ({ id, target, reason, placedBy, placedAt, liftedBy, liftedAt }) => ({
    id,
    kind: target.kind,
    target: (await ledger.holdTargetName(target)) ?? 'unknown',
    reason,
    placedBy: await nameOf(placedBy),
    placedAt: isoTime(placedAt),
    liftedBy: liftedBy === null ? null : await nameOf(liftedBy),
    liftedAt: liftedAt === null ? null : isoTime(liftedAt),
  });
}
