import { type EntryRefusal, mayStillAct, type Session } from '../accounts/sign-in.ts';
import type { AuditRecord } from '../audit/events.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import { actorOf } from './actors.ts';
import type { Intake } from './custody.ts';
import { type FolderPath, splitPath, TOP } from './names.ts';

/** Why a folder cannot be made or removed. Nothing was changed. */
export type FolderRefusal = EntryRefusal | 'exists' | 'folder-missing' | 'not-found' | 'not-empty';

/** Makes a folder below a person's arrivals. The folder above has to be there. */
export async function makeFolder(
  intake: Intake,
  session: Session,
  folder: FolderPath,
): Promise<Result<void, FolderRefusal>> {
  const allowed = await mayStillAct(intake.ledger, session);
  if (!allowed.ok) return allowed;
  if (folder === TOP) return refuse('exists');
  const at = intake.clock.now();
  const added = await intake.ledger.addFolder(
    session.account,
    folder,
    at,
    record(intake, session, 'folder-made', folder),
  );
  if (added === 'added') return accept(undefined);
  return refuse(added === 'no-parent' ? 'folder-missing' : 'exists');
}

/** Makes a folder and those above it, as far as they are missing. `exists` when a file has one of the names. */
export async function makeFolders(
  intake: Intake,
  session: Session,
  folder: FolderPath,
): Promise<Result<void, FolderRefusal>> {
  if (folder === TOP || (await intake.ledger.findFolder(session.account, folder)) !== null)
    return accept(undefined);
  const above = splitPath(folder)?.folder ?? TOP;
  const parent = await makeFolders(intake, session, above);
  if (!parent.ok) return parent;
  const made = await makeFolder(intake, session, folder);
  if (made.ok || made.refusal !== 'exists') return made;
  return (await intake.ledger.findFolder(session.account, folder)) === null ? made : accept(undefined);
}

/** Removes an empty folder from what its owner sees outside. What has arrived from it inside stays there. */
export async function removeFolder(
  intake: Intake,
  session: Session,
  folder: FolderPath,
): Promise<Result<void, FolderRefusal>> {
  const allowed = await mayStillAct(intake.ledger, session);
  if (!allowed.ok) return allowed;
  if (folder === TOP) return refuse('not-empty');
  const listedSince = intake.clock.now() - intake.policy.listed;
  const audit = record(intake, session, 'folder-removed', folder);
  const removed = await intake.ledger.removeFolder(session.account, folder, listedSince, audit);
  if (removed === 'removed') return accept(undefined);
  return refuse(removed === 'absent' ? 'not-found' : 'not-empty');
}

function record(
  intake: Intake,
  session: Session,
  type: 'folder-made' | 'folder-removed',
  folder: FolderPath,
): AuditRecord {
  const event = { type, subjects: { account: session.account }, personal: { folder } } as const;
  return { at: intake.clock.now(), actor: actorOf(session), event };
}
