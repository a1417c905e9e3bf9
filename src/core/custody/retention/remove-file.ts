import { requireUnfrozen } from '../../accounts/freeze.ts';
import type { Actor } from '../../audit/events.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import { fileRecord } from '../actors.ts';
import type { Intake } from '../custody.ts';
import type { CustodyFile } from '../file.ts';

/**
 * Removes an arrived file for its holder: `removed` at once, the bytes go after the row (invariant 4). Refused while
 * a hold covers it. The caller has looked whether the actor is its holder.
 */
export async function removeArrived(
  intake: Intake,
  actor: Actor,
  file: CustodyFile,
): Promise<Result<void, 'not-found' | 'held-back' | 'frozen'>> {
  if (file.state !== 'arrived') return refuse('not-found', 'only a file in Arrivals can be removed');
  const unfrozen = await requireUnfrozen(intake.ledger, { keeps: file.id });
  if (!unfrozen.ok) return unfrozen;
  const moved = await intake.ledger.moveFile({
    ref: file,
    from: 'arrived',
    to: 'removed',
    nextGeneration: true,
    unlessHeld: true,
    audit: fileRecord(intake.clock.now(), actor, 'file-removed', file, {
      data: { sha256: file.sha256, size: file.size },
    }),
  });
  if (moved !== 'moved')
    return refuse('held-back', 'a hold covers it, or it has just moved; nothing was changed');
  intake.hints.hint({ job: 'clear-airlock', ref: { id: file.id, generation: file.generation + 1 } });
  return accept(undefined);
}
