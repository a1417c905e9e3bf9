import { type EntryRefusal, mayStillAct } from '../../accounts/may-act.ts';
import type { Session } from '../../accounts/sign-in.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import { actorOf } from '../actors.ts';
import type { Intake } from '../custody.ts';
import { type ArrivalPath, arrivalsDrop, type CustodyFile } from '../file.ts';
import type { FoundEntry } from '../found-entry.ts';
import { type FileName, type FolderPath, joinPath } from '../names.ts';
import type { FolderEntry } from '../ports.ts';
import { publishedPlace } from '../published.ts';
import { listPublishedPage, lookUpPublished, publishedAt } from '../published-view.ts';
import { removeArrived } from '../retention/remove-file.ts';
import { damagedAt } from '../scrub/damage.ts';
import { type GuardedReader, guardReader } from './guarded-reader.ts';

/** Why a path of a person's own Arrivals is not shown or opened. */
export type ArrivalRefusal = EntryRefusal | 'not-found' | 'is-a-folder' | 'damaged';

/** What a path of a person's own Arrivals shows inside: what has arrived, under its published name. */
export async function lookUpArrival(
  intake: Intake,
  session: Session,
  path: FolderPath,
): Promise<Result<FoundEntry, EntryRefusal | 'not-found'>> {
  const allowed = await mayStillAct(intake, session);
  return allowed.ok ? lookUpPublished(intake.ledger, arrivalsDrop(session.account), path) : allowed;
}

/** A page of a folder, ordered by name key. An empty page is the end. */
export async function listArrivals(
  intake: Intake,
  session: Session,
  folder: FolderPath,
  page: { readonly after: FileName | null; readonly limit: number },
): Promise<Result<readonly FolderEntry[], EntryRefusal | 'not-found'>> {
  const allowed = await mayStillAct(intake, session);
  return allowed.ok ? listPublishedPage(intake.ledger, arrivalsDrop(session.account), folder, page) : allowed;
}

/**
 * Opens an arrived file for reading. Every read asks again whether the person is active and the file still theirs in
 * Arrivals. A file that the ledger has and the disk has not is `not-found`, and an operator is told.
 */
export async function openArrival(
  intake: Intake,
  session: Session,
  path: ArrivalPath,
): Promise<Result<GuardedReader<ArrivalRefusal>, ArrivalRefusal>> {
  const found = await findArrived(intake, session, path);
  if (!found.ok) return found;
  const file = found.value;
  const { zone, name } = await publishedPlace(intake, file, file.arrival ?? path);
  const reader = await zone.open(name);
  if (reader === null) {
    intake.log.error('arrival-missing', { file: file.id, expected: file.size, found: null });
    return refuse('not-found', 'it is not where it was; the data team was told');
  }
  return accept(guardReader(reader, file.sha256, () => mayStillRead(intake, session, file), intake.clock));
}

/** Removes an arrived file for its holder. Refused while a hold covers it. */
export async function removeArrival(
  intake: Intake,
  session: Session,
  path: ArrivalPath,
): Promise<Result<void, ArrivalRefusal | 'held-back'>> {
  const found = await findArrived(intake, session, path);
  return found.ok ? removeArrived(intake, actorOf(session), found.value) : found;
}

async function findArrived(
  intake: Intake,
  session: Session,
  path: ArrivalPath,
): Promise<Result<CustodyFile, ArrivalRefusal>> {
  const allowed = await mayStillAct(intake, session);
  if (!allowed.ok) return allowed;
  const drop = arrivalsDrop(session.account);
  const file = await publishedAt(intake.ledger, drop, path);
  if (file !== null) return accept(file);
  if ((await damagedAt(intake, drop, path)) !== null) return refuse('damaged');
  const folder = await intake.ledger.findPublishedFolder(drop, joinPath(path.folder, path.name));
  return refuse(folder === null ? 'not-found' : 'is-a-folder');
}

/** A file that is being moved can be read to its end, as long as it has not left Arrivals. */
async function mayStillRead(
  intake: Intake,
  session: Session,
  { id }: CustodyFile,
): Promise<Result<void, ArrivalRefusal>> {
  const allowed = await mayStillAct(intake, session);
  if (!allowed.ok) return allowed;
  const file = await intake.ledger.fileById(id);
  const isThere = file?.state === 'arrived' || file?.state === 'moving';
  return isThere && file.owner === session.account
    ? accept(undefined)
    : file !== null && file.damagedAt !== null
      ? refuse('damaged')
      : refuse('not-found', 'it has left Arrivals');
}
