import type { Account } from '../../accounts/account.ts';
import type { Freeze, FreezeTarget } from '../../accounts/freeze.ts';
import type { Actor, AuditRecord } from '../../audit/events.ts';
import type { Instant } from '../../kit/clock.ts';
import { newId, parseId } from '../../kit/ids.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import type { Intake } from '../custody.ts';
import { dataTeam } from '../notice.ts';
import { isFrozenPerson } from './frozen-person.ts';
import type { FreezeNotice, FreezeNoticeKind } from './ports.ts';

/** What freezes are decided with. */
export type FreezeDesk = Pick<Intake, 'ledger' | 'clock' | 'hints' | 'policy'>;

/** A person who decides, and why. */
export interface FreezeDecision {
  readonly by: Account;
  readonly reason: string;
}

/** Why a freeze was not placed, or not lifted. `second-person-needed`: proposed, and another has to agree. */
export type FreezeRefusal =
  | 'not-freezer'
  | 'frozen'
  | 'reason-missing'
  | 'target-unknown'
  | 'freeze-unknown'
  | 'second-person-needed'
  | 'same-person';

const LONGEST_REASON = 1000;

/**
 * Stops what it names, at once: nobody acts through it, and nothing of it is admitted, moved, released or destroyed.
 * A member of the data team or an operator may, alone. The data team is told by mail.
 */
export async function placeFreeze(
  desk: FreezeDesk,
  actor: Actor,
  target: FreezeTarget,
  decision: FreezeDecision,
): Promise<Result<Freeze, FreezeRefusal>> {
  const { ledger, clock } = desk;
  const fit = await checkDecision(desk, decision);
  if (!fit.ok) return fit;
  if ((await ledger.freezeTargetName(target)) === null) {
    return refuse('target-unknown', `there is no such ${target.kind}; nothing was frozen`);
  }
  const at = clock.now();
  const freeze: Freeze = {
    id: newId('frez', at),
    target,
    reason: fit.value,
    placedBy: decision.by.id,
    placedAt: at,
    proposedBy: null,
    proposedAt: null,
    liftedBy: null,
    liftedAt: null,
  };
  const notices = await noticesOf(desk, freeze, 'freeze-placed', at);
  await ledger.placeFreeze(freeze, notices, record(at, actor, 'freeze-placed', freeze, decision));
  hint(desk, notices);
  return accept(freeze);
}

/**
 * Lifts a freeze, as the second of two people. The first call proposes and is refused with `second-person-needed`;
 * the second has to come from another person, while the first may still act. Whom a freeze covers lifts none.
 */
export async function liftFreeze(
  desk: FreezeDesk,
  actor: Actor,
  id: string,
  decision: FreezeDecision,
): Promise<Result<Freeze, FreezeRefusal>> {
  const { ledger, clock } = desk;
  const fit = await checkDecision(desk, decision);
  if (!fit.ok) return fit;
  const parsed = parseId('frez', id);
  const freeze = parsed === null ? null : await ledger.freezeById(parsed);
  if (freeze === null) return refuse('freeze-unknown', `there is no freeze "${id}"`);
  if (freeze.liftedAt !== null) return refuse('freeze-unknown', 'this freeze was lifted before');
  const proposer = await validProposer(desk, freeze);
  if (proposer === null) return propose(desk, actor, freeze, decision);
  const { by } = decision;
  if (proposer.id === by.id) return refuse('same-person', 'the second person has to be another one');
  const at = clock.now();
  const notices = await noticesOf(desk, freeze, 'freeze-lifted', at);
  const lifted = await ledger.liftFreeze(
    freeze.id,
    { proposedBy: proposer.id, by: by.id },
    at,
    notices,
    record(at, actor, 'freeze-lifted', freeze, decision, { proposedBy: proposer.id }),
  );
  if (!lifted) return refuse('freeze-unknown', 'somebody else has just decided on it; look again');
  hint(desk, notices);
  return accept({ ...freeze, liftedBy: by.id, liftedAt: at });
}

async function propose(
  desk: FreezeDesk,
  actor: Actor,
  freeze: Freeze,
  decision: FreezeDecision,
): Promise<Result<never, FreezeRefusal>> {
  const at = desk.clock.now();
  const notices = await noticesOf(desk, freeze, 'freeze-lift-proposed', at);
  const audit = record(at, actor, 'freeze-lift-proposed', freeze, decision);
  const proposed = await desk.ledger.proposeLift(freeze.id, decision.by.id, at, notices, audit);
  if (!proposed) return refuse('freeze-unknown', 'this freeze was lifted before');
  hint(desk, notices);
  return refuse(
    'second-person-needed',
    'proposed; nothing is lifted until a second member of the data team, or an operator, does the same',
  );
}

/** Who has proposed to lift it, if they may still decide: a word of somebody who was shut out since counts no more. */
async function validProposer({ ledger }: FreezeDesk, freeze: Freeze): Promise<Account | null> {
  const person = freeze.proposedBy === null ? null : await ledger.accountById(freeze.proposedBy);
  const mayDecide = person !== null && isFreezer(person) && !(await isFrozenPerson(ledger, person));
  return mayDecide ? person : null;
}

function isFreezer({ role, status }: Account): boolean {
  return status === 'active' && (role === 'data-team' || role === 'operator');
}

async function checkDecision(
  { ledger }: FreezeDesk,
  { by, reason }: FreezeDecision,
): Promise<Result<string, FreezeRefusal>> {
  if (await isFrozenPerson(ledger, by))
    return refuse('frozen', `${by.name} is frozen, and nothing is done in their name`);
  if (!isFreezer(by)) {
    return refuse('not-freezer', `${by.name} is neither an active member of the data team nor an operator`);
  }
  const said = reason.trim();
  if (said !== '' && said.length <= LONGEST_REASON) return accept(said);
  return refuse('reason-missing', `it needs a reason of 1 to ${LONGEST_REASON} characters`);
}

async function noticesOf(
  desk: FreezeDesk,
  { id }: Freeze,
  kind: FreezeNoticeKind,
  at: Instant,
): Promise<FreezeNotice[]> {
  const readers = await dataTeam(desk);
  return readers.map((account) => ({ id: newId('noti', at), kind, account, freeze: id, at }));
}

function hint({ hints, policy }: FreezeDesk, notices: readonly FreezeNotice[]): void {
  for (const { account } of notices) hints.hint({ job: 'send-notices', account }, policy.gather);
}

function record(
  at: Instant,
  actor: Actor,
  type: FreezeNoticeKind,
  freeze: Freeze,
  { by, reason }: FreezeDecision,
  more: { readonly proposedBy?: Account['id'] } = {},
): AuditRecord {
  const { kind, ...subject } = freeze.target;
  const door = 'door' in subject ? subject : {};
  const subjects = { freeze: freeze.id, ...('door' in subject ? {} : subject) };
  const data = { target: kind, by: by.id, ...door, ...more };
  return { at, actor, event: { type, subjects, data, personal: { reason: reason.trim() } } };
}
