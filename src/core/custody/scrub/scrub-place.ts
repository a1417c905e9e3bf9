import type { Intake } from '../custody.ts';
import type { CustodyFile } from '../file.ts';
import { joinPath } from '../names.ts';
import { publishedPlace } from '../published.ts';
import type { ScrubPlace } from './ports.ts';

/** Where a file's bytes are to be compared; null when they are between two places, or with nobody. */
export async function scrubPlace(intake: Intake, file: CustodyFile): Promise<ScrubPlace | null> {
  const { id, zone, arrival, working } = file;
  switch (zone) {
    case 'airlock':
    case 'quarantine':
      return { zone, file: id };
    case 'arrivals':
    case 'outbound':
      if (arrival === null) return null;
      return { zone, name: (await publishedPlace(intake, file, arrival)).name };
    case 'share': {
      const share = working === null ? null : await intake.ledger.shareById(working.share);
      if (working === null || share === null) return null;
      return { zone, place: { share: share.name, path: joinPath(working.folder, working.name) } };
    }
    case 'carried':
    case 'doomed':
    case 'gone':
      return null;
  }
}
