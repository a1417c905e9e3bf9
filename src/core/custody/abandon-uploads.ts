import { fileRecord, systemActor } from './actors.ts';
import type { Intake } from './custody.ts';
import { keptAside } from './retention/kept-aside.ts';

const PAGE = 500;

/**
 * Gives up uploads that nobody has gone on with for the site's time (`uploads.abandon`): unfinished ones, and
 * closed ones under a partial name. Their bytes stay in the airlock until retention destroys them. Returns how
 * many; call again while that is not zero.
 */
export async function abandonUploads(intake: Intake): Promise<number> {
  const { ledger, clock, policy } = intake;
  const at = clock.now();
  const idle = await ledger.idleUploads(at - policy.abandon, PAGE);
  let abandoned = 0;
  for (const file of idle) {
    if (file.state !== 'receiving' && file.state !== 'received') continue;
    const moved = await ledger.moveFile({
      ref: file,
      from: file.state,
      to: 'abandoned',
      lease: 'release',
      nextGeneration: true,
      changes: { reason: 'idle', ...keptAside(policy, 'abandoned', at) },
      audit: fileRecord(at, systemActor('sweeper'), 'upload-abandoned', file, {
        data: { reason: 'idle', size: file.size },
      }),
    });
    if (moved === 'moved') abandoned++;
  }
  return abandoned;
}
