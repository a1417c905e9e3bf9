import type { ShareId } from '../../kit/ids.ts';
import type { Intake } from '../custody.ts';
import type { CustodyFile } from '../file.ts';
import { type FolderPath, splitPath } from '../names.ts';
import type { NamedWorkingEntry } from './ports.ts';

/**
 * The file that is on its way to this very path of a share: until it is there, the path belongs to the move. A name
 * that only differs in case is another one on disk.
 */
export async function reservedAt(
  { ledger }: Pick<Intake, 'ledger'>,
  share: ShareId,
  path: FolderPath,
): Promise<CustodyFile | null> {
  const split = splitPath(path);
  if (split === null) return null;
  const file = await ledger.movingTo({ share, ...split });
  return file?.working?.name === split.name && file.working.folder === split.folder ? file : null;
}

/** Whether a move is on its way into a folder of a share. */
export async function isAwaited(
  { ledger }: Pick<Intake, 'ledger'>,
  share: ShareId,
  folder: FolderPath,
): Promise<boolean> {
  return (await ledger.movingInto({ share, folder }, 1)).length > 0;
}

/** How a file that is being moved looks in the share before it is there: with the size that it will have. */
export function entryOf(file: CustodyFile): NamedWorkingEntry {
  const { working, size, clientMtime, receivedAt, createdAt } = file;
  if (working === null) throw new Error(`file ${file.id} is moved nowhere`);
  return { kind: 'file', name: working.name, size, mtime: clientMtime ?? receivedAt ?? createdAt };
}
