import type { AuditRecord } from '../audit/events.ts';
import { type Clock, type Instant, type Millis, SECOND } from '../kit/clock.ts';
import type { AccountId, FileId, SessionId } from '../kit/ids.ts';
import type { Account, Credentials, Side, SshKey, TokenScope } from './account.ts';
import { comeBack } from './come-back.ts';
import type { Footing } from './footing.ts';
import type { Gates } from './gates.ts';
import { deny, grantFully, keepOut, lookUp, mayComeIn, visitorOf } from './grant.ts';
import type { Leave, SignInGuard, Visitor } from './guard/sign-in-guard.ts';
import type { MailedPurpose, ShownMailedProof } from './mailed-proof.ts';
import { hashPassword } from './password.ts';
import type { PasswordWork } from './password-work.ts';
import type { AccountsLedger } from './ports.ts';
import { PASSWORD_MARK } from './reconnection.ts';
import { sameText } from './same-text.ts';
import type { SecretBox } from './secret-box.ts';
import type { KeyVerifier } from './security-keys/ports.ts';
import { holderOf, type KeyProof, provesByKey } from './security-keys/prove-by-key.ts';
import type { RelyingParty } from './security-keys/security-key.ts';
import type { SecurityMailHints } from './security-notice.ts';
import { isSufficient, nextProofs, type ProofKind, type SignInPolicy } from './sign-in-policy.ts';
import { allowsSource } from './source-ranges.ts';
import { useTokenCode } from './token-code.ts';
import { enterWithToken, isForUploadToken } from './token-entrance.ts';
import { useMailedProof } from './use-mailed-proof.ts';

/** What sign-in works with. */
export interface SignIns {
  readonly ledger: AccountsLedger & { appendAudit(records: readonly AuditRecord[]): Promise<void> };
  readonly clock: Clock;
  readonly box: SecretBox;
  /** One for all doors of the process. */
  readonly guard: SignInGuard;
  readonly passwords: PasswordWork;
  readonly gates: Gates;
  /** Left out where no queue is at hand. */
  readonly hints?: SecurityMailHints;
  readonly keys: KeyVerifier;
}

/** Where somebody knocks, and what the site allows there beside its `sign_in`. */
export interface Entrance {
  readonly side: Side;
  readonly door: string;
  /** The client's address. In the audit it stands in the side table only. */
  readonly source: string;
  /** How long after a full sign-in people may come back for uploading without a new code; left out, never. */
  readonly reconnect?: Millis;
  /** Whether an access token for uploading is taken in place of a password. */
  readonly uploadTokens?: boolean;
  /** Who browsers' security keys are used at; left out where they are not. */
  readonly relyingParty?: RelyingParty;
  /** Whether people are let in to whom a gate is closed: to see what is missing. Left out, they are not. */
  readonly beforeGates?: boolean;
}

/**
 * A proof as a door hands it over. A public key counts only once the door has verified its signature. A mailed code is
 * used up by it, a mailed link is not: what it is for uses it up in its own transaction. `reconnection` stands in place
 * of a code: somebody comes back. When that is not possible nothing has happened, and the outcome is `more` as before.
 * A `security-key` stands in the place of a token, and a `passkey` names its owner itself where no name
 * was typed.
 */
export type Proof =
  | { readonly kind: 'publickey'; readonly blob: Uint8Array }
  | { readonly kind: 'password'; readonly password: string }
  | { readonly kind: 'token'; readonly code: string }
  | { readonly kind: 'mail'; readonly purpose: MailedPurpose; readonly shown: ShownMailedProof }
  | KeyProof
  | { readonly kind: 'reconnection' };

/** A sign-in under way: plain data; a door keeps the newest and hands it back. */
export interface SignInAttempt {
  readonly entrance: Entrance;
  readonly policy: SignInPolicy;
  readonly name: string;
  readonly given: readonly ProofKind[];
  /** What was given beside codes: the fingerprints of keys, and a mark for a password. */
  readonly marks: readonly string[];
  /** The person has asked for a full session, though they could come back without a code. */
  readonly wantsCode: boolean;
  /** An emergency code stood in for the token. */
  readonly inEmergency?: true;
}

/** Somebody who is in. Rights are not in it: they are looked up whenever something is done. */
export interface Session {
  readonly id: SessionId;
  readonly account: AccountId;
  readonly name: string;
  readonly side: Side;
  readonly door: string;
  /** What a session without a full sign-in is limited to; null after a full one. */
  readonly scopes: readonly TokenScope[] | null;
  /** The one upload that it may go on with, and nothing else; left out for all others. */
  readonly upload?: FileId;
  /** What it ends with, beside its account; left out where sessions live for one call. */
  readonly footing?: Footing;
  /** An emergency code stood in for the token that opened it, and there is no new one yet. */
  readonly inEmergency?: true;
  /** An invitation opened it, for the activation of the account alone. */
  readonly inActivation?: true;
}

/** Why a proof was not looked at, right or wrong, and when to try again. */
export interface HeldBack {
  /** Too many were wrong before, of this name or from here; or too many passwords wait. */
  readonly why: 'too-many-failures' | 'busy';
  readonly until: Instant;
}

/** What keeps somebody out who has proven who they are: a freeze, or gates, with what is missing in words. */
export type KeptOut = { readonly by: 'freeze' } | { readonly by: 'gates'; readonly words: string };

/**
 * How a proof was taken. `more` says which proofs may follow; a denial never says which part was wrong. `heldBack`
 * says the same of names that exist and names that do not. `keptOut`: all proofs were right, and a freeze or gates
 * keep the person out, who may be told so.
 */
export type SignInStep =
  | { readonly outcome: 'granted'; readonly session: Session }
  | { readonly outcome: 'more'; readonly attempt: SignInAttempt; readonly next: readonly ProofKind[] }
  | { readonly outcome: 'denied'; readonly keptOut?: KeptOut; readonly heldBack?: HeldBack };

/** What people add to their name when they want to be asked for a code, and be let in fully. No name has a plus. */
const WANTS_CODE = '+code';

/** Begins a sign-in. Says nothing about whether the name exists. `alice+code` is alice, who wants to give a code. */
export function beginSignIn(entrance: Entrance, policy: SignInPolicy, typed: string): SignInAttempt {
  const wantsCode = typed.endsWith(WANTS_CODE);
  const name = wantsCode ? typed.slice(0, -WANTS_CODE.length) : typed;
  return { entrance, policy, name, given: [], marks: [], wantsCode };
}

/**
 * The one authentication function of all doors: takes one proof of an attempt.
 *
 * An exception in it means denied, for the caller too. A token code is consumed in the ledger, so that it opens
 * one door once. What can be guessed is held back by the guard when too much was guessed. From an address that the
 * account may not come from, a right proof is a wrong one. The account's status, and whether a freeze covers it or the
 * door, is looked at last, after every proof. The time that an unknown name takes is the time that a wrong password
 * takes. Grants and denials are audited, denials with their reason. A security key is never held back by a name's score,
 * like a public key: nobody guesses a signature.
 */
export async function giveProof(deps: SignIns, attempt: SignInAttempt, proof: Proof): Promise<SignInStep> {
  const step = await take(deps, attempt, proof);
  if (step.outcome === 'granted') deps.guard.succeeded(attempt.entrance.source, step.session.account);
  return step;
}

async function take(deps: SignIns, attempt: SignInAttempt, proof: Proof): Promise<SignInStep> {
  if (proof.kind === 'reconnection') return comeBack(deps, attempt);
  if (proof.kind === 'password' && isForUploadToken(attempt, proof.password)) {
    return enterWithToken(deps, attempt, proof.password);
  }
  const kind = proof.kind === 'security-key' ? 'token' : proof.kind;
  const allowed = nextProofs(attempt.policy, attempt.given).includes(kind);
  const account = await whoGives(deps, attempt, proof);
  const visitor = visitorOf(attempt, account);
  const leave = deps.guard.mayTry(visitor, proof.kind === 'security-key' ? 'passkey' : proof.kind);
  if (leave.kind === 'held-back') return heldBack('too-many-failures', leave.until);
  const credentials = account === null ? null : await deps.ledger.credentialsOf(account.id);
  let mark: Mark = null;
  try {
    mark = await prove(
      deps,
      attempt.entrance,
      leave.kind === 'blind' ? null : credentials,
      proof,
      visitor,
      leave,
    );
  } finally {
    await deps.guard.tried(visitor, leave, mark !== null);
  }
  if (mark === 'busy') {
    const until = deps.guard.holdsBack(visitor);
    if (until !== null) return heldBack('too-many-failures', until);
    return heldBack('busy', deps.clock.now() + BUSY);
  }
  if (!allowed || mark === null || account === null) {
    const reason = leave.kind === 'blind' ? 'held-back' : 'proof';
    return deny(deps, attempt, proof.kind, reason, account, secretOf(proof));
  }
  if (!allowsSource(account.sources, attempt.entrance.source)) {
    return deny(deps, attempt, proof.kind, 'source', account);
  }
  const given = [...attempt.given, kind];
  const { name } = account;
  const marks = mark.left === '' ? attempt.marks : [...attempt.marks, mark.left];
  const next = { ...attempt, name, given, marks, ...(mark.inEmergency && { inEmergency: true as const }) };
  if (!isSufficient(attempt.policy, given)) {
    return { outcome: 'more', attempt: next, next: nextProofs(attempt.policy, given) };
  }
  const may = await mayComeIn(deps, attempt.entrance, account.id);
  if (!may.ok) return keepOut(deps, attempt, proof.kind, may, account);
  return { outcome: 'granted', session: await grantFully(deps, next, account) };
}

function heldBack(why: HeldBack['why'], until: Instant): SignInStep {
  return { outcome: 'denied', heldBack: { why, until } };
}

/** Whether a public key would be taken as the next proof, for SSH's query without signature. Proves nothing. */
export async function wouldAcceptKey(
  deps: SignIns,
  attempt: SignInAttempt,
  blob: Uint8Array,
): Promise<boolean> {
  if (!nextProofs(attempt.policy, attempt.given).includes('publickey')) return false;
  const account = await lookUp(deps, attempt.name);
  if (account?.status !== 'active' || !allowsSource(account.sources, attempt.entrance.source)) return false;
  const credentials = await deps.ledger.credentialsOf(account.id);
  return credentials !== null && findKey(credentials, blob) !== null;
}

type GivenProof = Exclude<Proof, { kind: 'reconnection' }>;

/** Who is to be let in: by the name that was typed, or else as a passkey says. */
async function whoGives(deps: SignIns, attempt: SignInAttempt, proof: GivenProof): Promise<Account | null> {
  if (attempt.name !== '' || proof.kind !== 'passkey') return lookUp(deps, attempt.name);
  const holder = await holderOf(deps, attempt.entrance, proof.assertion);
  return holder === null ? null : deps.ledger.accountById(holder);
}

/**
 * What a right proof leaves behind: the mark of a returning visit, or nothing, for a code. Null for a wrong one, and
 * `busy` when it could not be looked at.
 */
type Mark = { readonly left: string; readonly inEmergency?: true } | 'busy' | null;

/** When somebody who was sent away because too many passwords waited may try again. */
const BUSY: Millis = 30 * SECOND;

async function prove(
  deps: SignIns,
  entrance: Entrance,
  credentials: Credentials | null,
  proof: GivenProof,
  visitor: Visitor,
  leave: Leave,
): Promise<Mark> {
  switch (proof.kind) {
    case 'publickey': {
      const key = credentials === null ? null : findKey(credentials, proof.blob);
      return key === null ? null : { left: key.fingerprint };
    }
    case 'password': {
      const hash = credentials?.passwordHash ?? null;
      const isKnown = leave.kind === 'look' && leave.isKnown;
      const isWanted = () => leave.kind === 'blind' || deps.guard.holdsBack(visitor) === null;
      const { password } = proof;
      const matches = await deps.passwords.verify(password, hash ?? (await decoyHash()), isKnown, isWanted);
      if (matches === null) return 'busy';
      return hash !== null && matches ? { left: PASSWORD_MARK } : null;
    }
    case 'token': {
      if (credentials === null) return null;
      const used = await useTokenCode(deps, credentials, proof.code, entrance);
      if (used === null) return null;
      return used === 'token' ? { left: '' } : { left: '', inEmergency: true };
    }
    case 'mail': {
      if (credentials === null) return null;
      const showing = { ...proof, account: credentials.account, side: entrance.side };
      return (await useMailedProof(deps, showing)) ? { left: '' } : null;
    }
    case 'passkey':
    case 'security-key':
      return (await provesByKey(deps, entrance, credentials?.account ?? null, proof)) ? { left: '' } : null;
  }
}

/** What somebody guessed; null for what nobody does. */
function secretOf(proof: GivenProof): string | null {
  if (proof.kind === 'password') return proof.password;
  return proof.kind === 'token' ? proof.code : null;
}

function findKey(credentials: Credentials, blob: Uint8Array): SshKey | null {
  const given = Buffer.from(blob).toString('base64');
  return credentials.sshKeys.find((key) => sameText(key.blob, given)) ?? null;
}

let decoy: Promise<string> | null = null;

/** The hash that an unknown name's password is checked against, so that the answer takes as long. */
function decoyHash(): Promise<string> {
  decoy ??= hashPassword('nobody has this password');
  return decoy;
}
