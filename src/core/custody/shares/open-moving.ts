import { accept, type Result } from '../../kit/result.ts';
import type { Intake } from '../custody.ts';
import type { CustodyFile } from '../file.ts';
import { publishedPlace } from '../published.ts';
import type { PublishedReader, SharePlace, WorkingFile, WorkingRefusal } from './ports.ts';
import { entryOf } from './reserved.ts';

const READ = { read: true, write: false, create: false, exclusive: false, truncate: false } as const;

/** Opens the bytes of a file that is on its way into a share, for reading: in Arrivals until they are carried. */
export async function openMoving(
  intake: Intake,
  file: CustodyFile,
  place: SharePlace,
): Promise<Result<WorkingFile, WorkingRefusal>> {
  if (file.arrival === null) throw new Error(`file ${file.id} is being moved and has no name in Arrivals`);
  if (file.zone !== 'carried') {
    const { zone, name } = await publishedPlace(intake, file, file.arrival);
    const reader = await zone.open(name);
    if (reader !== null) return accept(readOnly(reader, file));
  }
  // Carried, perhaps since we looked.
  return intake.zones.shares.open(place, READ);
}

/** Every change is refused before it comes here: it was opened for reading only. */
function readOnly(reader: PublishedReader, file: CustodyFile): WorkingFile {
  const never = async (): Promise<never> => {
    throw new Error(`file ${file.id} is still in Arrivals, and nothing writes there`);
  };
  return {
    size: reader.size,
    mtime: reader.mtime,
    read: (buffer, position) => reader.read(buffer, position),
    close: () => reader.close(),
    end: async () => reader.size,
    look: async () => entryOf(file),
    sync: async () => undefined,
    write: never,
    truncate: never,
    setMtime: never,
  };
}
