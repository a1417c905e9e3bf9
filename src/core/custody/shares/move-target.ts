import { accept, type Result, refuse } from '../../kit/result.ts';
import type { Share } from '../../projects/project.ts';
import type { Intake } from '../custody.ts';
import type { WorkingPath } from '../file.ts';
import { type FolderPath, splitPath, TOP } from '../names.ts';
import type { MoveRefusal, MoveTarget } from './move-refusal.ts';
import { reservedAt } from './reserved.ts';
import { isWorkingPath } from './working-name.ts';

/** The path that a move would reserve: free on disk and in the ledger, in a folder that is there or may be made. */
export async function freeTarget(
  intake: Intake,
  share: Share,
  to: MoveTarget,
): Promise<Result<WorkingPath, MoveRefusal>> {
  const split = splitPath(to.path);
  if (split === null) return refuse('is-the-top', 'give it a name in the share');
  if (!isWorkingPath(to.path)) return refuse('name-invalid', 'the daemon keeps that name for itself');
  const there = await intake.zones.shares.look(to);
  if (there?.kind === 'folder') return refuse('is-a-folder', 'a folder has that name; nothing was changed');
  if (there !== null || (await reservedAt(intake, share.id, to.path)) !== null) return refuse('exists');
  const folder = await hasFolder(intake, to.share, to.makeFolders === true ? TOP : split.folder);
  if (!folder.ok) return folder;
  return accept({ share: share.id, ...split });
}

async function hasFolder(
  { zones }: Intake,
  share: string,
  path: FolderPath,
): Promise<Result<void, MoveRefusal>> {
  const found = await zones.shares.look({ share, path });
  if (found === null) return refuse('folder-missing');
  return found.kind === 'folder' ? accept(undefined) : refuse('not-a-folder');
}
