import type { Freeze } from '../../core/accounts/freeze.ts';
import { isoTime } from '../../core/kit/clock.ts';
import type { AccountId } from '../../core/kit/ids.ts';
import type { Installation } from './installation.ts';
import type { Cell } from './table.ts';

/** A freeze as verbs show it: persons by name, times ISO 8601. */
export interface FreezeView {
  readonly id: string;
  readonly kind: Freeze['target']['kind'];
  /** The name of an account or a door, the case reference of a project, `everything`. */
  readonly target: string;
  readonly reason: string;
  readonly placedBy: string;
  readonly placedAt: string;
  /** Who has proposed to lift it; one more has to agree. */
  readonly proposedBy: string | null;
  readonly liftedBy: string | null;
  readonly liftedAt: string | null;
}

/** The headings of `freezeRow`. */
export const FREEZE_HEADINGS = [
  'ID',
  'KIND',
  'TARGET',
  'BY',
  'PLACED',
  'LIFT PROPOSED BY',
  'LIFTED',
  'REASON',
] as const;

/** A freeze as a row of a table. */
export function freezeRow(freeze: FreezeView): readonly Cell[] {
  const { id, kind, target, placedBy, placedAt, proposedBy, liftedAt, reason } = freeze;
  return [id, kind, target, placedBy, placedAt, proposedBy, liftedAt, reason];
}

/** Makes views of freezes. */
export function createFreezeViewer({ ledger }: Installation): (freeze: Freeze) => Promise<FreezeView> {
  const nameOf = async (id: AccountId) => (await ledger.accountById(id))?.name ?? id;
  return async ({ id, target, reason, placedBy, placedAt, proposedBy, liftedBy, liftedAt }) => ({
    id,
    kind: target.kind,
    target: (await ledger.freezeTargetName(target)) ?? 'unknown',
    reason,
    placedBy: await nameOf(placedBy),
    placedAt: isoTime(placedAt),
    proposedBy: proposedBy === null ? null : await nameOf(proposedBy),
    liftedBy: liftedBy === null ? null : await nameOf(liftedBy),
    liftedAt: liftedAt === null ? null : isoTime(liftedAt),
  });
}

/** Views of the live freezes that `covers` is true of. */
export async function freezesThat(
  installation: Installation,
  covers: (freeze: Freeze) => boolean,
): Promise<readonly FreezeView[]> {
  const live = await installation.ledger.listFreezes(true);
  return Promise.all(live.filter(covers).map(createFreezeViewer(installation)));
}

/** Live freezes among the facts of what they cover. */
export function freezeFacts(freezes: readonly FreezeView[]): readonly (readonly [string, string])[] {
  return freezes.map(
    ({ id, placedBy, placedAt, reason }) =>
      ['frozen', `${id} by ${placedBy} since ${placedAt}: ${reason}`] as const,
  );
}
