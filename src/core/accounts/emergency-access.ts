import type { Actor } from '../audit/events.ts';
import { type Instant, MINUTE, type Millis } from '../kit/clock.ts';
import { sha256 } from '../kit/digest.ts';
import { type AccountId, parseId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { Account, Side } from './account.ts';
import { type IssuedEmergencyCode, makeEmergencyCode } from './emergency-code.ts';
import { keepOut, lookUp, mayComeIn } from './grant.ts';
import { hasTokenOrKey } from './has-token.ts';
import { askMailedProof, readMailedCode } from './mailed-proof.ts';
import { PASSWORD_MARK } from './reconnection.ts';
import {
  beginSignIn,
  type Entrance,
  giveProof,
  type SignInAttempt,
  type SignInStep,
  type SignIns,
} from './sign-in.ts';
import type { SignInPolicy } from './sign-in-policy.ts';

/** What an emergency code takes: the password, then a code that was mailed. */
const POLICY: SignInPolicy = [['password', 'mail']];

/** How long somebody may take from their password to the code that they are mailed. */
const TICKET_LIFE: Millis = 30 * MINUTE;

/** How it went with the password. `no-token`: it was right, and there is no token or key that a code could stand in for. */
export type EmergencyStep =
  | { readonly outcome: 'begun'; readonly ticket: string }
  | { readonly outcome: 'no-token' }
  | Extract<SignInStep, { outcome: 'denied' }>;

/**
 * The first step to an emergency code: somebody gives name and password. The ticket says that they were right; it is
 * sealed, worth something at this side alone, for half an hour, and until the password changes. A denial says the same
 * of names that exist and names that do not.
 */
export async function beginEmergency(
  deps: SignIns,
  entrance: Entrance,
  given: { readonly name: string; readonly password: string },
): Promise<EmergencyStep> {
  const attempt = beginSignIn(entrance, POLICY, given.name);
  const step = await giveProof(deps, attempt, { kind: 'password', password: given.password });
  if (step.outcome === 'denied') return step;
  const account = await lookUp(deps, attempt.name);
  if (account === null) return { outcome: 'denied' };
  const may = await mayComeIn(deps, entrance, account.id);
  if (!may.ok) return denied(keepOut(deps, attempt, 'password', may, account));
  if (!(await hasTokenOrKey(deps, account))) return { outcome: 'no-token' };
  return { outcome: 'begun', ticket: await sealTicket(deps, account, entrance.side) };
}

/**
 * The second step: an authorisation code is mailed to the person of a ticket; one that was mailed before is over. Three
 * in an hour at most.
 */
export async function mailAuthorisation(
  deps: SignIns,
  entrance: Entrance,
  ticket: string,
): Promise<Result<undefined, 'ticket-over' | 'mails-too-many'>> {
  const account = await openTicket(deps, entrance.side, ticket);
  if (account === null) return refuse('ticket-over');
  const { side, source } = entrance;
  const about = { account: account.id, purpose: 'emergency-code', side, binding: sha256(ticket) } as const;
  const asked = await askMailedProof(deps, actorOf(account.id, entrance), about, source);
  return asked === null ? refuse('mails-too-many') : accept(undefined);
}

/** How the last step went. */
export type EmergencyEnd =
  | { readonly outcome: 'made'; readonly issued: IssuedEmergencyCode }
  | { readonly outcome: 'ticket-over' }
  | { readonly outcome: 'no-token' }
  | Extract<SignInStep, { outcome: 'denied' }>;

/** The last step: the code that was mailed is right, and an emergency code is made, which is shown once. */
export async function redeemAuthorisation(
  deps: SignIns,
  entrance: Entrance,
  given: { readonly ticket: string; readonly code: string },
): Promise<EmergencyEnd> {
  const account = await openTicket(deps, entrance.side, given.ticket);
  if (account === null) return { outcome: 'ticket-over' };
  const mailed = await deps.ledger.mailedProofBoundTo(account.id, sha256(given.ticket));
  if (mailed === null) return { outcome: 'ticket-over' };
  const shown = readMailedCode(mailed.id, given.code);
  const step = await giveProof(deps, afterPassword(entrance, account), {
    kind: 'mail',
    purpose: 'emergency-code',
    shown,
  });
  if (step.outcome !== 'granted') return denied(step);
  const actor = actorOf(account.id, entrance);
  const made = await makeEmergencyCode(deps, actor, account.id, entrance.source);
  return made.ok ? { outcome: 'made', issued: made.value } : { outcome: 'no-token' };
}

/** Where a sign-in stands when the password was given, as the ticket says. */
function afterPassword(entrance: Entrance, { name }: Account): SignInAttempt {
  return { ...beginSignIn(entrance, POLICY, name), given: ['password'], marks: [PASSWORD_MARK] };
}

interface Ticket {
  readonly account: string;
  readonly side: Side;
  readonly until: Instant;
  /** The digest of the hash of the password that was right. */
  readonly password: string;
}

async function sealTicket(deps: SignIns, { id }: Account, side: Side): Promise<string> {
  const until = deps.clock.now() + TICKET_LIFE;
  const ticket: Ticket = { account: id, side, until, password: await passwordDigest(deps, id) };
  return Buffer.from(deps.box.seal(Buffer.from(JSON.stringify(ticket)), CONTEXT)).toString('base64url');
}

/** The person of a ticket that still holds, if they may act; null else. */
async function openTicket(deps: SignIns, side: Side, text: string): Promise<Account | null> {
  let ticket: Ticket;
  try {
    const opened = deps.box.open(Buffer.from(text, 'base64url'), CONTEXT);
    ticket = JSON.parse(Buffer.from(opened).toString()) as Ticket;
  } catch {
    return null;
  }
  const id = parseId('acct', ticket.account);
  if (id === null || ticket.side !== side || ticket.until <= deps.clock.now()) return null;
  if (ticket.password !== (await passwordDigest(deps, id))) return null;
  const account = await deps.ledger.accountById(id);
  return account?.status === 'active' ? account : null;
}

async function passwordDigest({ ledger }: SignIns, account: AccountId): Promise<string> {
  return sha256((await ledger.credentialsOf(account))?.passwordHash ?? '');
}

const CONTEXT = 'emergency-ticket';

function actorOf(account: AccountId, { side, door }: Entrance): Actor {
  return { kind: 'account', account, side, door };
}

/** What more is wanted is denied: one alternative of two proofs leaves nothing to go on with. */
function denied(step: SignInStep): Extract<SignInStep, { outcome: 'denied' }> {
  return step.outcome === 'denied' ? step : { outcome: 'denied' };
}
