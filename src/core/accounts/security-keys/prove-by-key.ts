import { sha256 } from '../../kit/digest.ts';
import type { AccountId } from '../../kit/ids.ts';
import { sameText } from '../same-text.ts';
import { hintSecurityMail } from '../security-notice.ts';
import type { Entrance, SignIns } from '../sign-in.ts';
import type { AnsweredChallenge } from './ports.ts';
import {
  type ChallengePurpose,
  type KeyAssertion,
  type KeyChallenge,
  type SecurityKey,
  userHandleOf,
} from './security-key.ts';

/** An answer by a security key, and in whose place it stands: of a token, or of everything. */
export interface KeyProof {
  readonly kind: 'passkey' | 'security-key';
  readonly assertion: KeyAssertion;
  /** What the challenge has to be made for; left out, a sign-in. */
  readonly purpose?: 'step-up' | 'password-reset';
}

/** Whose the key of an answer is; null for a key that nobody has here. Proves nothing. */
export async function holderOf(
  { ledger }: SignIns,
  { side, relyingParty }: Entrance,
  { credentialId }: KeyAssertion,
): Promise<AccountId | null> {
  if (relyingParty === undefined) return null;
  const key = await ledger.securityKeyByCredential(side, relyingParty.id, credentialId);
  return key?.account ?? null;
}

/**
 * Whether an answer proves that a key of this person is here (WebAuthn Level 3 section 7.2). Its challenge is used up,
 * whatever else is wrong, so that no answer is looked at twice. Alone, the key has to have verified who holds it. A key
 * whose counter did not grow is refused, since there may be two of it: that is audited, and its owner told.
 *
 * `account` is null for somebody who is not there: everything is wrong then.
 */
export async function provesByKey(
  deps: SignIns,
  entrance: Entrance,
  account: AccountId | null,
  { kind, assertion, purpose }: KeyProof,
): Promise<boolean> {
  const { ledger, clock, keys } = deps;
  const at = entrance.relyingParty;
  const asked = await ledger.takeChallenge(sha256(assertion.challenge), clock.now());
  if (at === undefined || account === null || asked === null) return false;
  if (!isAskedHere(asked, entrance, purpose ?? kind, account)) return false;
  const key = await ledger.securityKeyByCredential(entrance.side, at.id, assertion.credentialId);
  if (key?.account !== account || !namesItsOwner(asked, key, assertion)) return false;
  const answered = await keys.checkAssertion(assertion, { challenge: assertion.challenge, at }, key);
  if (answered === null || (kind === 'passkey' && !answered.userVerified)) return false;
  if (!hasGone(key, answered)) {
    await suspect(deps, entrance, key, answered);
    return false;
  }
  return ledger.useSecurityKey(key.id, { from: key.counter, to: answered.counter }, clock.now());
}

function isAskedHere(
  asked: KeyChallenge,
  { side, relyingParty }: Entrance,
  purpose: ChallengePurpose,
  account: AccountId,
): boolean {
  return (
    asked.purpose === purpose &&
    asked.side === side &&
    asked.rpId === relyingParty?.id &&
    asked.origin === relyingParty.origin &&
    (asked.account === null || asked.account === account)
  );
}

/** Section 7.2 step 6: who was not named before has to be named by the key. */
function namesItsOwner(
  asked: KeyChallenge,
  { account, side }: SecurityKey,
  { userHandle }: KeyAssertion,
): boolean {
  if (userHandle === null) return asked.account !== null;
  return sameText(userHandle, userHandleOf(account, side));
}

/** Section 7.2 step 22: a counter grows with each use, or the key has none and it stays 0. */
function hasGone(key: SecurityKey, { counter }: AnsweredChallenge): boolean {
  return counter > key.counter || (counter === 0 && key.counter === 0);
}

async function suspect(
  deps: SignIns,
  { side, door, source }: Entrance,
  key: SecurityKey,
  { counter }: AnsweredChallenge,
): Promise<void> {
  await deps.ledger.appendAudit([
    {
      at: deps.clock.now(),
      actor: { kind: 'system', part: `${door}-door` },
      event: {
        type: 'security-key-suspected',
        subjects: { account: key.account, securityKey: key.id },
        data: { side, expectedAbove: key.counter, counter },
        personal: { key: key.name, source },
      },
    },
  ]);
  hintSecurityMail(deps, key.account);
}
