import { accept, type Result, refuse } from '../kit/result.ts';
import { SHORTEST_PASSWORD } from './add-account.ts';
import { hashPassword } from './password.ts';
import { type StepUp, stepUp } from './security-keys/step-up.ts';
import { hintSecurityMail } from './security-notice.ts';
import type { Entrance, Session, SignIns } from './sign-in.ts';

/** Why a password was not changed. One answer for a wrong password and a wrong code or key. */
export type ChangePasswordRefusal = 'password-wrong' | 'password-too-short' | 'session-over';

/**
 * Changes the password of the person of a session, who proves with the present one and a fresh code, or a key,
 * that they are who they were. Whoever may come back without a code may do so no more, and browsers other than this one are signed
 * out; keys and tokens stay.
 */
export async function changePassword(
  deps: SignIns,
  session: Session,
  entrance: Entrance,
  proof: Exclude<StepUp, { kind: 'passkey' }>,
  next: string,
): Promise<Result<void, ChangePasswordRefusal>> {
  if (next.length < SHORTEST_PASSWORD) {
    return refuse('password-too-short', `a password has at least ${SHORTEST_PASSWORD} characters`);
  }
  if (!(await stepUp(deps, session, entrance, proof))) return refuse('password-wrong');
  const { account, side, door } = session;
  const passwordHash = await hashPassword(next);
  const changed = await deps.ledger.changeCredentials(account, { passwordHash, keepSession: session.id }, [
    {
      at: deps.clock.now(),
      actor: { kind: 'account', account, side, door },
      event: { type: 'password-changed', subjects: { account }, personal: { source: entrance.source } },
    },
  ]);
  if (changed !== 'changed') return refuse('session-over');
  hintSecurityMail(deps, account);
  return accept(undefined);
}
