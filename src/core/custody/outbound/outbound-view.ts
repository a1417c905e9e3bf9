import { type EntryRefusal, mayStillAct } from '../../accounts/may-act.ts';
import type { Session } from '../../accounts/sign-in.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import type { Intake } from '../custody.ts';
import type { ArrivalPath, Drop } from '../file.ts';
import type { FoundEntry } from '../found-entry.ts';
import { type FileName, type FolderPath, TOP } from '../names.ts';
import type { FolderEntry } from '../ports.ts';
import { publishedPlace } from '../published.ts';
import { listPublishedPage, lookUpPublished, publishedAt } from '../published-view.ts';
import { damagedAt } from '../scrub/damage.ts';
import { type ReleasedReader, readReleased } from './released-reader.ts';

/** Why something in outbound cannot be shown or had. What was never released to a person is not there for them. */
export type OutboundRefusal = EntryRefusal | 'not-found' | 'damaged';

/**
 * The names of the shares by which something is released to the person of a session now, in order. Also of shares that
 * are closed, or that the person is no member of any more: what was released stays theirs until it is revoked.
 */
export async function listOutboundShares(
  intake: Intake,
  session: Session,
): Promise<Result<readonly string[], EntryRefusal>> {
  const allowed = await mayStillAct(intake, session);
  if (!allowed.ok) return allowed;
  const shares = await intake.ledger.listShares();
  const held = await Promise.all(
    shares.map(({ id }) => hasReleased(intake, { owner: session.account, leavesBy: id })),
  );
  return accept(shares.filter((_, i) => held[i] === true).map(({ name }) => name));
}

/** What a path of `/outbound/<share>` shows to the person of a session: a folder, or a released file. */
export async function lookUpReleased(
  intake: Intake,
  session: Session,
  share: string,
  path: FolderPath,
): Promise<Result<FoundEntry, OutboundRefusal>> {
  const drop = await findDrop(intake, session, share);
  return drop.ok ? lookUpPublished(intake.ledger, drop.value, path) : drop;
}

/** A page of a folder of `/outbound/<share>`, ordered by name key. An empty page is the end. */
export async function listReleased(
  intake: Intake,
  session: Session,
  share: string,
  folder: FolderPath,
  page: { readonly after: FileName | null; readonly limit: number },
): Promise<Result<readonly FolderEntry[], OutboundRefusal>> {
  const drop = await findDrop(intake, session, share);
  return drop.ok ? listPublishedPage(intake.ledger, drop.value, folder, page) : drop;
}

/**
 * Opens a released file for its owner to download. It is checked again while it is open: a file that is revoked, or
 * an account that is disabled, ends the download within 200 ms.
 */
export async function openReleased(
  intake: Intake,
  session: Session,
  share: string,
  path: ArrivalPath,
): Promise<Result<ReleasedReader, OutboundRefusal>> {
  const drop = await findDrop(intake, session, share);
  if (!drop.ok) return drop;
  const file = await publishedAt(intake.ledger, drop.value, path);
  if (file?.arrival == null)
    return refuse((await damagedAt(intake, drop.value, path)) === null ? 'not-found' : 'damaged');
  const { zone, name } = await publishedPlace(intake, file, file.arrival);
  const reader = await zone.open(name);
  if (reader !== null) return accept(readReleased(intake, session, file, reader));
  intake.log.error('bytes-missing', { file: file.id, state: file.state });
  return refuse('not-found');
}

/** The person's own drop of a share, if anything of it is released to them: names of other shares are not told. */
async function findDrop(
  intake: Intake,
  session: Session,
  share: string,
): Promise<Result<Drop, OutboundRefusal>> {
  const allowed = await mayStillAct(intake, session);
  if (!allowed.ok) return allowed;
  const found = await intake.ledger.shareByName(share);
  if (found === null) return refuse('not-found');
  const drop = { owner: session.account, leavesBy: found.id };
  return (await hasReleased(intake, drop)) ? accept(drop) : refuse('not-found');
}

async function hasReleased({ ledger }: Intake, drop: Drop): Promise<boolean> {
  const first = await ledger.listPublished(drop, TOP, { after: null, limit: 1 });
  return first !== null && first.length > 0;
}
