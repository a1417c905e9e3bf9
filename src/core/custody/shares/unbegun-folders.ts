import { newId } from '../../kit/ids.ts';
import type { Intake } from '../custody.ts';
import type { FolderPath } from '../names.ts';
import { isAwaited } from './reserved.ts';

/** What the marks of moves begin with that make folders before any of their files has begun. */
const PREFIX = 'folders-for-move/';

/** What such a mark says. */
interface FoldersNoted {
  readonly share: string;
  /** Those that were not there, each after the one that it is in. */
  readonly paths: readonly FolderPath[];
}

/** A mark that stands until the move has begun, or was given up. */
export interface FoldersMark {
  readonly name: string;
}

/**
 * Notes which folders a move is about to make in a share: the rows of its files come after them, so that a crash between
 * would leave empty folders that nobody knows of.
 */
export async function noteFolders(
  { ledger, zones, clock }: Intake,
  share: string,
  paths: readonly FolderPath[],
): Promise<FoldersMark> {
  const absent: FolderPath[] = [];
  for (const path of paths) if ((await zones.shares.look({ share, path })) === null) absent.push(path);
  const name = `${PREFIX}${newId('leas', clock.now())}`;
  await ledger.writeMark(name, JSON.stringify({ share, paths: absent } satisfies FoldersNoted));
  return { name };
}

/** The move has begun, or its folders are gone again. Where that cannot be written, the next start finds nothing to do. */
export async function forgetFolders({ ledger, log }: Intake, { name }: FoldersMark): Promise<void> {
  await ledger.dropMark(name).catch((error: unknown) => log.warn('mark-not-dropped', { name, error }));
}

/**
 * Removes the folders of moves that a crash has ended before they began: only such as are empty, ours, and awaited by no
 * file. To be run at start, before any door. Returns how many were removed.
 */
export async function removeUnbegunFolders(intake: Intake): Promise<number> {
  const { ledger, log } = intake;
  let removed = 0;
  for (const { name, value } of await ledger.marksBelow(PREFIX)) {
    try {
      removed += await removeNoted(intake, JSON.parse(value) as FoldersNoted);
      await ledger.dropMark(name);
    } catch (error) {
      log.warn('unbegun-folders-kept', { error });
    }
  }
  return removed;
}

async function removeNoted(intake: Intake, { share: name, paths }: FoldersNoted): Promise<number> {
  const { ledger, zones } = intake;
  const share = await ledger.shareByName(name);
  if (share === null) return 0;
  let removed = 0;
  for (const path of paths.toReversed()) {
    if (await isAwaited(intake, share.id, path)) return removed;
    const gone = await zones.shares.removeFolder({ share: name, path }, 'ours');
    if (gone.ok) removed++;
  }
  return removed;
}
