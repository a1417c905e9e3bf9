import type { Actor, AuditEvent } from '../../audit/events.ts';
import { sha256 } from '../../kit/digest.ts';
import { newId, parseId } from '../../kit/ids.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import type { AccountsAdmin } from '../add-account.ts';
import { findAccount, type UnknownAccount } from '../change-account.ts';
import { isFreshlyProven } from '../renew-session.ts';
import { hintSecurityMail } from '../security-notice.ts';
import type { Session, SignIns } from '../sign-in.ts';
import { hasWayIn, type PortalWays } from '../ways-in.ts';
import { type KeyEntrance, type KeyRequest, keysAt, makeChallenge } from './challenges.ts';
import type { KeyRegistration, SecurityKey } from './security-key.ts';
import { type StepUp, stepUp } from './step-up.ts';

/** Why no security key was added. */
export type AddSecurityKeyRefusal =
  | 'step-up-needed'
  | 'session-over'
  | 'step-up-refused'
  | 'security-key-refused'
  | 'security-key-taken'
  | 'security-keys-full';

/** How many keys a person has at most: what one request to sign in lists. */
const MOST_KEYS = 20;

const LONGEST_NAME = 64;

/**
 * Begins to add a key: the person of a session proves again who they are, or has stepped up a moment ago (null), and
 * gets a challenge for the new key. `keys` are those that they have, which a browser does not take once more.
 */
export async function beginSecurityKey(
  deps: SignIns,
  session: Session,
  entrance: KeyEntrance,
  proof: StepUp | null,
): Promise<Result<KeyRequest, AddSecurityKeyRefusal>> {
  const keys = await keysAt(deps, entrance, session.account);
  if (keys.length >= MOST_KEYS) return refuse('security-keys-full');
  if (proof === null) {
    if (!(await isFreshlyProven(deps, session))) return refuse('step-up-needed');
  } else if (!(await stepUp(deps, session, entrance, proof))) return refuse('step-up-refused');
  const { account, id } = session;
  return accept({
    challenge: await makeChallenge(deps, entrance, 'register', { account, session: id }),
    keys,
  });
}

/**
 * Adds the key that a browser has made for a challenge of `beginSecurityKey` (WebAuthn Level 3 section 7.1). What made
 * it is not asked for: any key is taken. An empty name becomes a plain one. In a session of an activation, which has a
 * password by then, that is the end of it if the key is enough to sign in.
 */
export async function addSecurityKey(
  deps: SignIns,
  session: Session,
  entrance: KeyEntrance & Pick<PortalWays, 'policy'>,
  name: string,
  made: KeyRegistration,
): Promise<Result<SecurityKey, AddSecurityKeyRefusal>> {
  const { ledger, clock, keys } = deps;
  const { relyingParty: at, side } = entrance;
  const { account } = session;
  const now = clock.now();
  const asked = await ledger.takeChallenge(sha256(made.challenge), now);
  if (asked?.purpose !== 'register' || asked.session !== session.id || asked.account !== account)
    return refuse('security-key-refused');
  if (asked.side !== side || asked.rpId !== at.id || asked.origin !== at.origin)
    return refuse('security-key-refused');
  const credential = await keys.checkRegistration(made, { challenge: made.challenge, at });
  if (credential === null) return refuse('security-key-refused');
  const key: SecurityKey = {
    id: newId('wkey', now),
    account,
    side,
    rpId: at.id,
    credentialId: credential.credentialId,
    publicKey: credential.publicKey,
    counter: credential.counter,
    transports: made.transports,
    name: name.trim().slice(0, LONGEST_NAME) || 'Security key',
    verifiesUser: credential.userVerified,
    addedAt: now,
    lastUsedAt: null,
  };
  const event = keyEvent('security-key-added', key, entrance.source);
  const has = { hasPassword: true, hasCodes: false, keys: [key] };
  const isEnough = hasWayIn(has, { policy: entrance.policy, side, rpId: at.id });
  const madeIn = { session: session.id, isEnough };
  const added = await ledger.addSecurityKey(key, [{ at: now, actor: actorOf(session), event }], madeIn);
  if (added === 'taken') return refuse('security-key-taken');
  if (added === 'session-over') return refuse('session-over');
  hintSecurityMail(deps, account);
  return accept(key);
}

/** Why a key was not removed by its owner. */
export type RemoveSecurityKeyRefusal = 'security-key-unknown' | 'last-way-in';

/**
 * Removes a key of the person of a session. It opens nothing from then on; their other browsers are signed out. Refused
 * when they could not sign in any more at the portal where they are.
 */
export async function removeOwnSecurityKey(
  deps: SignIns,
  session: Session,
  ways: PortalWays,
  source: string,
  which: string,
): Promise<Result<SecurityKey, RemoveSecurityKeyRefusal>> {
  return remove(deps, session.account, which, { keepSession: session.id, ways }, actorOf(session), source);
}

/** Removes a key of a person, by its id, for them. All their browsers are signed out. */
export async function removeSecurityKey(
  deps: AccountsAdmin,
  actor: Actor,
  name: string,
  which: string,
): Promise<Result<SecurityKey, UnknownAccount | 'security-key-unknown'>> {
  const account = await findAccount(deps, name);
  if (!account.ok) return account;
  const removed = await remove(deps, account.value.id, which, { keepSession: null, ways: null }, actor, null);
  return removed.ok ? removed : refuse('security-key-unknown');
}

async function remove(
  deps: AccountsAdmin,
  account: SecurityKey['account'],
  which: string,
  own: { readonly keepSession: Session['id'] | null; readonly ways: PortalWays | null },
  actor: Actor,
  source: string | null,
): Promise<Result<SecurityKey, RemoveSecurityKeyRefusal>> {
  const { ledger, clock } = deps;
  const id = parseId('wkey', which);
  const key = (await ledger.securityKeysOf(account)).find((one) => one.id === id);
  if (key === undefined) return refuse('security-key-unknown');
  const event = keyEvent('security-key-removed', key, source);
  const audit = { at: clock.now(), actor, event };
  const removed = await ledger.removeSecurityKey(account, key.id, own.keepSession, own.ways, audit);
  if (removed === 'no-way-in') return refuse('last-way-in');
  if (removed !== 'removed') return refuse('security-key-unknown');
  hintSecurityMail(deps, account);
  return accept(key);
}

function actorOf({ account, side, door }: Session): Actor {
  return { kind: 'account', account, side, door };
}

function keyEvent(
  type: 'security-key-added' | 'security-key-removed',
  { id, account, side, name, verifiesUser }: SecurityKey,
  source: string | null,
): AuditEvent {
  return {
    type,
    subjects: { account, securityKey: id },
    data: { side, verifiesUser },
    personal: { key: name, ...(source !== null && { source }) },
  };
}
