import type { Account } from '../../accounts/account.ts';
import { requireUnfrozen } from '../../accounts/freeze.ts';
import type { Actor } from '../../audit/events.ts';
import type { AccountId } from '../../kit/ids.ts';
import { accept, type Refused, type Result, refuse } from '../../kit/result.ts';
import { fileRecord } from '../actors.ts';
import { findArrivalName } from '../arrival-name.ts';
import type { Intake } from '../custody.ts';
import type { CustodyFile } from '../file.ts';
import { hintNotices, newNotice } from '../notice.ts';

/** Why a decision about a stopped file was not taken. Nothing was changed. */
export type DecisionRefusal =
  | 'not-data-team'
  | 'not-stopped'
  | 'reason-missing'
  | 'held-back'
  | 'second-person-needed'
  | 'same-person'
  | 'no-name'
  | 'damaged'
  | 'account-disabled'
  | 'frozen';

const ADMISSION = { to: 'admitting', event: 'admission-ordered', job: 'admit-file' } as const;
const RELEASE = { to: 'releasing', event: 'release-ordered', job: 'release-file' } as const;

/** A decision by a named person. */
export interface Decision {
  readonly by: Account;
  readonly reason: string;
}

/** Destroys a held or quarantined file before its time. Refused while a hold covers it. */
export async function orderDestruction(
  intake: Intake,
  file: CustodyFile,
  decision: Decision,
): Promise<Result<void, DecisionRefusal>> {
  const fit = await checkMoving(intake, file, decision);
  if (!fit.ok) return fit;
  const moved = await intake.ledger.moveFile({
    ref: file,
    from: fit.value,
    to: 'destroying',
    nextGeneration: true,
    unlessHeld: true,
    changes: { expiresRule: `decision/${decision.by.id}` },
    audit: record(intake, file, 'destruction-ordered', decision),
  });
  if (moved !== 'moved')
    return refuse('held-back', 'a hold covers it, or it has just moved; nothing was changed');
  intake.hints.hint({ job: 'destroy-file', ref: { id: file.id, generation: file.generation + 1 } });
  return accept(undefined);
}

/**
 * Asks the sender of a held or quarantined file for another copy, by mail: why, which file, and what to do. The file
 * itself stays as it is until somebody decides or its time is over. Refused when the sender could not send anything.
 */
export async function askForCopy(
  intake: Intake,
  file: CustodyFile,
  decision: Decision,
): Promise<Result<void, DecisionRefusal>> {
  const fit = checkDecision(file, decision);
  if (!fit.ok) return fit;
  const sender = await intake.ledger.accountById(file.owner);
  if (sender?.status !== 'active') {
    const who = sender?.name ?? 'its sender';
    return refuse('account-disabled', `${who} is disabled and cannot send another copy; nobody was asked`);
  }
  const notice = newNotice(intake, file, 'copy-requested');
  const asked = record(intake, file, 'copy-requested', decision);
  const { subjects } = asked.event;
  const moved = await intake.ledger.moveFile({
    ref: file,
    from: fit.value,
    to: fit.value,
    notices: [notice],
    // The mail finds the reason by its notice.
    audit: { ...asked, event: { ...asked.event, subjects: { ...subjects, notice: notice.id } } },
  });
  if (moved !== 'moved') return refuse('not-stopped', 'the file has just moved; nobody was asked');
  hintNotices(intake, [notice]);
  return accept(undefined);
}

/**
 * Admits a held file, or, as the second of two people, a quarantined one; a file that leaves is released instead.
 * The label (`reason`) stays with the file.
 * For a quarantined file the first call proposes and is refused with `second-person-needed`; the proposal is in
 * the audit, and the second call has to come from another person.
 */
export async function orderAdmission(
  custody: Intake,
  file: CustodyFile,
  decision: Decision,
): Promise<Result<void, DecisionRefusal>> {
  const fit = await checkMoving(custody, file, decision);
  if (!fit.ok) return fit;
  if (file.damagedAt !== null)
    return refuse(
      'damaged',
      'its bytes are not the ones that were looked into; ask for another copy, or put them back',
    );
  if (file.sha256 === null) return refuse('not-stopped', 'it was never inspected; ask for another copy');
  if (fit.value === 'quarantined') {
    const seconded = await findProposal(custody, file, decision);
    if (!seconded.ok) return seconded;
  }
  const found = await findArrivalName(custody, file);
  if (found.kind !== 'free') return refuse('no-name', 'no name is free for it just now');
  const { to, event, job } = file.leavesBy === null ? ADMISSION : RELEASE;
  const moved = await custody.ledger.moveFile({
    ref: file,
    from: fit.value,
    to,
    nextGeneration: true,
    changes: { arrival: found.path },
    audit: record(custody, file, event, decision),
  });
  if (moved !== 'moved') return refuse('no-name', 'the file or the name has just moved; try again');
  custody.hints.hint({ job, ref: { id: file.id, generation: file.generation + 1 } });
  return accept(undefined);
}

/** For a decision that moves or destroys bytes: not while a freeze covers them. */
async function checkMoving(
  { ledger }: Intake,
  file: CustodyFile,
  decision: Decision,
): Promise<ReturnType<typeof checkDecision> | Refused<'frozen'>> {
  const fit = checkDecision(file, decision);
  if (!fit.ok) return fit;
  const unfrozen = await requireUnfrozen(ledger, { keeps: file.id });
  return unfrozen.ok ? fit : unfrozen;
}

function checkDecision(
  file: CustodyFile,
  { by, reason }: Decision,
): Result<'held' | 'quarantined', 'not-data-team' | 'not-stopped' | 'reason-missing'> {
  if (by.role !== 'data-team' || by.status !== 'active') {
    return refuse('not-data-team', `${by.name} is not an active member of the data team`);
  }
  if (reason.trim() === '') return refuse('reason-missing', 'a decision needs a reason');
  if (file.state !== 'held' && file.state !== 'quarantined') {
    return refuse('not-stopped', `only a held or quarantined file is decided on; this one is ${file.state}`);
  }
  return accept(file.state);
}

async function findProposal(
  intake: Intake,
  file: CustodyFile,
  decision: Decision,
): Promise<Result<void, 'second-person-needed' | 'same-person'>> {
  const rows = await intake.ledger.auditOf({ file: file.id });
  const proposers = new Set(rows.flatMap((row) => proposerIn(row.entry)));
  if (proposers.size === 0) {
    await intake.ledger.appendAudit([record(intake, file, 'admission-proposed', decision)]);
    return refuse('second-person-needed', 'proposed; a second member of the data team has to do the same');
  }
  const others = [...proposers].filter((id) => id !== decision.by.id);
  return others.length > 0
    ? accept(undefined)
    : refuse('same-person', 'the second person has to be another one');
}

function proposerIn(entry: string): AccountId[] {
  const row = JSON.parse(entry) as { type: string; data: { by?: AccountId } };
  return row.type === 'admission-proposed' && row.data.by !== undefined ? [row.data.by] : [];
}

function record(
  intake: Intake,
  file: CustodyFile,
  type:
    | 'destruction-ordered'
    | 'admission-ordered'
    | 'release-ordered'
    | 'admission-proposed'
    | 'copy-requested',
  { by, reason }: Decision,
) {
  const actor: Actor = { kind: 'console' };
  const made = fileRecord(intake.clock.now(), actor, type, file, { data: { by: by.id, from: file.state } });
  return { ...made, event: { ...made.event, personal: { ...made.event.personal, reason } } };
}
