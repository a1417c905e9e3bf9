import type { CustodyFile } from '../../core/custody/file.ts';
import type { Sha256 } from '../../core/kit/digest.ts';
import { HAS_DIGEST } from './file-conditions.ts';
import { toFile } from './file-rows.ts';
import type { LedgerDb } from './tables.ts';

/** The files with these very bytes, of anybody and in any state, the newest first. */
export async function equalFiles(
  db: LedgerDb,
  { size, sha256 }: { readonly size: number; readonly sha256: Sha256 },
  limit: number,
): Promise<readonly CustodyFile[]> {
  const rows = await db
    .selectFrom('files')
    .selectAll()
    .where('sha256', '=', sha256)
    .where(HAS_DIGEST)
    .where('size', '=', size)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toFile);
}
