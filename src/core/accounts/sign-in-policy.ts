import { accept, type Result, refuse } from '../kit/result.ts';

/** What a person can prove at a door, and `sign_in` of an SFTP door can ask for. */
const PROOF_KINDS = ['publickey', 'password', 'token'] as const;

/**
 * What a person can prove. `passkey`: a security key that has verified who holds it, in a browser. `mail`: that they
 * read their mailbox, by a mailed code or link; no site's `sign_in` asks for it.
 */
export type ProofKind = (typeof PROOF_KINDS)[number] | 'passkey' | 'mail';

/** Alternatives, each sufficient; within one, all proofs are needed, in that order. */
export type SignInPolicy = readonly (readonly ProofKind[])[];

/** Parses one alternative of an SFTP door's `sign_in`, such as `publickey` or `password+token`. */
export function parseAlternative(text: string): Result<readonly ProofKind[], 'sign-in-unknown'> {
  const proofs: ProofKind[] = [];
  for (const word of text.split('+')) {
    const kind = PROOF_KINDS.find((known) => known === word.trim());
    if (kind === undefined || proofs.includes(kind)) {
      return refuse('sign-in-unknown', `"${text}" is not one of, or a + between, ${PROOF_KINDS.join(', ')}`);
    }
    proofs.push(kind);
  }
  return accept(proofs);
}

/** The proofs that may come next after those given; empty when none can. */
export function nextProofs(policy: SignInPolicy, given: readonly ProofKind[]): readonly ProofKind[] {
  const next = policy
    .filter((alternative) => given.every((proof, i) => alternative[i] === proof))
    .map((alternative) => alternative[given.length])
    .filter((proof) => proof !== undefined);
  return [...new Set(next)];
}

/** True when the given proofs complete one alternative. */
export function isSufficient(policy: SignInPolicy, given: readonly ProofKind[]): boolean {
  return policy.some(
    (alternative) =>
      alternative.length === given.length && alternative.every((proof, i) => given[i] === proof),
  );
}
