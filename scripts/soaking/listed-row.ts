import type { Installation } from '../../test/support/installation.ts';
import type { ListedFile } from '../../test/support/listed-file.ts';

/** A file as `file list --json` shows it: what a soak looks at. */
export interface ListedRow extends Omit<ListedFile, 'sha256'> {
  readonly sha256: string | null;
  readonly leavesBy: string | null;
  readonly arrival: string | null;
  readonly working: string | null;
}

const ALL = '10000000';

/** Every file of the ledger. */
export async function listRows(site: Installation): Promise<readonly ListedRow[]> {
  return site.json<ListedRow[]>('file', 'list', '--limit', ALL);
}
