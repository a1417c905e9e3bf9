import { type EntryRefusal, mayStillAct } from '../../accounts/may-act.ts';
import type { Session } from '../../accounts/sign-in.ts';
import { accept, type Result } from '../../kit/result.ts';
import type { ShareRights } from '../../projects/project.ts';
import type { Intake } from '../custody.ts';

/** The open shares of the person of a session, with their rights on each as they are now, by name. */
export async function listOwnShares(
  intake: Pick<Intake, 'ledger' | 'gates'>,
  session: Session,
): Promise<Result<readonly ShareRights[], EntryRefusal>> {
  const allowed = await mayStillAct(intake, session);
  return allowed.ok ? accept(await intake.ledger.sharesOf(session.account)) : allowed;
}
