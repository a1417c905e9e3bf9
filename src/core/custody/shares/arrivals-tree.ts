import { accept, type Result, refuse } from '../../kit/result.ts';
import type { Intake } from '../custody.ts';
import { arrivalsDrop, type CustodyFile, type WorkingPath } from '../file.ts';
import { type FolderPath, joinPath, parseFolderPath, TOP } from '../names.ts';
import type { MoveRefusal, Mover } from './move-refusal.ts';

/** One file of a folder of Arrivals, and where it goes. */
export interface Leaving {
  readonly file: CustodyFile;
  readonly working: WorkingPath;
}

const PAGE = 1000;

/**
 * The files of a folder of a person's Arrivals at any depth, that can all be moved now: arrived, and without a hold.
 * The first that cannot is named in the refusal.
 */
export async function movableFiles(
  intake: Intake,
  mover: Mover,
  folder: FolderPath,
): Promise<Result<readonly CustodyFile[], MoveRefusal>> {
  const { ledger } = intake;
  const files: CustodyFile[] = [];
  for (;;) {
    const after = files.at(-1)?.id ?? null;
    const page = await ledger.publishedBelow(arrivalsDrop(mover.account), folder, after, PAGE);
    const holds = await Promise.all(page.map(({ id }) => ledger.holdsOn(id)));
    for (const [i, file] of page.entries()) {
      if (file.state !== 'arrived')
        return refuse('not-arrived', `${nameOf(file)} has not arrived, or is just being moved`);
      if (holds[i]?.length !== 0)
        return refuse('held-back', `a hold covers ${nameOf(file)}; nothing was moved`);
      files.push(file);
    }
    if (page.length < PAGE) return files.length === 0 ? refuse('not-found') : accept(files);
  }
}

/** Where each file goes when its folder becomes `to` in the share. Refused when a path would be too long. */
export function planTree(
  files: readonly CustodyFile[],
  from: FolderPath,
  to: { readonly share: WorkingPath['share']; readonly path: FolderPath },
): Result<readonly Leaving[], MoveRefusal> {
  // By depth: the folders above a file may be spelled otherwise than the one that was asked for.
  const depth = from.split('/').length;
  const plan: Leaving[] = [];
  for (const file of files) {
    const { folder, name } = file.arrival ?? file.path;
    const below = folder.split('/').slice(depth);
    const path = parseFolderPath([to.path, ...below].join('/'));
    const whole = path.ok ? parseFolderPath(joinPath(path.value, name)) : path;
    if (!path.ok || !whole.ok) return refuse('path-too-long', `${nameOf(file)} would have too long a path`);
    plan.push({ file, working: { share: to.share, folder: path.value, name } });
  }
  return accept(plan);
}

/** The folders that a plan needs below its top, those above before those in them. */
export function foldersOf(plan: readonly Leaving[], top: FolderPath): readonly FolderPath[] {
  const folders = new Set<FolderPath>();
  const add = (folder: FolderPath): void => {
    if (folder.length <= top.length || folders.has(folder)) return;
    add(folder.slice(0, folder.lastIndexOf('/')) as FolderPath);
    folders.add(folder);
  };
  for (const { working } of plan) add(working.folder);
  return [top, ...folders].filter((folder) => folder !== TOP);
}

/** A file of Arrivals as a refusal names it. */
export function nameOf({ arrival, path }: CustodyFile): string {
  const { folder, name } = arrival ?? path;
  return `"${joinPath(folder, name)}"`;
}
