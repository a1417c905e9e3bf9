import { mayStillBeHere, type PresenceRefusal } from '../accounts/may-act.ts';
import type { Session } from '../accounts/sign-in.ts';
import type { FileId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { Intake } from './custody.ts';
import type { CustodyFile } from './file.ts';
import type { OwnFilesPage, OwnFilesQuery } from './ports.ts';
import type { SignedReceipt } from './receipt.ts';
import { newestVerdicts, type Verdict } from './verdict.ts';

/** Why a person is not shown a file. Somebody else's and an unknown one are the same answer. */
export type OwnFileRefusal = PresenceRefusal | 'not-found';

/** A file of a person's own, with the newest word of each check on its bytes. */
export interface OwnFile {
  readonly file: CustodyFile;
  readonly verdicts: readonly Verdict[];
}

/**
 * A page of what the person of a session sent in or was released, and how many there are in all. `not-found` when it
 * is to begin after a file that is not theirs.
 */
export async function listOwnFiles(
  intake: Intake,
  session: Session,
  query: Omit<OwnFilesQuery, 'owner'>,
): Promise<Result<OwnFilesPage & { readonly shown: readonly OwnFile[] }, OwnFileRefusal>> {
  const allowed = await mayStillBeHere(intake, session);
  if (!allowed.ok) return allowed;
  const page = await intake.ledger.pageOfOwn({ ...query, owner: session.account });
  if (page === null) return refuse('not-found');
  return accept({ ...page, shown: await Promise.all(page.files.map((file) => withVerdicts(intake, file))) });
}

/** One file of the person of a session, whatever became of it. */
export async function ownFile(
  intake: Intake,
  session: Session,
  id: FileId,
): Promise<Result<OwnFile, OwnFileRefusal>> {
  const allowed = await mayStillBeHere(intake, session);
  if (!allowed.ok) return allowed;
  const file = await intake.ledger.fileById(id);
  return file?.owner === session.account ? accept(await withVerdicts(intake, file)) : refuse('not-found');
}

/** The newest receipt of a file of the person's own. `no-receipt` before it has arrived. */
export async function ownReceipt(
  intake: Intake,
  session: Session,
  id: FileId,
): Promise<Result<SignedReceipt, OwnFileRefusal | 'no-receipt'>> {
  const found = await ownFile(intake, session, id);
  if (!found.ok) return found;
  const receipt = (await intake.ledger.receiptsOf(id)).at(-1);
  return receipt === undefined ? refuse('no-receipt') : accept(receipt);
}

async function withVerdicts({ ledger }: Intake, file: CustodyFile): Promise<OwnFile> {
  const known = file.sha256 === null ? [] : await ledger.verdictsOf(file.id);
  return { file, verdicts: newestVerdicts(known, file.sha256) };
}
