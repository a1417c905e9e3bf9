import type { Session } from '../../accounts/sign-in.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import type { Intake } from '../custody.ts';
import { TOP } from '../names.ts';
import type { SharePlace, WorkingEntry } from './ports.ts';
import { entryOf, reservedAt } from './reserved.ts';
import { isMember, mayInShare } from './share-access.ts';
import type { ShareRefusal } from './working-refusal.ts';

/**
 * What stands at a place of a share. Needs the right to read; the top shows itself to every member. A file that is
 * still on its way from Arrivals is there already, with the size that it will have.
 */
export async function lookUpWorking(
  intake: Intake,
  session: Session,
  place: SharePlace,
): Promise<Result<WorkingEntry, ShareRefusal>> {
  const { zones } = intake;
  if (place.path === TOP) {
    const member = await isMember(intake, session.account, place.share);
    if (!member.ok) return member;
    const top = await zones.shares.look(place);
    return top === null ? refuse('not-found', 'the folder of this share is missing') : accept(top);
  }
  const allowed = await mayInShare(intake, session.account, place.share, 'read');
  if (!allowed.ok) return allowed;
  const entry = await zones.shares.look(place);
  if (entry !== null) return accept(entry);
  const coming = await reservedAt(intake, allowed.value.id, place.path);
  return coming === null ? refuse('not-found') : accept(entryOf(coming));
}

/** Bytes that may still be written to the file system of a share. For every member. */
export async function roomOfShare(
  intake: Intake,
  session: Session,
  share: string,
): Promise<Result<number, ShareRefusal>> {
  const member = await isMember(intake, session.account, share);
  return member.ok ? accept(await intake.zones.shares.room(share)) : member;
}
