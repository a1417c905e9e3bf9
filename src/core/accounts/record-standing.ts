import type { Actor, AuditRecord } from '../audit/events.ts';
import type { Instant } from '../kit/clock.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { Account } from './account.ts';
import type { AccountsAdmin } from './add-account.ts';
import { findAccount, type UnknownAccount } from './change-account.ts';
import type { Agreement, Gates, Standing } from './gates.ts';
import { hintSecurityMail } from './security-notice.ts';
import type { Session } from './sign-in.ts';

/** Why a day cannot be recorded. */
export type StandingRefusal = UnknownAccount | 'induction-in-future';

/**
 * Records until when somebody's training holds, or that it holds no more (null). `by` is the account of whoever saw
 * the proof. Holds from the person's next action on, in open sessions too; whoever is trained anew is warned anew.
 */
export async function recordTraining(
  deps: AccountsAdmin,
  actor: Actor,
  name: string,
  expires: Instant | null,
  by: Account['id'] | null,
): Promise<Result<Account, UnknownAccount>> {
  return record(deps, name, { trainingExpires: expires }, ({ id }) => ({
    at: deps.clock.now(),
    actor,
    event: { type: 'training-recorded', subjects: { account: id }, data: { expires, ...(by && { by }) } },
  }));
}

/** Records when somebody had their induction, or that they had none (null). Holds from their next action on. */
export async function recordInduction(
  deps: AccountsAdmin,
  actor: Actor,
  name: string,
  on: Instant | null,
  by: Account['id'] | null,
): Promise<Result<Account, StandingRefusal>> {
  if (on !== null && on > deps.clock.now()) {
    return refuse('induction-in-future', 'an induction is recorded once it has been given');
  }
  return record(deps, name, { inductedOn: on }, ({ id }) => ({
    at: deps.clock.now(),
    actor,
    event: { type: 'induction-recorded', subjects: { account: id }, data: { on, ...(by && { by }) } },
  }));
}

/** Why an agreement was not accepted: there is none, or it is another one by now. */
export type AcceptRefusal = 'agreement-changed';

/**
 * Records that the person of a session accepts the agreement, of which they have read that version. Idempotent: who
 * has accepted it before is not asked for another time.
 */
export async function acceptAgreement(
  deps: AccountsAdmin & { readonly gates: Gates },
  { account, side, door }: Pick<Session, 'account' | 'side' | 'door'>,
  version: string,
): Promise<Result<void, AcceptRefusal>> {
  const { agreement } = deps.gates.site;
  if (agreement?.version !== version) return refuse('agreement-changed');
  const person = await deps.ledger.accountById(account);
  if (person?.agreed?.version === version) return accept(undefined);
  const at = deps.clock.now();
  await deps.ledger.recordStanding(account, { agreed: { version: agreement.version, at } }, [
    {
      at,
      actor: { kind: 'account', account, side, door },
      event: { type: 'agreement-accepted', subjects: { account }, data: { version } },
    },
  ]);
  return accept(undefined);
}

/** Keeps the text of an agreement that has come into force, so that what people accept can be shown for ever. */
export async function publishAgreement(
  { ledger, clock }: Pick<AccountsAdmin, 'ledger' | 'clock'>,
  agreement: Agreement,
): Promise<void> {
  const at = clock.now();
  await ledger.keepAgreement(agreement, at, {
    at,
    actor: { kind: 'system', part: 'daemon' },
    event: { type: 'agreement-published', subjects: {}, data: { version: agreement.version } },
  });
}

async function record(
  deps: AccountsAdmin,
  name: string,
  change: Partial<Standing>,
  auditOf: (account: Account) => AuditRecord,
): Promise<Result<Account, UnknownAccount>> {
  const found = await findAccount(deps, name);
  if (!found.ok) return found;
  const { id } = found.value;
  await deps.ledger.recordStanding(id, change, [auditOf(found.value)]);
  hintSecurityMail(deps, id);
  return accept({ ...found.value, ...change });
}
