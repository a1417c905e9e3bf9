import type { Side } from './account.ts';
import type { SecurityKey } from './security-keys/security-key.ts';
import type { ProofKind, SignInPolicy } from './sign-in-policy.ts';

/** How people sign in at a portal, and whose security keys are taken there. */
export interface PortalWays {
  readonly policy: SignInPolicy;
  readonly side: Side;
  /** The RP ID of its security keys; null where none are taken. */
  readonly rpId: string | null;
}

/** What somebody has to sign in with in a browser. */
export interface Holdings {
  readonly hasPassword: boolean;
  /** They have a soft token, or a hard one that is neither lost nor over. */
  readonly hasCodes: boolean;
  readonly keys: readonly Pick<SecurityKey, 'side' | 'rpId' | 'verifiesUser'>[];
}

/**
 * Whether somebody can do all that one alternative of a portal's `sign_in` asks for. Asked before a person takes away
 * something of their own, since who cannot sign in cannot make another one.
 */
export function hasWayIn(
  { hasPassword, hasCodes, keys }: Holdings,
  { policy, side, rpId }: PortalWays,
): boolean {
  const here = keys.filter((key) => key.side === side && key.rpId === rpId);
  const can: Readonly<Record<ProofKind, boolean>> = {
    password: hasPassword,
    token: hasCodes || here.length > 0,
    passkey: here.some(({ verifiesUser }) => verifiesUser),
    publickey: false,
    mail: false,
  };
  return policy.some((alternative) => alternative.every((proof) => can[proof]));
}
