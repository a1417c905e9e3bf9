import type { Actor } from '../audit/events.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { Account, Side } from './account.ts';
import { SHORTEST_PASSWORD } from './add-account.ts';
import { findAccount, type UnknownAccount } from './change-account.ts';
import { hasTokenOrKey } from './has-token.ts';
import { findMailedLink } from './mailed-link.ts';
import { askMailedProof, type MailedProofDesk } from './mailed-proof.ts';
import { hashPassword } from './password.ts';
import { hintSecurityMail } from './security-notice.ts';
import { beginSignIn, type Entrance, giveProof, type HeldBack, type SignIns } from './sign-in.ts';
import { keepWebSession } from './web-session.ts';

/** Why nobody was invited. */
export type InviteRefusal = UnknownAccount | 'account-disabled' | 'already-activated' | 'mails-too-many';

/**
 * Has a link mailed to a person, by which they activate their account: choose a password, make a token, and pass what
 * the site's gates ask. It holds once and for three days; one that was mailed before is over. Nobody is invited who has
 * password and token already: that would let a mailbox take their place.
 */
export async function inviteAccount(
  deps: MailedProofDesk,
  actor: Actor,
  name: string,
  side: Side,
): Promise<Result<Account, InviteRefusal>> {
  const found = await findAccount(deps, name);
  if (!found.ok) return found;
  const { id, status, hasPassword } = found.value;
  if (status !== 'active') return refuse('account-disabled');
  if (hasPassword && (await hasTokenOrKey(deps, found.value))) {
    return refuse('already-activated', `${name} has a password, and a token or key`);
  }
  const asked = await askMailedProof(
    deps,
    actor,
    { account: id, purpose: 'activation', side, binding: null },
    '',
  );
  return asked === null ? refuse('mails-too-many') : found;
}

/** Why an account was not activated by a link. */
export type ActivateRefusal = 'invitation-over' | 'password-too-short';

/** Whom a live link is for. */
export async function lookAtInvitation(
  deps: SignIns,
  side: Side,
  link: string,
): Promise<Result<Pick<Account, 'name' | 'fullName'>, 'invitation-over'>> {
  const found = await findMailedLink(deps, { side, purpose: 'activation' }, link);
  return found === null ? refuse('invitation-over') : accept(found.account);
}

/** How it began: with what the browser's cookie holds from now on. Held back, nothing was looked at. */
export type ActivationBegun =
  | Result<string, ActivateRefusal>
  | { readonly ok: false; readonly heldBack: HeldBack };

/**
 * Sets the password of the person of a link, which is used up in the same transaction, and opens a session in which
 * they make a token and see what else is asked, and do nothing else (`inActivation`). It goes on like every other once
 * they have taken a soft token into use, or have added a security key that is enough for the portal. Whoever has a session of the account is signed out.
 */
export async function beginActivation(
  deps: SignIns,
  entrance: Entrance,
  given: { readonly link: string; readonly password: string },
): Promise<ActivationBegun> {
  if (given.password.length < SHORTEST_PASSWORD) {
    return refuse('password-too-short', `a password has at least ${SHORTEST_PASSWORD} characters`);
  }
  const found = await findMailedLink(deps, { side: entrance.side, purpose: 'activation' }, given.link);
  if (found === null) return refuse('invitation-over');
  const { account, shown } = found;
  const attempt = beginSignIn(entrance, [['mail']], account.name);
  const step = await giveProof(deps, attempt, { kind: 'mail', purpose: 'activation', shown });
  if (step.outcome === 'denied' && step.heldBack !== undefined) return { ok: false, heldBack: step.heldBack };
  if (step.outcome !== 'granted') return refuse('invitation-over');
  const { side, door, source } = entrance;
  const change = { passwordHash: await hashPassword(given.password), useProof: shown };
  const changed = await deps.ledger.changeCredentials(account.id, change, [
    {
      at: deps.clock.now(),
      actor: { kind: 'account', account: account.id, side, door },
      event: { type: 'activation-begun', subjects: { account: account.id }, personal: { source } },
    },
  ]);
  if (changed !== 'changed') return refuse('invitation-over');
  hintSecurityMail(deps, account.id);
  return accept(await keepWebSession(deps, { ...step.session, inActivation: true }, source));
}
