import type { Instant } from '../../kit/clock.ts';
import { timeOfId } from '../../kit/ids.ts';
import type { Intake } from '../custody.ts';
import type { ImpliedWork } from '../implied-work.ts';

/** Since when work waits: since its file last moved, or its oldest mail was written. Null when that is not known. */
export async function waitingSince(
  { ledger }: Pick<Intake, 'ledger'>,
  work: ImpliedWork,
): Promise<Instant | null> {
  if ('ref' in work) {
    const last = (await ledger.auditOf({ file: work.ref.id })).at(-1);
    return last === undefined ? null : Date.parse((JSON.parse(last.entry) as { readonly at: string }).at);
  }
  if (work.job === 'send-notices') {
    const [oldest] = await ledger.pendingNotices(work.account, 1);
    return oldest?.at ?? null;
  }
  if (work.job === 'send-security-mails') {
    const [oldest] = await ledger.pendingSecurityNotices(work.account, 1);
    return oldest === undefined ? null : timeOfId(oldest.id);
  }
  return null;
}
