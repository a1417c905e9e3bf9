import { sha256 } from '../kit/digest.ts';
import { parseId, type SessionId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { AccessToken, Account, TokenScope } from './account.ts';
import { admission, denial, deny, keepOut, lookUp, makeSession, mayComeIn } from './grant.ts';
import { sameText } from './same-text.ts';
import type { Entrance, Session, SignInAttempt, SignInStep, SignIns } from './sign-in.ts';
import { allowsSource } from './source-ranges.ts';

/** Why an access token was refused. One answer for unknown, wrong and revoked: a stranger learns nothing. */
export type TokenRefusal = 'token-invalid' | 'token-expired' | 'token-other-side' | 'token-scope';

/**
 * Signs in with a personal access token, `hgt_` + id + `_` + secret, for one call. It must be of the door's side,
 * live, and hold the scope; the account is looked at last. A token for one upload makes a session for that alone: the
 * caller sees to it that nothing else is done with it.
 */
export async function signInWithToken(
  deps: SignIns,
  entrance: Entrance,
  text: string,
  scope: TokenScope,
): Promise<Result<Session, TokenRefusal>> {
  const found = await findLive(deps, entrance, text, scope);
  if (!found.ok) {
    // What is over, or for something else, was no guess.
    if (found.refusal === 'token-invalid') refused(deps, entrance, null, 'proof', text);
    return found;
  }
  const token = found.value;
  const account = await deps.ledger.accountById(token.account);
  if (account !== null && !allowsSource(account.sources, entrance.source)) {
    refused(deps, entrance, account, 'source', text);
    return refuse('token-invalid');
  }
  if (account?.status !== 'active') return refuse('token-invalid');
  await deps.ledger.touchToken(token.id, deps.clock.now());
  deps.guard.succeeded(entrance.source, account.id);
  return accept(tokenSession(account, entrance, token));
}

function refused(
  deps: SignIns,
  entrance: Entrance,
  account: Account | null,
  reason: 'proof' | 'source',
  text: string,
): void {
  const name = account?.name ?? '';
  const record = denial(deps, entrance, name, 'access-token', reason, account);
  deps.guard.denied({ source: entrance.source, name, account: account?.id ?? null }, record, 'key', text);
}

/** Whether what was typed as a password is to be an access token: where the site takes them, and before any proof. */
export function isForUploadToken({ entrance, given }: SignInAttempt, password: string): boolean {
  return entrance.uploadTokens === true && given.length === 0 && password.startsWith('hgt_');
}

/**
 * Lets somebody in for uploading who gives an access token in place of a password. It must be the account's own, of
 * the door's side, live, and hold the scope, and not be for one upload; a wrong one counts as a wrong password. The
 * account is looked at last.
 */
export async function enterWithToken(
  deps: SignIns,
  attempt: SignInAttempt,
  text: string,
): Promise<SignInStep> {
  const { entrance } = attempt;
  const account = await lookUp(deps, attempt.name);
  const found = entrance.side === 'outside' ? await findLive(deps, entrance, text, 'upload') : null;
  const isTheirs = found?.ok === true && found.value.account === account?.id && found.value.upload === null;
  if (account === null || !isTheirs) {
    return deny(deps, attempt, 'access-token', 'proof', account);
  }
  const token = found.value;
  if (!allowsSource(account.sources, entrance.source)) {
    return deny(deps, attempt, 'access-token', 'source', account);
  }
  const at = deps.clock.now();
  const footing = { source: entrance.source, keys: [], reconnection: null, token: token.id };
  const session = makeSession(account, entrance, at, ['upload'], footing);
  await deps.ledger.touchToken(token.id, at);
  const may = await mayComeIn(deps, entrance, account.id);
  if (!may.ok) return keepOut(deps, attempt, 'access-token', may, account);
  await deps.ledger.appendAudit([admission(session, entrance, at, ['access-token'])]);
  return { outcome: 'granted', session };
}

async function findLive(
  { ledger, clock }: SignIns,
  { side }: Entrance,
  text: string,
  scope: TokenScope,
): Promise<Result<AccessToken, TokenRefusal>> {
  const [, idText, secret] = /^hgt_(tokn_[0-9a-z]{26})_([A-Za-z0-9_-]{43})$/.exec(text) ?? [];
  const id = parseId('tokn', idText ?? '');
  if (id === null || secret === undefined) return refuse('token-invalid');
  const found = await ledger.tokenById(id);
  if (found === null || !sameText(found.secretDigest, sha256(secret))) return refuse('token-invalid');
  const { token } = found;
  if (token.revokedAt !== null) return refuse('token-invalid');
  if (token.expiresAt <= clock.now()) return refuse('token-expired');
  if (token.side !== side) return refuse('token-other-side');
  return token.scopes.includes(scope) ? accept(token) : refuse('token-scope');
}

/** A token's session lives for one call, so its id is derived and no sign-in is logged for each PATCH. */
function tokenSession(account: Account, entrance: Entrance, { id, scopes, upload }: AccessToken): Session {
  return {
    id: id.replace(/^tokn/, 'sess') as SessionId,
    account: account.id,
    name: account.name,
    side: entrance.side,
    door: entrance.door,
    scopes,
    ...(upload !== null && { upload }),
  };
}
