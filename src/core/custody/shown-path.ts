import type { Intake } from './custody.ts';
import type { CustodyFile } from './file.ts';
import { joinPath } from './names.ts';

/**
 * A file's path as people know it: in Arrivals, or as it was sent while it has not arrived; for a file that leaves
 * `/outbound/<share>/…`, as the doors show it. No path of Arrivals begins with a slash.
 */
export async function shownPath({ ledger }: Pick<Intake, 'ledger'>, file: CustodyFile): Promise<string> {
  const { folder, name } = file.arrival ?? file.path;
  const path = joinPath(folder, name);
  if (file.leavesBy === null) return path;
  const share = await ledger.shareById(file.leavesBy);
  return `/outbound/${share?.name ?? file.leavesBy}/${path}`;
}
