import { fileRecord, systemActor } from '../actors.ts';
import type { Intake } from '../custody.ts';
import type { CustodyFile, InodeMark } from '../file.ts';
import type { FileState } from '../states.ts';
import type { ScrubReader } from './ports.ts';

const ACTOR = systemActor('scrub-files');

/**
 * The bytes of a damaged file are those of its digest again: somebody has put them back. What was published is there
 * again under its name. `moved` when somebody was faster, or another file has taken the name.
 */
export async function recordMended(
  intake: Intake,
  file: CustodyFile,
  reader: ScrubReader,
  mark: InodeMark,
): Promise<'mended' | 'moved'> {
  const { ledger, clock, log } = intake;
  await reader.withhold(false);
  const { stamp } = await reader.look();
  const at = clock.now();
  const isPublished = file.reason === 'bytes-corrupt';
  const moved = await ledger.moveFile({
    ref: file,
    from: file.state,
    to: isPublished ? publishedState(file) : file.state,
    nextGeneration: true,
    changes: {
      damagedAt: null,
      stamp,
      scrubbedAt: at,
      ...(isPublished && { reason: null, inode: mark }),
    },
    audit: fileRecord(at, ACTOR, 'file-mended', file, { data: { sha256: file.sha256, zone: file.zone } }),
  });
  if (moved !== 'moved') return 'moved';
  log.info('file-mended', { file: file.id, zone: file.zone });
  return 'mended';
}

function publishedState({ leavesBy }: CustodyFile): FileState {
  return leavesBy === null ? 'arrived' : 'released';
}
