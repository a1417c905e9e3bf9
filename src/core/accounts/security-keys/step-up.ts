import { beginSignIn, type Entrance, giveProof, type Session, type SignIns } from '../sign-in.ts';
import type { SignInPolicy } from '../sign-in-policy.ts';
import type { KeyAssertion } from './security-key.ts';

/**
 * How somebody who is signed in proves again who they are: password and code, password and a key, or a key alone that
 * verifies who holds it. In a session that an emergency code or an invitation has opened there is no code, and the
 * password is enough.
 */
export type StepUp =
  | { readonly kind: 'code'; readonly password: string; readonly code: string }
  | { readonly kind: 'security-key'; readonly password: string; readonly assertion: KeyAssertion }
  | { readonly kind: 'passkey'; readonly assertion: KeyAssertion };

/**
 * Whether the person of a session has proven again who they are, by the one authentication function: what is wrong
 * counts as a failed sign-in, and a code is used up.
 */
export async function stepUp(
  deps: SignIns,
  { id, name }: Session,
  entrance: Entrance,
  proof: StepUp,
): Promise<boolean> {
  if (proof.kind === 'passkey') {
    const attempt = beginSignIn(entrance, [['passkey']], name);
    const step = await giveProof(deps, attempt, { kind: 'passkey', assertion: proof.assertion });
    return step.outcome === 'granted';
  }
  const session = (await deps.ledger.webSessionById(id))?.session;
  const hasNoToken =
    proof.kind === 'code' && (session?.inEmergency === true || session?.inActivation === true);
  const policy: SignInPolicy = hasNoToken ? [['password']] : [['password', 'token']];
  const attempt = beginSignIn(entrance, policy, name);
  const first = await giveProof(deps, attempt, { kind: 'password', password: proof.password });
  if (first.outcome !== 'more') return first.outcome === 'granted';
  const second = await giveProof(
    deps,
    first.attempt,
    proof.kind === 'code'
      ? { kind: 'token', code: proof.code }
      : { kind: 'security-key', purpose: 'step-up', assertion: proof.assertion },
  );
  return second.outcome === 'granted';
}
