import { accept, type Result, refuse } from '../kit/result.ts';
import { SHORTEST_PASSWORD } from './add-account.ts';
import { hashPassword } from './password.ts';
import { hintSecurityMail } from './security-notice.ts';
import { beginSignIn, type Entrance, giveProof, type Session, type SignIns } from './sign-in.ts';

/** Why a password was not changed. One answer for a wrong password and a wrong code. */
export type ChangePasswordRefusal = 'password-wrong' | 'password-too-short';

/**
 * Changes the password of the person of a session, who proves with the present one and a fresh code that they are
 * who they were. Whoever may come back without a code may do so no more, and browsers other than this one are signed
 * out; keys and tokens stay.
 */
export async function changePassword(
  deps: SignIns,
  session: Session,
  entrance: Entrance,
  given: { readonly current: string; readonly code: string; readonly next: string },
): Promise<Result<void, ChangePasswordRefusal>> {
  if (given.next.length < SHORTEST_PASSWORD) {
    return refuse('password-too-short', `a password has at least ${SHORTEST_PASSWORD} characters`);
  }
  if (!(await isProven(deps, session, entrance, given))) return refuse('password-wrong');
  const { account, side, door } = session;
  const passwordHash = await hashPassword(given.next);
  await deps.ledger.changeCredentials(account, { passwordHash, keepSession: session.id }, [
    {
      at: deps.clock.now(),
      actor: { kind: 'account', account, side, door },
      event: { type: 'password-changed', subjects: { account }, personal: { source: entrance.source } },
    },
  ]);
  hintSecurityMail(deps, account);
  return accept(undefined);
}

async function isProven(
  deps: SignIns,
  { name }: Session,
  entrance: Entrance,
  { current, code }: { readonly current: string; readonly code: string },
): Promise<boolean> {
  const attempt = beginSignIn(entrance, [['password', 'token']], name);
  const first = await giveProof(deps, attempt, { kind: 'password', password: current });
  if (first.outcome !== 'more') return false;
  const second = await giveProof(deps, first.attempt, { kind: 'token', code });
  return second.outcome === 'granted';
}
