import { randomBytes } from 'node:crypto';
import { sha256 } from '../../kit/digest.ts';
import type { AccountId, SessionId } from '../../kit/ids.ts';
import { lookUp } from '../grant.ts';
import { PASSWORD_MARK } from '../reconnection.ts';
import {
  beginSignIn,
  type Entrance,
  giveProof,
  type SignInAttempt,
  type SignInStep,
  type SignIns,
} from '../sign-in.ts';
import type { SignInPolicy } from '../sign-in-policy.ts';
import { sourceNetwork } from '../source-ranges.ts';
import {
  CHALLENGE_LIFE,
  type ChallengePurpose,
  type KeyAssertion,
  type RelyingParty,
  type SecurityKey,
} from './security-key.ts';

/** Challenges of one source that wait at once; the oldest go. An office behind one address needs some. */
const MOST_PER_SOURCE = 64;

/** An entrance at which browsers can use security keys. */
export type KeyEntrance = Entrance & { readonly relyingParty: RelyingParty };

/** What a browser is asked to have signed: by one of the keys, or by whichever of its own when there are none. */
export interface KeyRequest {
  /** 256 random bits, base64url. */
  readonly challenge: string;
  readonly keys: readonly Pick<SecurityKey, 'credentialId' | 'transports'>[];
}

/** Makes a challenge of 256 random bits and keeps it. Returns it in base64url. */
export async function makeChallenge(
  { ledger, clock }: SignIns,
  entrance: KeyEntrance,
  purpose: ChallengePurpose,
  whose: { readonly account: AccountId; readonly session?: SessionId } | null,
): Promise<string> {
  const challenge = randomBytes(32).toString('base64url');
  const now = clock.now();
  const { side, source, relyingParty } = entrance;
  const kept = {
    digest: sha256(challenge),
    purpose,
    side,
    rpId: relyingParty.id,
    origin: relyingParty.origin,
    account: whose?.account ?? null,
    session: whose?.session ?? null,
    source: sourceNetwork(source),
    until: now + CHALLENGE_LIFE,
  };
  await ledger.keepChallenge(kept, now, MOST_PER_SOURCE);
  return challenge;
}

/** Asks whoever is there for a passkey: it names its owner itself. Says nothing about anybody. */
export async function askForPasskey(deps: SignIns, entrance: KeyEntrance): Promise<KeyRequest> {
  return { challenge: await makeChallenge(deps, entrance, 'passkey', null), keys: [] };
}

/**
 * Asks somebody who is known for one of their own keys: to prove again who they are, alone or (`step-up`) in the place of
 * a code, beside their password; or beside a mailed link. Null when they have none here.
 */
export async function askKnown(
  deps: SignIns,
  account: AccountId,
  entrance: KeyEntrance,
  purpose: 'passkey' | 'step-up' | 'password-reset',
): Promise<KeyRequest | null> {
  return askFor(deps, entrance, purpose, account);
}

/**
 * Takes a password, and asks for a security key in the place of a code. The IDs of somebody's keys are told to nobody
 * without their password (WebAuthn section 14.6.3). A wrong password, a name that nobody has, and somebody without a
 * key get the same answer: a denial.
 */
export async function askForSecurityKey(
  deps: SignIns,
  entrance: KeyEntrance,
  policy: SignInPolicy,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<
  | { readonly outcome: 'asked'; readonly request: KeyRequest }
  | (SignInStep & { readonly outcome: 'granted' | 'denied' })
> {
  const step = await giveProof(deps, beginSignIn(entrance, policy, name), { kind: 'password', password });
  if (step.outcome !== 'more') return step;
  if (!step.next.includes('token')) return { outcome: 'denied' };
  const account = await lookUp(deps, step.attempt.name);
  const request = account === null ? null : await askFor(deps, entrance, 'security-key', account.id);
  return request === null ? { outcome: 'denied' } : { outcome: 'asked', request };
}

/**
 * The sign-in that an answer by a security key goes on with: its challenge was made for a person whose password was
 * right. For any other answer it is one that nothing was given in, which the proof then denies.
 */
export async function resumeSignIn(
  { ledger, clock }: SignIns,
  entrance: KeyEntrance,
  policy: SignInPolicy,
  { challenge }: KeyAssertion,
): Promise<SignInAttempt> {
  const kept = await ledger.findChallenge(sha256(challenge), clock.now());
  const account =
    kept?.purpose === 'security-key' && kept.account !== null ? await ledger.accountById(kept.account) : null;
  const begun = beginSignIn(entrance, policy, account?.name ?? '');
  return account === null ? begun : { ...begun, given: ['password'], marks: [PASSWORD_MARK] };
}

async function askFor(
  deps: SignIns,
  entrance: KeyEntrance,
  purpose: ChallengePurpose,
  account: AccountId,
): Promise<KeyRequest | null> {
  const keys = await keysAt(deps, entrance, account);
  if (keys.length === 0) return null;
  return { challenge: await makeChallenge(deps, entrance, purpose, { account }), keys };
}

/** The keys of a person that open doors here. */
export async function keysAt(
  { ledger }: Pick<SignIns, 'ledger'>,
  { side, relyingParty }: KeyEntrance,
  account: AccountId,
): Promise<readonly SecurityKey[]> {
  const all = await ledger.securityKeysOf(account);
  return all.filter((key) => key.side === side && key.rpId === relyingParty.id);
}
