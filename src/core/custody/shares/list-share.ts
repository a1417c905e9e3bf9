import type { Session } from '../../accounts/sign-in.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import type { Intake } from '../custody.ts';
import type { FileName } from '../names.ts';
import type { NamedWorkingEntry, SharePlace } from './ports.ts';
import { entryOf } from './reserved.ts';
import { mayInShare } from './share-access.ts';
import type { ShareRefusal } from './working-refusal.ts';

/** A folder of a share that is being listed. */
export interface WorkingListing {
  /** The next page, in no order; an empty one is the end. Asks for the right to read anew. */
  next(): Promise<Result<readonly NamedWorkingEntry[], ShareRefusal>>;
  /** Ends a listing that is not wanted to its end. Idempotent. */
  close(): Promise<void>;
}

/** A bound for memory: of more files than these that are on their way into one folder, the rest shows as it comes. */
const MOST_COMING = 10_000;

/**
 * Lists a folder of a share in pages of at most `limit` names. Files that are still on their way from Arrivals are
 * among them, once, with the size that they will have.
 */
export async function listWorking(
  intake: Intake,
  session: Session,
  place: SharePlace,
  limit: number,
): Promise<Result<WorkingListing, ShareRefusal>> {
  const { ledger, zones } = intake;
  const mayRead = async () => mayInShare(intake, session.account, place.share, 'read');
  const allowed = await mayRead();
  if (!allowed.ok) return allowed;
  const moving = await ledger.movingInto({ share: allowed.value.id, folder: place.path }, MOST_COMING);
  const pages = await zones.shares.list(place, limit);
  if (pages === null) return refuse(await whyNoList(intake, place));
  const coming = new Map(moving.map(entryOf).map((entry) => [entry.name, entry]));
  const merged = merge(pages, coming, limit);
  return accept({
    async next() {
      const still = await mayRead();
      if (!still.ok) return still;
      const page = await merged.next();
      return accept(page.done === true ? [] : page.value);
    },
    async close() {
      await merged.return(undefined);
      await pages.return(undefined);
    },
  });
}

/** The pages of the disk, where a file that is coming shows its final size, and then those that are not there yet. */
async function* merge(
  pages: AsyncGenerator<readonly NamedWorkingEntry[]>,
  coming: Map<FileName, NamedWorkingEntry>,
  limit: number,
): AsyncGenerator<readonly NamedWorkingEntry[], undefined> {
  for await (const page of pages) {
    if (page.length === 0) continue;
    const shown = page.map((entry) => coming.get(entry.name) ?? entry);
    for (const { name } of page) coming.delete(name);
    yield shown;
  }
  const rest = [...coming.values()];
  for (let from = 0; from < rest.length; from += limit) yield rest.slice(from, from + limit);
  return undefined;
}

async function whyNoList(intake: Intake, place: SharePlace): Promise<'not-found' | 'not-a-folder'> {
  return (await intake.zones.shares.look(place)) === null ? 'not-found' : 'not-a-folder';
}
