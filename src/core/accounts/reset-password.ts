import { accept, type Result, refuse } from '../kit/result.ts';
import type { Account, Side } from './account.ts';
import { SHORTEST_PASSWORD } from './add-account.ts';
import { lookUp, mayComeIn } from './grant.ts';
import { hasToken, hasTokenOrKey } from './has-token.ts';
import { findMailedLink } from './mailed-link.ts';
import { askMailedProof, type ShownMailedProof } from './mailed-proof.ts';
import { hashPassword } from './password.ts';
import { askKnown, type KeyEntrance, type KeyRequest } from './security-keys/challenges.ts';
import type { KeyAssertion } from './security-keys/security-key.ts';
import { hintSecurityMail } from './security-notice.ts';
import { beginSignIn, type Entrance, giveProof, type HeldBack, type SignIns } from './sign-in.ts';
import { allowsSource } from './source-ranges.ts';

/** Why a password was not set anew. */
export type ResetRefusal = 'link-over' | 'password-too-short' | 'reset-code-wrong';

/**
 * Has a link mailed to the person of a name, by which they set a new password. Whoever asks is told nothing: not
 * whether the name exists, nor whether anything was mailed. It is mailed to active people who have a password, who may
 * come from that address, and whom no freeze covers; three in an hour at most.
 */
export async function askReset(deps: SignIns, entrance: Entrance, name: string): Promise<void> {
  const { side, door, source } = entrance;
  deps.guard.misbehaved(source, 'asked');
  const account = await lookUp(deps, name);
  if (account === null || !account.hasPassword || !allowsSource(account.sources, source)) return;
  if (!(await mayComeIn(deps, entrance, account.id)).ok) return;
  const about = { account: account.id, purpose: 'password-reset', side, binding: null } as const;
  await askMailedProof(deps, { kind: 'system', part: `${door}-door` }, about, source);
}

/** What a live link is for: whose password, and what is needed beside it. */
export async function lookAtReset(
  deps: SignIns,
  side: Side,
  link: string,
): Promise<
  Result<{ readonly name: string; readonly needsCode: boolean; readonly hasKey: boolean }, 'link-over'>
> {
  const found = await findMailedLink(deps, { side, purpose: 'password-reset' }, link);
  if (found === null) return refuse('link-over');
  const { account } = found;
  const hasKey = (await deps.ledger.securityKeysOf(account.id)).length > 0;
  return accept({ name: account.name, needsCode: await hasToken(deps, account), hasKey });
}

/** Asks for a security key in the place of a code, beside a live link. The IDs of keys are told to whoever has that. */
export async function askKeyForReset(
  deps: SignIns,
  entrance: KeyEntrance,
  link: string,
): Promise<Result<KeyRequest, 'link-over' | 'key-elsewhere'>> {
  const found = await findMailedLink(deps, { side: entrance.side, purpose: 'password-reset' }, link);
  if (found === null) return refuse('link-over');
  const request = await askKnown(deps, found.account.id, entrance, 'password-reset');
  return request === null ? refuse('key-elsewhere') : accept(request);
}

/** What is given beside the link: a code, empty from who has no token, or a key's answer to `askKeyForReset`. */
export type ResetProof =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'key'; readonly assertion: KeyAssertion };

/** How a reset ended; held back, nothing was looked at. */
export type ResetEnd = Result<undefined, ResetRefusal> | { readonly ok: false; readonly heldBack: HeldBack };

/**
 * Sets a new password by a mailed link, which is used up in the same transaction. Who has a token or a security key
 * gives a code or touches the key too: a mailbox alone opens nothing (NIST SP 800-63B-4 section 4.2.2.2). Browsers are
 * signed out, nobody comes back without a code, and the emergency code is over; keys and access tokens stay.
 */
export async function finishReset(
  deps: SignIns,
  entrance: Entrance,
  given: { readonly link: string; readonly password: string; readonly proof: ResetProof },
): Promise<ResetEnd> {
  if (given.password.length < SHORTEST_PASSWORD) {
    return refuse('password-too-short', `a password has at least ${SHORTEST_PASSWORD} characters`);
  }
  const found = await findMailedLink(deps, { side: entrance.side, purpose: 'password-reset' }, given.link);
  if (found === null) return refuse('link-over');
  const { account, shown } = found;
  const proven = await prove(deps, entrance, account, shown, given.proof);
  if (!proven.ok) return proven;
  const { side, door, source } = entrance;
  const change = { passwordHash: await hashPassword(given.password), useProof: shown };
  const changed = await deps.ledger.changeCredentials(account.id, change, [
    {
      at: deps.clock.now(),
      actor: { kind: 'account', account: account.id, side, door },
      event: { type: 'password-reset', subjects: { account: account.id }, personal: { source } },
    },
  ]);
  if (changed !== 'changed') return refuse('link-over');
  hintSecurityMail(deps, account.id);
  return accept(undefined);
}

async function prove(
  deps: SignIns,
  entrance: Entrance,
  account: Account,
  shown: ShownMailedProof,
  proof: ResetProof,
): Promise<ResetEnd> {
  const policy = (await hasTokenOrKey(deps, account))
    ? ([['mail', 'token']] as const)
    : ([['mail']] as const);
  const attempt = beginSignIn(entrance, policy, account.name);
  const first = await giveProof(deps, attempt, { kind: 'mail', purpose: 'password-reset', shown });
  if (first.outcome === 'granted') return accept(undefined);
  if (first.outcome === 'denied') return heldBackOr(first.heldBack, 'link-over');
  const second = await giveProof(
    deps,
    first.attempt,
    proof.kind === 'code'
      ? { kind: 'token', code: proof.code }
      : { kind: 'security-key', purpose: 'password-reset', assertion: proof.assertion },
  );
  if (second.outcome === 'granted') return accept(undefined);
  return heldBackOr(second.outcome === 'denied' ? second.heldBack : undefined, 'reset-code-wrong');
}

function heldBackOr(heldBack: HeldBack | undefined, refusal: ResetRefusal): ResetEnd {
  return heldBack === undefined ? refuse(refusal) : { ok: false, heldBack };
}
