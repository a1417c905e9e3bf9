import type { Actor, AuditEvent, AuditEventType } from '../../audit/events.ts';
import { newId, parseId } from '../../kit/ids.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import type { AccountsAdmin } from '../add-account.ts';
import { findAccount, type UnknownAccount } from '../change-account.ts';
import type { SecretBox } from '../secret-box.ts';
import { hintSecurityMail } from '../security-notice.ts';
import type { Session } from '../sign-in.ts';
import type { HardToken, Seed } from './hard-token.ts';
import { matchTwoCodes } from './match-code.ts';
import type { HardTokenChange } from './ports.ts';

/** Why a hard token stays as it is. */
export type HardTokenRefusal =
  | UnknownAccount
  | 'hard-token-unknown'
  | 'hard-token-taken'
  | 'hard-token-spare'
  | 'hard-token-lost'
  | 'hard-token-changed'
  | 'codes-wrong';

/** What came of an import. */
export interface ImportedTokens {
  readonly added: readonly HardToken[];
  /** Serials that were there already, and were left as they are. */
  readonly known: readonly string[];
}

/** Takes seeds in, all together; they open nothing until they are assigned. Safe to run twice with the same file. */
export async function importHardTokens(
  deps: AccountsAdmin & { readonly box: SecretBox },
  actor: Actor,
  seeds: readonly Seed[],
): Promise<ImportedTokens> {
  const now = deps.clock.now();
  const tokens = seeds.map((seed): HardToken => {
    const { secret, counter, ...rest } = seed;
    const id = newId('htok', now);
    const none = { account: null, assignedAt: null, lastUsedAt: null, lostAt: null };
    return {
      ...rest,
      ...none,
      id,
      sealed: deps.box.seal(secret, id),
      usedUpTo: seed.kind === 'hotp' ? counter - 1 : -1,
      importedAt: now,
    };
  });
  const known = await deps.ledger.addHardTokens(
    tokens.map((token) => ({
      token,
      audit: { at: now, actor, event: tokenEvent('hard-token-imported', token) },
    })),
  );
  return { added: tokens.filter(({ serial }) => !known.includes(serial)), known };
}

/** Gives a spare token to a person. They may have several. */
export async function assignHardToken(
  deps: AccountsAdmin,
  actor: Actor,
  serial: string,
  name: string,
): Promise<Result<HardToken, HardTokenRefusal>> {
  const account = await findAccount(deps, name);
  if (!account.ok) return account;
  const found = await find(deps, serial);
  if (!found.ok) return found;
  const { id } = account.value;
  if (found.value.account === id) return found;
  if (found.value.account !== null)
    return refuse('hard-token-taken', `the token ${serial} is somebody's; unassign it first`);
  const change = { account: id, assignedAt: deps.clock.now() };
  return apply(deps, actor, found.value, change, 'hard-token-assigned');
}

/** Takes a token back: it opens nothing, and can be given to somebody else. Sessions that it may have opened end. */
export async function unassignHardToken(
  deps: AccountsAdmin,
  actor: Actor,
  serial: string,
): Promise<Result<HardToken, HardTokenRefusal>> {
  const found = await find(deps, serial);
  if (!found.ok) return found;
  if (found.value.account === null) return refuse('hard-token-spare', `nobody has the token ${serial}`);
  return apply(deps, actor, found.value, { account: null, assignedAt: null }, 'hard-token-unassigned');
}

/** Says that a token is lost: from then on it opens nothing, for nobody, and is given to nobody. */
export async function reportHardTokenLost(
  deps: AccountsAdmin,
  actor: Actor,
  serial: string,
): Promise<Result<HardToken, HardTokenRefusal>> {
  const found = await find(deps, serial);
  if (!found.ok) return found.refusal === 'hard-token-lost' ? lostBefore(deps, serial) : found;
  return apply(deps, actor, found.value, { lostAt: deps.clock.now() }, 'hard-token-lost');
}

/** The person of a session says that a token of theirs is lost. This browser stays signed in, others do not. */
export async function reportOwnHardTokenLost(
  deps: AccountsAdmin,
  { id: keepSession, account, side, door }: Session,
  which: string,
): Promise<Result<HardToken, 'hard-token-unknown' | 'hard-token-changed'>> {
  const id = parseId('htok', which);
  const token = (await deps.ledger.hardTokensOf(account)).find((one) => one.id === id);
  if (token === undefined) return refuse('hard-token-unknown');
  const change = { lostAt: deps.clock.now(), keepSession };
  return apply(deps, { kind: 'account', account, side, door }, token, change, 'hard-token-lost');
}

/**
 * Finds a token again whose counter or clock has gone away, by two codes in a row (RFC 4226 section 7.4, RFC 6238
 * section 6). Both are used up.
 */
export async function resynchroniseHardToken(
  deps: AccountsAdmin & { readonly box: SecretBox },
  actor: Actor,
  serial: string,
  codes: readonly [string, string],
): Promise<Result<HardToken, HardTokenRefusal>> {
  const found = await find(deps, serial);
  if (!found.ok) return found;
  const token = found.value;
  const place = matchTwoCodes(token, deps.box.open(token.sealed, token.id), codes, deps.clock.now());
  if (place === null) return refuse('codes-wrong');
  return apply(deps, actor, token, { place }, 'hard-token-resynchronised');
}

async function find(
  { ledger }: AccountsAdmin,
  serial: string,
): Promise<Result<HardToken, 'hard-token-unknown' | 'hard-token-lost'>> {
  const token = await ledger.hardTokenBySerial(serial);
  if (token === null) return refuse('hard-token-unknown', `there is no hard token "${serial}"`);
  return token.lostAt === null ? accept(token) : refuse('hard-token-lost', `the token ${serial} is lost`);
}

async function lostBefore(
  { ledger }: AccountsAdmin,
  serial: string,
): Promise<Result<HardToken, 'hard-token-unknown'>> {
  const token = await ledger.hardTokenBySerial(serial);
  return token === null ? refuse('hard-token-unknown') : accept(token);
}

async function apply(
  deps: AccountsAdmin,
  actor: Actor,
  token: HardToken,
  change: HardTokenChange,
  type: AuditEventType,
): Promise<Result<HardToken, 'hard-token-changed'>> {
  const owner = change.account ?? token.account;
  const event = tokenEvent(type, { ...token, account: owner });
  const changed = await deps.ledger.changeHardToken(token, change, { at: deps.clock.now(), actor, event });
  if (!changed) return refuse('hard-token-changed', 'somebody has changed this token meanwhile; try again');
  if (owner !== null) hintSecurityMail(deps, owner);
  const { place, keepSession: _, ...rest } = change;
  return accept({
    ...token,
    ...rest,
    ...(place !== undefined && { usedUpTo: place.position, drift: place.drift }),
  });
}

function tokenEvent(type: AuditEventType, token: HardToken): AuditEvent {
  const { id, account, kind, hash, digits, serial } = token;
  return {
    type,
    subjects: { hardToken: id, ...(account !== null && { account }) },
    data: { kind, hash, digits },
    personal: { serial },
  };
}
