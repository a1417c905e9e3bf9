import type { Account } from '../../accounts/account.ts';
import type { Actor } from '../../audit/events.ts';
import { type Clock, isoTime } from '../../kit/clock.ts';
import type { Sha256 } from '../../kit/digest.ts';
import type { CustodyLedger, Ledger } from '../ports.ts';

const MARK = 'ledger-restored';

/** What is known of a restoration. Sizes are rows of the audit log. */
export interface Restoration {
  /** The log as the backup had it. */
  readonly size: number;
  readonly root: Sha256;
  /** When the backup was made, ISO 8601. */
  readonly backedUpAt: string;
  /** Rows of the log that was replaced; null when there was none, or it could not be read. */
  readonly replaced: number | null;
  /** Why it was put over a newer one; null when it was not. */
  readonly overNewer: string | null;
}

/**
 * Notes in a ledger that it is an older one, put back: nothing is destroyed by it until somebody says so, because it
 * does not know what happened since. The event names size and root, so that auditors can tell this from a theft of
 * rows. Call before the ledger is put in its place.
 */
export async function noteRestored(
  ledger: Ledger,
  clock: Clock,
  actor: Actor,
  restoration: Restoration,
): Promise<void> {
  const at = clock.now();
  const { overNewer, ...data } = restoration;
  const why = `it was restored at ${isoTime(at)} from a backup of ${data.backedUpAt}, and does not know what happened between`;
  const event = {
    type: 'ledger-restored',
    subjects: {},
    data: { ...data, overNewer: overNewer !== null },
    ...(overNewer !== null && { personal: { reason: overNewer } }),
  } as const;
  await ledger.changeMark(MARK, await ledger.readMark(MARK), why, [{ at, actor, event }]);
}

/** Why nothing is destroyed after a restoration, in words; null when there was none, or it was accepted. */
export async function whyRestored(ledger: Pick<CustodyLedger, 'readMark'>): Promise<string | null> {
  const mark = await ledger.readMark(MARK);
  return mark === null || mark === '' ? null : mark;
}

/**
 * Somebody has compared disk and ledger and says that destruction may go on. False, and nothing changed, when there
 * is nothing to accept.
 */
export async function acceptRestored(
  ledger: Ledger,
  clock: Clock,
  actor: Actor,
  { by, reason }: { readonly by: Account; readonly reason: string },
): Promise<boolean> {
  const mark = await ledger.readMark(MARK);
  if (mark === null || mark === '') return false;
  const at = clock.now();
  const event = {
    type: 'restore-accepted',
    subjects: {},
    data: { by: by.id },
    personal: { reason },
  } as const;
  return ledger.changeMark(MARK, mark, '', [{ at, actor, event }]);
}
