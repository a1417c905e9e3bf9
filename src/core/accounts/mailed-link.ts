import type { Account, Side } from './account.ts';
import { isLiveProof, type MailedPurpose, parseMailedLink, type ShownMailedProof } from './mailed-proof.ts';
import { sameText } from './same-text.ts';
import type { SignIns } from './sign-in.ts';

/** A mailed link that still holds, and whose it is. */
export interface LiveLink {
  readonly account: Account;
  readonly shown: ShownMailedProof;
}

/** Looks up what stood in a link; null when it is none, is for something else or the other side, was used, or is over. */
export async function findMailedLink(
  { ledger, clock }: SignIns,
  { side, purpose }: { readonly side: Side; readonly purpose: MailedPurpose },
  link: string,
): Promise<LiveLink | null> {
  const shown = parseMailedLink(link);
  const found = shown === null ? null : await ledger.mailedProofById(shown.id);
  if (shown === null || found === null || found.secretDigest === null) return null;
  const { proof, secretDigest } = found;
  if (!sameText(secretDigest, shown.digest) || !isLiveProof(proof, clock.now())) return null;
  if (proof.purpose !== purpose || proof.side !== side) return null;
  const account = await ledger.accountById(proof.account);
  return account === null ? null : { account, shown };
}
