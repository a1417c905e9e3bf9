import type { Session } from '../../accounts/sign-in.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import type { Intake } from '../custody.ts';
import { openWorking } from '../shares/open-working.ts';
import type { SharePlace } from '../shares/ports.ts';
import { mayInShare } from '../shares/share-access.ts';
import type { ShareRefusal } from '../shares/working-refusal.ts';
import { digestTurnsOf } from '../turns.ts';
import type { DigestQuery, DigestRefusal } from './digest-query.ts';
import { fromReader, readDigests } from './read-digests.ts';

const READ = { read: true, write: false, create: false, exclusive: false, truncate: false } as const;

/**
 * A digest of a working file, with the right to read. It is computed each time: people and programs change it as they
 * like, also while it is read, and what is told then is what was read.
 */
export async function digestWorking(
  intake: Intake,
  session: Session,
  place: SharePlace,
  { kind, signal }: DigestQuery,
): Promise<Result<string, ShareRefusal | DigestRefusal>> {
  if (signal === null) {
    const allowed = await mayInShare(intake, session.account, place.share, 'read');
    return allowed.ok ? refuse('not-computed') : allowed;
  }
  return digestTurnsOf(intake.ledger).take(session.account, signal, async () => {
    const opened = await openWorking(intake, session, place, READ);
    if (!opened.ok) return opened;
    try {
      const read = await readDigests(fromReader(opened.value), [kind], signal);
      return read.ok ? accept(read.value.of(kind)) : read;
    } finally {
      await opened.value.close();
    }
  });
}
