import { type EntryRefusal, mayStillAct, type Session } from '../../accounts/sign-in.ts';
import type { Actor } from '../../audit/events.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import { actorOf, fileRecord } from '../actors.ts';
import type { Intake } from '../custody.ts';
import type { CustodyFile } from '../file.ts';

/** Why a file was not removed. Nothing was changed. */
export type RemoveRefusal = EntryRefusal | 'not-found' | 'held-back';

/**
 * The holder removes an arrived file: `removed` at once, the bytes go after the row (invariant 4). Refused while a
 * hold covers it.
 */
export async function removeFile(
  intake: Intake,
  session: Session,
  file: CustodyFile,
): Promise<Result<void, RemoveRefusal>> {
  const allowed = await mayStillAct(intake.ledger, session);
  if (!allowed.ok) return allowed;
  if (file.owner !== session.account) return refuse('not-found');
  return removeArrived(intake, actorOf(session), file);
}

/** The same on the word of somebody at the console. */
export async function removeArrived(
  intake: Intake,
  actor: Actor,
  file: CustodyFile,
): Promise<Result<void, 'not-found' | 'held-back'>> {
  if (file.state !== 'arrived') return refuse('not-found', 'only a file in Arrivals can be removed');
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
