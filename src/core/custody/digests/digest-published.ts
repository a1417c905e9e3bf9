import type { Session } from '../../accounts/sign-in.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import type { Intake } from '../custody.ts';
import type { ArrivalPath } from '../file.ts';
import { joinPath } from '../names.ts';
import { lookUpReleased, type OutboundRefusal, openReleased } from '../outbound/outbound-view.ts';
import { type ArrivalRefusal, lookUpArrival, openArrival } from '../shares/arrivals-view.ts';
import { digestFile } from './digest-file.ts';
import type { DigestQuery, DigestRefusal } from './digest-query.ts';
import { fromReader } from './read-digests.ts';

/** Why the digest of a published file is not told. */
export type PublishedDigestRefusal = ArrivalRefusal | OutboundRefusal | DigestRefusal;

/** A digest of a file in the person's own Arrivals. Reading for it is guarded as any reading is. */
export async function digestArrival(
  intake: Intake,
  session: Session,
  path: ArrivalPath,
  query: DigestQuery,
): Promise<Result<string, PublishedDigestRefusal>> {
  const found = await lookUpArrival(intake, session, joinPath(path.folder, path.name));
  if (!found.ok) return found;
  if (found.value.kind === 'folder') return refuse('is-a-folder');
  return digestFile<ArrivalRefusal>(intake, found.value.file, query, {
    who: session.account,
    async open() {
      const opened = await openArrival(intake, session, path);
      if (!opened.ok) return opened;
      const reader = opened.value;
      return accept({ bytes: fromReader(reader), close: () => reader.close() });
    },
  });
}

/** A digest of a file that was released to the person. Nobody has collected it by that. */
export async function digestReleased(
  intake: Intake,
  session: Session,
  share: string,
  path: ArrivalPath,
  query: DigestQuery,
): Promise<Result<string, PublishedDigestRefusal>> {
  const found = await lookUpReleased(intake, session, share, joinPath(path.folder, path.name));
  if (!found.ok) return found;
  if (found.value.kind === 'folder') return refuse('is-a-folder');
  return digestFile<OutboundRefusal>(intake, found.value.file, query, {
    who: session.account,
    async open() {
      const opened = await openReleased(intake, session, share, path);
      if (!opened.ok) return opened;
      const reader = opened.value;
      return accept({
        bytes: fromReader({ read: (buffer, at) => reader.readAhead(buffer, at) }),
        close: () => reader.leave(),
      });
    },
  });
}
