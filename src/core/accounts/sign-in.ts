import { timingSafeEqual } from 'node:crypto';
import type { AuditRecord } from '../audit/events.ts';
import type { Clock } from '../kit/clock.ts';
import { sha256 } from '../kit/digest.ts';
import { type AccountId, newId, parseId, type SessionId, type TokenId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import { type Account, type Credentials, parseAccountName, type Side, type TokenScope } from './account.ts';
import { hashPassword, verifyPassword } from './password.ts';
import type { AccountsLedger } from './ports.ts';
import type { SecretBox } from './secret-box.ts';
import { isSufficient, nextProofs, type ProofKind, type SignInPolicy } from './sign-in-policy.ts';
import { matchTotp } from './totp.ts';

/** What sign-in works with. */
export interface SignIns {
  readonly ledger: AccountsLedger & { appendAudit(records: readonly AuditRecord[]): Promise<void> };
  readonly clock: Clock;
  readonly box: SecretBox;
}

/** Where somebody knocks. `source` is the client's address, for the audit's side table only. */
export interface Entrance {
  readonly side: Side;
  readonly door: string;
  readonly source: string;
}

/** A proof as a door hands it over. A public key counts only once the door has verified its signature. */
export type Proof =
  | { readonly kind: 'publickey'; readonly blob: Uint8Array }
  | { readonly kind: 'password'; readonly password: string }
  | { readonly kind: 'token'; readonly code: string };

/** A sign-in under way: plain data; a door keeps the newest and hands it back. */
export interface SignInAttempt {
  readonly entrance: Entrance;
  readonly policy: SignInPolicy;
  readonly name: string;
  readonly given: readonly ProofKind[];
}

/** Somebody who is in. Rights are not in it: they are looked up whenever something is done. */
export interface Session {
  readonly id: SessionId;
  readonly account: AccountId;
  readonly name: string;
  readonly side: Side;
  readonly door: string;
  /** What a token-based session is limited to; null for a full sign-in. */
  readonly scopes: readonly TokenScope[] | null;
}

/** How a proof was taken. `more` says which proofs may follow; a denial never says which part was wrong. */
export type SignInStep =
  | { readonly outcome: 'granted'; readonly session: Session }
  | { readonly outcome: 'more'; readonly attempt: SignInAttempt; readonly next: readonly ProofKind[] }
  | { readonly outcome: 'denied' };

/** Begins a sign-in. Says nothing about whether the name exists. */
export function beginSignIn(entrance: Entrance, policy: SignInPolicy, name: string): SignInAttempt {
  return { entrance, policy, name, given: [] };
}

/**
 * The one authentication function of all doors: takes one proof of an attempt.
 *
 * An exception in it means denied, for the caller too. A token code is consumed in the ledger, so that it opens
 * one door once. The account's status is looked at last, after every proof. The time that an unknown name takes
 * is the time that a wrong password takes. Grants and denials are audited.
 */
export async function giveProof(deps: SignIns, attempt: SignInAttempt, proof: Proof): Promise<SignInStep> {
  const allowed = nextProofs(attempt.policy, attempt.given).includes(proof.kind);
  const account = await findAccount(deps, attempt.name);
  const credentials = account === null ? null : await deps.ledger.credentialsOf(account.id);
  const proven = await isProven(deps, credentials, proof);
  if (!allowed || !proven || account === null) return deny(deps, attempt, proof.kind, account);
  const given = [...attempt.given, proof.kind];
  if (!isSufficient(attempt.policy, given)) {
    return { outcome: 'more', attempt: { ...attempt, given }, next: nextProofs(attempt.policy, given) };
  }
  const now = await deps.ledger.accountById(account.id);
  if (now?.status !== 'active') return deny(deps, attempt, proof.kind, account);
  return { outcome: 'granted', session: await grant(deps, attempt.entrance, account, given, null) };
}

/** Whether a public key would be taken as the next proof, for SSH's query without signature. Proves nothing. */
export async function wouldAcceptKey(
  deps: SignIns,
  attempt: SignInAttempt,
  blob: Uint8Array,
): Promise<boolean> {
  if (!nextProofs(attempt.policy, attempt.given).includes('publickey')) return false;
  const account = await findAccount(deps, attempt.name);
  if (account?.status !== 'active') return false;
  const credentials = await deps.ledger.credentialsOf(account.id);
  return credentials !== null && hasKey(credentials, blob);
}

/** Why an access token was refused. One answer for unknown, wrong and revoked: a stranger learns nothing. */
export type TokenRefusal = 'token-invalid' | 'token-expired' | 'token-other-side' | 'token-scope';

/**
 * Signs in with a personal access token, `hgt_` + id + `_` + secret, for one call. It must be of the door's side,
 * live, and hold the scope; the account is looked at last.
 */
export async function signInWithToken(
  deps: SignIns,
  entrance: Entrance,
  text: string,
  scope: TokenScope,
): Promise<Result<Session, TokenRefusal>> {
  const [, idText, secret] = /^hgt_(tokn_[0-9a-z]{26})_([A-Za-z0-9_-]{43})$/.exec(text) ?? [];
  const id = parseId('tokn', idText ?? '');
  if (id === null || secret === undefined) return refuse('token-invalid');
  const found = await deps.ledger.tokenById(id);
  if (found === null || !sameText(found.secretDigest, sha256(secret))) return refuse('token-invalid');
  const { token } = found;
  const now = deps.clock.now();
  if (token.revokedAt !== null) return refuse('token-invalid');
  if (token.expiresAt <= now) return refuse('token-expired');
  if (token.side !== entrance.side) return refuse('token-other-side');
  if (!token.scopes.includes(scope)) return refuse('token-scope');
  const account = await deps.ledger.accountById(token.account);
  if (account?.status !== 'active') return refuse('token-invalid');
  await deps.ledger.touchToken(id, now);
  return accept(tokenSession(account, entrance, token.id, token.scopes));
}

/** A person who may not go on: their account was disabled, or is gone. */
export type EntryRefusal = 'account-disabled';

/** Whether the person of a session may still act, as they are now. Every action asks this first. */
export async function mayStillAct(
  ledger: AccountsLedger,
  session: Session,
): Promise<Result<Account, EntryRefusal>> {
  const account = await ledger.accountById(session.account);
  return account?.status === 'active' ? accept(account) : refuse('account-disabled');
}

async function findAccount(deps: SignIns, name: string): Promise<Account | null> {
  const parsed = parseAccountName(name);
  return parsed.ok ? deps.ledger.accountByName(parsed.value) : null;
}

async function isProven(deps: SignIns, credentials: Credentials | null, proof: Proof): Promise<boolean> {
  switch (proof.kind) {
    case 'publickey':
      return credentials !== null && hasKey(credentials, proof.blob);
    case 'password': {
      const hash = credentials?.passwordHash ?? null;
      const matches = await verifyPassword(proof.password, hash ?? (await decoyHash()));
      return hash !== null && matches;
    }
    case 'token':
      return (
        credentials?.totpSealed != null &&
        (await useCode(deps, credentials, credentials.totpSealed, proof.code))
      );
  }
}

async function useCode(
  deps: SignIns,
  owner: Credentials,
  sealed: Uint8Array,
  code: string,
): Promise<boolean> {
  const step = matchTotp(deps.box.open(sealed, owner.account), code, deps.clock.now());
  return step !== null && deps.ledger.consumeTotpStep(owner.account, step);
}

function hasKey(credentials: Credentials, blob: Uint8Array): boolean {
  const given = Buffer.from(blob).toString('base64');
  return credentials.sshKeys.some((key) => sameText(key.blob, given));
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

let decoy: Promise<string> | null = null;

/** The hash that an unknown name's password is checked against, so that the answer takes as long. */
function decoyHash(): Promise<string> {
  decoy ??= hashPassword('nobody has this password');
  return decoy;
}

async function deny(
  deps: SignIns,
  attempt: SignInAttempt,
  proof: ProofKind,
  account: Account | null,
): Promise<SignInStep> {
  const { side, door, source } = attempt.entrance;
  await deps.ledger.appendAudit([
    {
      at: deps.clock.now(),
      actor: { kind: 'system', part: `${door}-door` },
      event: {
        type: 'sign-in-refused',
        subjects: account === null ? {} : { account: account.id },
        data: { side, door, proof },
        personal: { name: attempt.name.slice(0, 64), source },
      },
    },
  ]);
  return { outcome: 'denied' };
}

async function grant(
  deps: SignIns,
  entrance: Entrance,
  account: Account,
  proofs: readonly ProofKind[],
  scopes: readonly TokenScope[] | null,
): Promise<Session> {
  const now = deps.clock.now();
  const { side, door, source } = entrance;
  const id = newId('sess', now);
  await deps.ledger.appendAudit([
    {
      at: now,
      actor: { kind: 'account', account: account.id, side, door },
      event: {
        type: 'signed-in',
        subjects: { account: account.id },
        data: { side, door, proofs: [...proofs], session: id },
        personal: { source },
      },
    },
  ]);
  return { id, account: account.id, name: account.name, side, door, scopes };
}

/** A token's session lives for one call, so its id is derived and no sign-in is logged for each PATCH. */
function tokenSession(
  account: Account,
  entrance: Entrance,
  token: TokenId,
  scopes: readonly TokenScope[],
): Session {
  const id = token.replace(/^tokn/, 'sess') as SessionId;
  return { id, account: account.id, name: account.name, side: entrance.side, door: entrance.door, scopes };
}
