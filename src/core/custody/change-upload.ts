import type { Session } from '../accounts/sign-in.ts';
import type { Instant } from '../kit/clock.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import { actorOf, fileRecord } from './actors.ts';
import type { Intake } from './custody.ts';
import { type ArrivalPath, type CustodyFile, type Drop, isSettled } from './file.ts';
import { hintCheck } from './hint-check.ts';
import { type DropRefusal, mayDrop } from './may-drop.ts';
import { isPartialName, joinPath, partialNamesOf } from './names.ts';
import type { FileMove } from './ports.ts';

/** Why an upload cannot be renamed or removed. Nothing was changed. */
export type ChangeRefusal =
  | DropRefusal
  | 'not-found'
  | 'settled'
  | 'being-written'
  | 'is-a-folder'
  | 'exists'
  | 'folder-missing';

/**
 * Renames an upload that has not settled. A rename away from a partial name (`.filepart`, `.part`, `.partial`)
 * settles it: the client has said that it is complete. A settled file under the new name is no obstacle: both
 * arrive (invariant 5). An unsettled one is.
 */
export async function renameUpload(
  intake: Intake,
  session: Session,
  drop: Drop,
  from: ArrivalPath,
  to: ArrivalPath,
): Promise<Result<void, ChangeRefusal>> {
  const found = await findUnsettled(intake, session, drop, from);
  if (!found.ok) return found;
  const target = await checkTarget(intake, drop, to);
  if (!target.ok) return target;
  const file = found.value;
  const at = intake.clock.now();
  const path = { folder: target.value, name: to.name };
  const settlesAt = settlingAfterRename(intake, file, path, at);
  const audit = fileRecord(at, actorOf(session), 'upload-renamed', file, { data: { settlesAt }, path });
  const moved = await intake.ledger.moveFile(renaming(file, { path, settlesAt }, at, audit));
  if (moved !== 'moved') return refuse(moved === 'name-taken' ? 'exists' : 'settled');
  if (settlesAt !== null) {
    const generation = file.state === 'inspecting' ? file.generation + 1 : file.generation;
    hintCheck(intake, { id: file.id, generation }, file.size, settlesAt - at);
  }
  return accept(undefined);
}

/**
 * Removes an upload that has not settled. The row is durable before the bytes go (invariant 4).
 *
 * Of one that has settled, removal is refused, with one exception that changes nothing: while what is to take its name
 * stands complete beside it under a partial name. Clients that overwrite (WinSCP) remove the old name before they rename
 * to it, and here the new file arrives beside the old one, whatever they remove.
 */
export async function removeUpload(
  intake: Intake,
  session: Session,
  drop: Drop,
  path: ArrivalPath,
): Promise<Result<void, ChangeRefusal>> {
  const found = await findUnsettled(intake, session, drop, path);
  if (!found.ok) {
    const isReplaced = found.refusal === 'settled' && (await hasSuccessor(intake, drop, path));
    return isReplaced ? accept(undefined) : found;
  }
  const file = found.value;
  const at = intake.clock.now();
  const moved = await intake.ledger.moveFile({
    ref: file,
    from: file.state,
    to: 'removed',
    lease: 'release',
    nextGeneration: true,
    ...(file.state !== 'receiving' && { unsettledAt: at }),
    audit: fileRecord(at, actorOf(session), 'upload-removed', file, {
      data: { from: file.state, size: file.size },
    }),
  });
  if (moved !== 'moved') return refuse('settled');
  intake.hints.hint({ job: 'clear-airlock', ref: { id: file.id, generation: file.generation + 1 } });
  return accept(undefined);
}

/** Sets the modification time that listings show for an upload; clients send it after the close. */
export async function setUploadMtime(
  intake: Intake,
  session: Session,
  drop: Drop,
  path: ArrivalPath,
  mtime: Instant,
): Promise<Result<void, DropRefusal | 'not-found'>> {
  const allowed = await mayDrop(intake, session, drop);
  if (!allowed.ok) return allowed;
  const file = await newestNamed(intake, drop, path);
  if (file === null) return refuse('not-found');
  await intake.ledger.setClientMtime(file, mtime);
  return accept(undefined);
}

async function hasSuccessor({ ledger, clock }: Intake, drop: Drop, path: ArrivalPath): Promise<boolean> {
  for (const name of partialNamesOf(path.name)) {
    const file = await ledger.newestAt(drop, { folder: path.folder, name });
    if (file !== null && file.state !== 'receiving' && !isSettled(file, clock.now())) return true;
  }
  return false;
}

/** The newest file of that very name: one that differs in case alone is another file. */
async function newestNamed({ ledger }: Intake, drop: Drop, path: ArrivalPath): Promise<CustodyFile | null> {
  const file = await ledger.newestAt(drop, path);
  return file?.path.name === path.name ? file : null;
}

async function findUnsettled(
  intake: Intake,
  session: Session,
  drop: Drop,
  path: ArrivalPath,
): Promise<Result<CustodyFile, ChangeRefusal>> {
  const allowed = await mayDrop(intake, session, drop);
  if (!allowed.ok) return allowed;
  const file = await newestNamed(intake, drop, path);
  if (file === null) {
    const folder = await intake.ledger.findFolder(drop, joinPath(path.folder, path.name));
    return refuse(folder === null ? 'not-found' : 'is-a-folder');
  }
  if (isSettled(file, intake.clock.now())) return refuse('settled');
  if ((await intake.ledger.liveLease(file.id, intake.clock.now())) !== null) return refuse('being-written');
  return accept(file);
}

async function checkTarget(
  intake: Intake,
  drop: Drop,
  to: ArrivalPath,
): Promise<Result<ArrivalPath['folder'], ChangeRefusal>> {
  const folder = await intake.ledger.findFolder(drop, to.folder);
  if (folder === null) return refuse('folder-missing');
  if ((await intake.ledger.findFolder(drop, joinPath(to.folder, to.name))) !== null)
    return refuse('is-a-folder');
  const there = await intake.ledger.newestAt(drop, to);
  if (there !== null && !isSettled(there, intake.clock.now())) return refuse('exists');
  return accept(folder.path);
}

function settlingAfterRename(
  intake: Intake,
  file: CustodyFile,
  to: ArrivalPath,
  at: Instant,
): Instant | null {
  if (file.state === 'receiving' || isPartialName(to.name)) return null;
  return isPartialName(file.path.name) ? at : Math.max(file.settlesAt ?? at, at + intake.policy.settle);
}

function renaming(
  file: CustodyFile,
  change: { readonly path: ArrivalPath; readonly settlesAt: Instant | null },
  at: Instant,
  audit: FileMove['audit'],
): FileMove {
  if (file.state === 'receiving')
    return { ref: file, from: 'receiving', to: 'receiving', changes: change, audit };
  if (file.state === 'received')
    return { ref: file, from: 'received', to: 'received', unsettledAt: at, changes: change, audit };
  // The name is part of what was inspected: the file is inspected again under the new one.
  const changes = { ...change, inspectedAt: null, sha256: null, contentType: null };
  return {
    ref: file,
    from: 'inspecting',
    to: 'received',
    nextGeneration: true,
    unsettledAt: at,
    changes,
    audit,
  };
}
