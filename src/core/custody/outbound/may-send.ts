import { mayAct } from '../../accounts/may-act.ts';
import type { AccountId } from '../../kit/ids.ts';
import type { Result } from '../../kit/result.ts';
import type { Share } from '../../projects/project.ts';
import { requireRight } from '../../projects/rights.ts';
import type { Intake } from '../custody.ts';
import type { DropRefusal } from '../may-drop.ts';

/** Whether an account may send working files of a share out of the haven now: it needs to read them, and outbound. */
export async function maySend(
  intake: Pick<Intake, 'ledger' | 'gates'>,
  account: AccountId,
  share: string,
): Promise<Result<Share, DropRefusal>> {
  const { ledger } = intake;
  const person = await mayAct(intake, account);
  if (!person.ok) return person;
  const outbound = await requireRight(ledger, account, share, 'outbound');
  return outbound.ok ? requireRight(ledger, account, share, 'read') : outbound;
}
