import type { Session } from '../accounts/sign-in.ts';
import type { AuditRecord } from '../audit/events.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import { actorOf } from './actors.ts';
import type { Intake } from './custody.ts';
import type { Drop } from './file.ts';
import { type DropRefusal, mayDrop } from './may-drop.ts';
import { type FolderPath, splitPath, TOP } from './names.ts';

/** Why a folder cannot be made or removed. Nothing was changed. */
export type FolderRefusal = DropRefusal | 'exists' | 'folder-missing' | 'not-found' | 'not-empty';

/** Makes a folder in a drop. The folder above has to be there. */
export async function makeFolder(
  intake: Intake,
  session: Session,
  drop: Drop,
  folder: FolderPath,
): Promise<Result<void, FolderRefusal>> {
  const allowed = await mayDrop(intake, session, drop);
  if (!allowed.ok) return allowed;
  if (folder === TOP) return refuse('exists');
  const at = intake.clock.now();
  const added = await intake.ledger.addFolder(
    drop,
    folder,
    at,
    record(intake, session, 'folder-made', drop, folder),
  );
  if (added === 'added') return accept(undefined);
  return refuse(added === 'no-parent' ? 'folder-missing' : 'exists');
}

/** Makes a folder and those above it, as far as they are missing. `exists` when a file has one of the names. */
export async function makeFolders(
  intake: Intake,
  session: Session,
  drop: Drop,
  folder: FolderPath,
): Promise<Result<void, FolderRefusal>> {
  if (folder === TOP || (await intake.ledger.findFolder(drop, folder)) !== null) return accept(undefined);
  const above = splitPath(folder)?.folder ?? TOP;
  const parent = await makeFolders(intake, session, drop, above);
  if (!parent.ok) return parent;
  const made = await makeFolder(intake, session, drop, folder);
  if (made.ok || made.refusal !== 'exists') return made;
  return (await intake.ledger.findFolder(drop, folder)) === null ? made : accept(undefined);
}

/** Removes an empty folder from what its owner sees in a drop. What went on from it stays where it is. */
export async function removeFolder(
  intake: Intake,
  session: Session,
  drop: Drop,
  folder: FolderPath,
): Promise<Result<void, FolderRefusal>> {
  const allowed = await mayDrop(intake, session, drop);
  if (!allowed.ok) return allowed;
  if (folder === TOP) return refuse('not-empty');
  const listedSince = intake.clock.now() - intake.policy.listed;
  const audit = record(intake, session, 'folder-removed', drop, folder);
  const removed = await intake.ledger.removeFolder(drop, folder, listedSince, audit);
  if (removed === 'removed') return accept(undefined);
  return refuse(removed === 'absent' ? 'not-found' : 'not-empty');
}

function record(
  intake: Intake,
  session: Session,
  type: 'folder-made' | 'folder-removed',
  drop: Drop,
  folder: FolderPath,
): AuditRecord {
  const { owner: account, leavesBy: share } = drop;
  const subjects = share === null ? { account } : { account, share };
  const event = { type, subjects, personal: { folder } } as const;
  return { at: intake.clock.now(), actor: actorOf(session), event };
}
