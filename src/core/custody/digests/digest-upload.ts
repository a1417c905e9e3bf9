import type { Session } from '../../accounts/sign-in.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import type { Intake } from '../custody.ts';
import { lookUpInDrop, type ViewRefusal } from '../drop-view.ts';
import type { ArrivalPath, CustodyFile, Drop } from '../file.ts';
import { joinPath } from '../names.ts';
import { publishedPlace } from '../published.ts';
import { digestFile, type OpenBytes } from './digest-file.ts';
import type { DigestQuery, DigestRefusal } from './digest-query.ts';
import { fromReader, fromZone } from './read-digests.ts';

/** Why the digest of an upload is not told. */
export type UploadDigestRefusal = ViewRefusal | DigestRefusal | 'is-a-folder';

/**
 * A digest of what was received under a name of a person's own drop, though reading back is refused: what they sent,
 * they may compare. It is told as soon as the upload is closed, also before it is inspected: rclone asks right then,
 * and takes a refusal for damage and removes what it has sent.
 */
export async function digestUpload(
  intake: Intake,
  session: Session,
  drop: Drop,
  path: ArrivalPath,
  query: DigestQuery,
): Promise<Result<string, UploadDigestRefusal>> {
  const found = await lookUpInDrop(intake, session, drop, joinPath(path.folder, path.name));
  if (!found.ok) return found;
  if (found.value.kind === 'folder') return refuse('is-a-folder');
  const { file } = found.value;
  if (file.state === 'receiving' || file.state === 'sealing') return refuse('not-complete');
  const open = (): Promise<Result<OpenBytes<never>, 'bytes-elsewhere'>> => openBytes(intake, file.id);
  const digest = await digestFile<'bytes-elsewhere'>(intake, file, query, { who: session.account, open });
  if (!digest.ok) return digest;
  // An upload that has not settled can be opened again, and gets another generation by that.
  const now = await intake.ledger.fileById(file.id);
  return now?.generation === file.generation ? digest : refuse('changed-meanwhile');
}

/** Opens the bytes where they are now: they are on their way from zone to zone meanwhile. */
async function openBytes(
  intake: Intake,
  id: CustodyFile['id'],
): Promise<Result<OpenBytes<never>, 'bytes-elsewhere'>> {
  const file = await intake.ledger.fileById(id);
  if (file?.arrival != null && (file.zone === 'arrivals' || isPublished(file))) {
    const { zone, name } = await publishedPlace(intake, file, file.arrival);
    const reader = await zone.open(name);
    if (reader === null) return refuse('bytes-elsewhere');
    const read = async (buffer: Uint8Array, position: number) => accept(await reader.read(buffer, position));
    return accept({ bytes: fromReader({ read }), close: () => reader.close() });
  }
  if (file?.zone !== 'airlock') return refuse('bytes-elsewhere');
  return accept({ bytes: fromZone(intake.zones.airlock.read(id)), close: async () => undefined });
}

/** The published name is there before the airlock's goes. */
function isPublished({ state, zone }: CustodyFile): boolean {
  return zone === 'outbound' || (zone === 'airlock' && (state === 'arrived' || state === 'released'));
}
