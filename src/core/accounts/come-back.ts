import { admission, keysIn, lookUp, makeSession, visitOf } from './grant.ts';
import { mayStillAct } from './may-act.ts';
import type { SignInAttempt, SignInStep, SignIns } from './sign-in.ts';
import { isSufficient, nextProofs } from './sign-in-policy.ts';
import { allowsSource } from './source-ranges.ts';

/**
 * Lets somebody in again for uploading, whose proofs lack only the code, and who gave one from this address within
 * the site's time. Otherwise nothing happens, and the attempt goes on. The account's status is looked at last.
 */
export async function comeBack(deps: SignIns, attempt: SignInAttempt): Promise<SignInStep> {
  const { entrance, policy, given } = attempt;
  const goesOn = { outcome: 'more', attempt, next: nextProofs(policy, given) } as const;
  if (entrance.reconnect === undefined || entrance.side !== 'outside' || attempt.wantsCode) return goesOn;
  if (given.includes('token') || !isSufficient(policy, [...given, 'token'])) return goesOn;
  const account = await lookUp(deps, attempt.name);
  const visit = account === null ? null : visitOf(attempt, account);
  if (account === null || visit === null) return goesOn;
  const at = deps.clock.now();
  const kept = await deps.ledger.reconnectionFor(visit, at);
  // The site may have shortened the time since, or the clock been set back.
  if (kept === null || at < kept.at || at >= kept.at + entrance.reconnect) return goesOn;
  if (!allowsSource(account.sources, entrance.source)) return goesOn;
  const footing = { source: entrance.source, keys: keysIn(attempt), reconnection: kept.id, token: null };
  const session = makeSession(account, entrance, at, ['upload'], footing);
  // Whom a freeze or a gate keeps out is told so after a code.
  if (!(await mayStillAct(deps, session)).ok) return goesOn;
  const record = admission(session, entrance, at, [...given, 'reconnection']);
  return (await deps.ledger.useReconnection(kept.id, at, [record]))
    ? { outcome: 'granted', session }
    : goesOn;
}
