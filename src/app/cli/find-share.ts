import type { Share } from '../../core/projects/project.ts';
import type { Installation } from './installation.ts';
import { orRefuse } from './refusal.ts';

/** The share of a name as somebody typed it, also a closed one. Throws a `Refusal`. */
export async function findShare({ ledger }: Installation, name: string): Promise<Share> {
  const share = await ledger.shareByName(name);
  if (share !== null) return share;
  return orRefuse<never>({ ok: false, refusal: 'share-unknown', detail: `there is no share "${name}"` });
}
