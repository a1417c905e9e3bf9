import { type EntryRefusal, mayStillAct, type Session } from '../accounts/sign-in.ts';
import type { Instant } from '../kit/clock.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { Intake } from './custody.ts';
import { type ArrivalPath, type CustodyFile, isSettled } from './file.ts';
import { type FileName, type FolderPath, splitPath } from './names.ts';
import type { FolderEntry } from './ports.ts';

/** Why a path cannot be shown. */
export type ViewRefusal = EntryRefusal | 'not-found';

/** What is at a path of a person's own arrivals, as seen from outside. */
export type OutsideEntry =
  | { readonly kind: 'folder'; readonly createdAt: Instant }
  | { readonly kind: 'file'; readonly file: CustodyFile };

/** What an outside path shows: a folder, or the newest file of the name; never content. */
export async function lookUpOutside(
  intake: Intake,
  session: Session,
  path: FolderPath,
): Promise<Result<OutsideEntry, ViewRefusal>> {
  const allowed = await mayStillAct(intake.ledger, session);
  if (!allowed.ok) return allowed;
  const folder = await intake.ledger.findFolder(session.account, path);
  if (folder !== null) return accept({ kind: 'folder', createdAt: folder.createdAt });
  const split = splitPath(path);
  const file = split === null ? null : await intake.ledger.newestAt(session.account, split);
  if (file === null || !isListed(intake, file)) return refuse('not-found');
  return accept({ kind: 'file', file });
}

/** A page of a folder, ordered by name key. An empty page is the end. */
export async function listOutside(
  intake: Intake,
  session: Session,
  folder: FolderPath,
  page: { readonly after: FileName | null; readonly limit: number },
): Promise<Result<readonly FolderEntry[], ViewRefusal>> {
  const allowed = await mayStillAct(intake.ledger, session);
  if (!allowed.ok) return allowed;
  const listedSince = intake.clock.now() - intake.policy.listed;
  const entries = await intake.ledger.listFolder(session.account, folder, { listedSince, ...page });
  return entries === null ? refuse('not-found') : accept(entries);
}

function isListed(intake: Intake, file: CustodyFile): boolean {
  return file.arrivedAt === null || file.arrivedAt >= intake.clock.now() - intake.policy.listed;
}

/** A file's state in the words of its owner: one or two words that fit a column. */
export function stateInWords(file: CustodyFile, now: Instant): string {
  switch (file.state) {
    case 'receiving':
      return 'unfinished';
    case 'received':
    case 'inspecting':
      return isSettled(file, now) ? 'checking' : 'settling';
    case 'admitting':
      return 'checking';
    default:
      return file.state;
  }
}

/** The file that a settled or unsettled path shows, for a door that has to explain a refusal about it. */
export async function fileAt(
  intake: Intake,
  session: Session,
  path: ArrivalPath,
): Promise<CustodyFile | null> {
  return intake.ledger.newestAt(session.account, path);
}
