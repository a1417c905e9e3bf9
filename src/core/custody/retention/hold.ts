import type { Actor, AuditRecord } from '../../audit/events.ts';
import type { Clock, Instant } from '../../kit/clock.ts';
import { type AccountId, type FileId, type HoldId, newId, type ProjectId, parseId } from '../../kit/ids.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import type { RetentionLedger } from './ports.ts';

/** What a hold covers: one file, everything of a person, or everything of a project's members. */
export type HoldTarget =
  | { readonly kind: 'file'; readonly file: FileId }
  | { readonly kind: 'account'; readonly account: AccountId }
  | { readonly kind: 'project'; readonly project: ProjectId };

/** A reason not to destroy yet. */
export interface Hold {
  readonly id: HoldId;
  readonly target: HoldTarget;
  /** Why, in the words of the person who placed it. */
  readonly reason: string;
  readonly placedBy: AccountId;
  readonly placedAt: Instant;
  readonly liftedBy: AccountId | null;
  readonly liftedAt: Instant | null;
}

/** What holds are kept with. */
export interface Holds {
  readonly ledger: RetentionLedger;
  readonly clock: Clock;
}

/** Why a hold was not placed or lifted. */
export type HoldRefusal = 'reason-missing' | 'hold-unknown' | 'target-unknown';

const LONGEST_REASON = 1000;

/** Places a hold in a person's name, effective for every destruction that has not begun. */
export async function placeHold(
  deps: Holds,
  actor: Actor,
  request: { readonly target: HoldTarget; readonly reason: string; readonly by: AccountId },
): Promise<Result<Hold, HoldRefusal>> {
  const reason = request.reason.trim();
  if (reason === '' || reason.length > LONGEST_REASON) {
    return refuse('reason-missing', `a hold needs a reason of 1 to ${LONGEST_REASON} characters`);
  }
  const { target, by } = request;
  if ((await deps.ledger.holdTargetName(target)) === null) {
    return refuse('target-unknown', `there is no such ${target.kind}; a hold on it would protect nothing`);
  }
  const at = deps.clock.now();
  const hold = {
    id: newId('hold', at),
    target,
    reason,
    placedBy: by,
    placedAt: at,
    liftedBy: null,
    liftedAt: null,
  };
  await deps.ledger.placeHold(hold, record(at, actor, 'hold-placed', hold, reason));
  return accept(hold);
}

/** Lifts a hold in a person's name. What is due then is destroyed by the next run. */
export async function liftHold(
  deps: Holds,
  actor: Actor,
  request: { readonly hold: string; readonly reason: string; readonly by: AccountId },
): Promise<Result<void, HoldRefusal>> {
  const reason = request.reason.trim();
  if (reason === '') return refuse('reason-missing', 'lifting a hold needs a reason');
  const id = parseId('hold', request.hold);
  const hold = id === null ? null : await deps.ledger.holdById(id);
  if (hold === null) return refuse('hold-unknown', `there is no hold "${request.hold}"`);
  const at = deps.clock.now();
  const lifted = await deps.ledger.liftHold(
    hold.id,
    request.by,
    at,
    record(at, actor, 'hold-lifted', hold, reason),
  );
  return lifted ? accept(undefined) : refuse('hold-unknown', 'this hold was lifted before');
}

function record(
  at: Instant,
  actor: Actor,
  type: 'hold-placed' | 'hold-lifted',
  hold: Pick<Hold, 'id' | 'target'>,
  reason: string,
): AuditRecord {
  const { kind, ...subject } = hold.target;
  return {
    at,
    actor,
    event: { type, subjects: { hold: hold.id, ...subject }, data: { target: kind }, personal: { reason } },
  };
}
