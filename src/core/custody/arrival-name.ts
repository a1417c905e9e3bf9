import type { Intake } from './custody.ts';
import type { ArrivalPath, CustodyFile } from './file.ts';
import { nameKey, numberedName } from './names.ts';
import { publishedPlace } from './published.ts';
import { PUBLISHED_STATES } from './states.ts';

/**
 * What was found when looking for a name in Arrivals, or in what is released to a person.
 * - `free`: nobody has this name, in the ledger or on disk.
 * - `same-bytes`: this published file has the same name in its drop and the same bytes.
 * - `wait`: one is just being published that may become so.
 * - `none`: thousands of names are taken.
 */
export type ArrivalName =
  | { readonly kind: 'free'; readonly path: ArrivalPath }
  | { readonly kind: 'same-bytes'; readonly published: CustodyFile }
  | { readonly kind: 'wait' }
  | { readonly kind: 'none' };

const MOST_NAMES = 10_000;

/**
 * Finds the first free of `scan.csv`, `scan (2).csv`, `scan (3).csv` … for a file. Only looks: the reservation is
 * the move that follows, under the ledger's unique index.
 */
export async function findArrivalName(custody: Intake, file: CustodyFile): Promise<ArrivalName> {
  for (let n = 1; n <= MOST_NAMES; n++) {
    const path = { folder: file.path.folder, name: numberedName(file.path.name, n) };
    const other = await custody.ledger.arrivalAt(file, path);
    if (other === null) {
      // A name that only the disk knows is somebody's file too.
      const { zone, name } = await publishedPlace(custody, file, path);
      if ((await zone.sizeOf(name)) === null) return { kind: 'free', path };
    } else if (isSameUpload(file, other)) {
      if (PUBLISHED_STATES.some((state) => state === other.state))
        return { kind: 'same-bytes', published: other };
      if (other.state === 'admitting' || other.state === 'releasing') return { kind: 'wait' };
    }
  }
  return { kind: 'none' };
}

function isSameUpload(file: CustodyFile, other: CustodyFile): boolean {
  const samePath =
    nameKey(other.path.folder) === nameKey(file.path.folder) &&
    nameKey(other.path.name) === nameKey(file.path.name);
  return samePath && other.id !== file.id && other.sha256 === file.sha256;
}
