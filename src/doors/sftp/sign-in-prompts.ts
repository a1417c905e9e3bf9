import type { ProofKind, SignInPolicy } from '../../core/accounts/sign-in-policy.ts';
import { nextProofs } from '../../core/accounts/sign-in-policy.ts';

/** The SSH methods by which a proof can be given (RFC 4252 section 5, RFC 4256). */
export type Method = 'publickey' | 'password' | 'keyboard-interactive';

/** A proof that can be asked for in words. */
export type PromptedProof = 'password' | 'token';

/** What keyboard-interactive asks, with nothing echoed. */
export const PROMPTS = { password: 'Password: ', token: 'Token: ' } as const satisfies Record<
  PromptedProof,
  string
>;

/**
 * The methods that can go on from the proofs given, for the answer to a method that did not finish. `uploadTokens`:
 * an access token is taken in place of a first password.
 */
export function methodsFor(
  policy: SignInPolicy,
  given: readonly ProofKind[],
  uploadTokens: boolean,
): Method[] {
  const next = nextProofs(policy, given);
  const methods: Method[] = [];
  if (next.includes('publickey')) methods.push('publickey');
  if (promptsFor(policy, given).length > 0) methods.push('keyboard-interactive');
  if (next.includes('password') || (uploadTokens && given.length === 0)) methods.push('password');
  return methods;
}

/**
 * The proofs that one keyboard-interactive exchange asks for: as far as the first alternative that goes on from the
 * proofs given can be typed. They are asked for together, so that nobody learns which of them was wrong.
 */
export function promptsFor(policy: SignInPolicy, given: readonly ProofKind[]): readonly PromptedProof[] {
  for (const alternative of policy) {
    if (!given.every((proof, i) => alternative[i] === proof)) continue;
    const prompts: PromptedProof[] = [];
    for (const proof of alternative.slice(given.length)) {
      if (proof !== 'password' && proof !== 'token') break;
      prompts.push(proof);
    }
    if (prompts.length > 0) return prompts;
  }
  return [];
}
