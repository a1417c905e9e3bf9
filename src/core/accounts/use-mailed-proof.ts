import type { AccountId } from '../kit/ids.ts';
import type { Side } from './account.ts';
import { isLiveProof, MAILED_PROOFS, type MailedPurpose, type ShownMailedProof } from './mailed-proof.ts';
import { sameText } from './same-text.ts';
import type { SignIns } from './sign-in.ts';

/** What was shown, by whom, where, and for what. */
interface Showing {
  readonly account: AccountId;
  readonly side: Side;
  readonly purpose: MailedPurpose;
  readonly shown: ShownMailedProof;
}

/**
 * Whether somebody has shown a live proof that was mailed to them, for that purpose and at that side. A code is used up,
 * or one wrong try is counted against it; a link is left for the change that it is for.
 */
export async function useMailedProof(
  { ledger, clock }: SignIns,
  { account, side, purpose, shown }: Showing,
): Promise<boolean> {
  const found = await ledger.mailedProofById(shown.id);
  const at = clock.now();
  if (found === null || !isLiveProof(found.proof, at)) return false;
  const { proof, secretDigest } = found;
  if (proof.account !== account || proof.side !== side || proof.purpose !== purpose) return false;
  if (MAILED_PROOFS[purpose].form === 'code') return ledger.tryMailedProof(shown, at);
  return secretDigest !== null && sameText(secretDigest, shown.digest);
}
