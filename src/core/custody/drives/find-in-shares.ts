import type { FileId } from '../../kit/ids.ts';
import type { Share } from '../../projects/project.ts';
import type { InodeMark } from '../file.ts';
import { type ArrivalRow, couldBeCopy, isTelling } from './compare.ts';
import type { Rescan } from './drives.ts';
import type { FoundFile } from './ports.ts';

/** A file in a share. */
export interface SharedPlace {
  readonly share: Share;
  readonly found: FoundFile;
}

/** What was found in the shares of files that are missing in Arrivals. */
export interface SharesSearched {
  /** Those that are there under another name: the same inode. */
  readonly moved: ReadonlyMap<FileId, SharedPlace>;
  /** What could be a copy of a missing file, by length; whether it is one, only its bytes can say. */
  readonly candidates: ReadonlyMap<number, readonly SharedPlace[]>;
  /** False when a part of the shares could not be looked at: what was not found may be there. */
  readonly complete: boolean;
}

const PAGE = 500;

/** How many files of one length are kept, beside those that have the name of a missing one. */
const MOST_OF_A_SIZE = 64;

/**
 * Looks for missing files in the shares, in those that their owner is a member of first, and in closed ones too: a
 * desktop moves what the file system lets it move. Ends early when the inodes of all were found.
 */
export async function searchShares(rescan: Rescan, missing: readonly ArrivalRow[]): Promise<SharesSearched> {
  const { intake } = rescan;
  const search = startSearch(missing);
  let complete = missing.length === 0 || (await intake.zones.drives.isMounted('share'));
  for (const share of await sharesInOrder(rescan)) {
    if (!complete || search.isOver()) break;
    complete = await searchShare(rescan, share, search);
  }
  return { moved: search.moved, candidates: search.candidates, complete };
}

async function sharesInOrder({ intake: { ledger }, owner }: Rescan): Promise<readonly Share[]> {
  const [own, all] = await Promise.all([ledger.sharesOf(owner.id), ledger.listShares()]);
  const first = new Set(own.map(({ share }) => share.id));
  return [...own.map(({ share }) => share), ...all.filter(({ id }) => !first.has(id))];
}

/** False when a part of the share could not be looked at. */
async function searchShare({ intake }: Rescan, share: Share, search: Search): Promise<boolean> {
  for await (const page of intake.zones.drives.walk({ kind: 'share', share: share.name }, PAGE)) {
    for (const found of page.files) search.see({ share, found });
    if (page.unread > 0) return false;
    if (search.isOver()) break;
  }
  return true;
}

interface Search {
  readonly moved: Map<FileId, SharedPlace>;
  readonly candidates: Map<number, SharedPlace[]>;
  see(place: SharedPlace): void;
  isOver(): boolean;
}

function startSearch(missing: readonly ArrivalRow[]): Search {
  const byMark = new Map<InodeMark, ArrivalRow>();
  const bySize = new Map<number, ArrivalRow[]>();
  for (const row of missing) {
    if (row.inode !== null && isTelling(row.inode)) byMark.set(row.inode, row);
    bySize.set(row.size, [...(bySize.get(row.size) ?? []), row]);
  }
  const moved = new Map<FileId, SharedPlace>();
  const candidates = new Map<number, SharedPlace[]>();

  function see(place: SharedPlace): void {
    const { found } = place;
    const row = byMark.get(found.mark);
    if (row !== undefined) {
      if (!moved.has(row.id)) moved.set(row.id, place);
      return;
    }
    const rows = (bySize.get(found.size) ?? []).filter((one) => couldBeCopy(one, found));
    if (rows.length === 0) return;
    const some = candidates.get(found.size) ?? [];
    const isNamesake = rows.some(({ arrival }) => arrival.name === found.path.name);
    if (some.length < MOST_OF_A_SIZE || isNamesake) candidates.set(found.size, [...some, place]);
  }

  return { moved, candidates, see, isOver: () => moved.size === missing.length };
}
