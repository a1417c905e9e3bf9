import type { Instant } from '../../kit/clock.ts';
import type { FileId } from '../../kit/ids.ts';
import type { Intake } from '../custody.ts';
import type { CustodyFile } from '../file.ts';
import type { ScrubPace } from './ports.ts';
import { type Scrubbed, scrubFile } from './scrub-file.ts';

const PAGE = 100;

/** What a run of scrubbing has found. */
export interface ScrubRun {
  readonly files: number;
  readonly bytes: number;
  readonly found: Readonly<Partial<Record<Scrubbed | 'failed', number>>>;
  readonly damaged: readonly CustodyFile['id'][];
}

/**
 * Reads again what was not compared since `before`, the longest ago first, until there is no more or the pace ends it.
 * Each file that was compared is noted in the ledger, so that the next run goes on where this one was.
 */
export async function scrubDue(intake: Intake, before: Instant, pace: ScrubPace): Promise<ScrubRun> {
  const seen = new Set<FileId>();
  // What this run has compared is not due again in it.
  const until = Math.min(before, intake.clock.now());
  const files = async () =>
    (await intake.ledger.filesToScrub(until, PAGE + seen.size)).filter(({ id }) => !seen.has(id));
  const run = startCounting();
  for (let page = await files(); page.length > 0; page = await files()) {
    for (const file of page) {
      if (!(await pace.next())) return run.ended();
      const found = await tryFile(intake, file, run.counting(pace));
      if (found === 'stopped') return run.ended();
      run.count(file, found);
      // What is not noted would be first again.
      if (found === 'moved' || found === 'failed') seen.add(file.id);
    }
  }
  return run.ended();
}

/** A file that cannot be opened keeps no other from being read. */
async function tryFile(intake: Intake, file: CustodyFile, pace: ScrubPace): Promise<Scrubbed | 'failed'> {
  try {
    return await scrubFile(intake, file, pace);
  } catch (error) {
    intake.log.warn('scrub-failed', { file: file.id, error });
    return 'failed';
  }
}

/** Reads these files again, whenever they were compared last. */
export async function scrubThese(
  intake: Intake,
  files: readonly CustodyFile[],
  pace: ScrubPace,
): Promise<ScrubRun> {
  const run = startCounting();
  for (const file of files) run.count(file, await scrubFile(intake, file, run.counting(pace)));
  return run.ended();
}

function startCounting() {
  let [files, bytes] = [0, 0];
  const found: Partial<Record<Scrubbed | 'failed', number>> = {};
  const damaged: CustodyFile['id'][] = [];
  return {
    counting: (pace: ScrubPace): ScrubPace => ({
      next: () => pace.next(),
      took(more) {
        bytes += more;
        return pace.took(more);
      },
    }),
    count(file: CustodyFile, what: Scrubbed | 'failed'): void {
      files++;
      found[what] = (found[what] ?? 0) + 1;
      if (what === 'damaged') damaged.push(file.id);
    },
    ended: (): ScrubRun => ({ files, bytes, found, damaged }),
  };
}
