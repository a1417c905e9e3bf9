import type { Session } from '../accounts/sign-in.ts';
import type { Instant } from '../kit/clock.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { Intake } from './custody.ts';
import { type CustodyFile, type Drop, isSettled } from './file.ts';
import type { FoundEntry } from './found-entry.ts';
import { type DropRefusal, mayDrop } from './may-drop.ts';
import { type FileName, type FolderPath, splitPath } from './names.ts';
import type { FolderEntry } from './ports.ts';

/** Why a path cannot be shown. */
export type ViewRefusal = DropRefusal | 'not-found';

/** What a path of a drop shows: a folder, or the newest file of the name; never content. */
export async function lookUpInDrop(
  intake: Intake,
  session: Session,
  drop: Drop,
  path: FolderPath,
): Promise<Result<FoundEntry, ViewRefusal>> {
  const allowed = await mayDrop(intake, session, drop);
  if (!allowed.ok) return allowed;
  const folder = await intake.ledger.findFolder(drop, path);
  if (folder !== null) return accept({ kind: 'folder', createdAt: folder.createdAt });
  const split = splitPath(path);
  const file = split === null ? null : await intake.ledger.newestAt(drop, split);
  if (file === null || !isListed(intake, file)) return refuse('not-found');
  return accept({ kind: 'file', file });
}

/** A page of a folder, ordered by name key. An empty page is the end. */
export async function listDrop(
  intake: Intake,
  session: Session,
  drop: Drop,
  folder: FolderPath,
  page: { readonly after: FileName | null; readonly limit: number },
): Promise<Result<readonly FolderEntry[], ViewRefusal>> {
  const allowed = await mayDrop(intake, session, drop);
  if (!allowed.ok) return allowed;
  const listedSince = intake.clock.now() - intake.policy.listed;
  const entries = await intake.ledger.listFolder(drop, folder, { listedSince, ...page });
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
    case 'sealed':
    case 'admitting':
      return 'checking';
    default:
      return file.state;
  }
}
