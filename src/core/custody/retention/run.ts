import { requireUnfrozen } from '../../accounts/freeze.ts';
import type { Actor, AuditRecord } from '../../audit/events.ts';
import { reach } from '../../kit/failpoint.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import { fileRecord } from '../actors.ts';
import type { Intake } from '../custody.ts';
import type { CustodyFile } from '../file.ts';
import { hintNotices, noticesAbout } from '../notice.ts';
import { findMove } from '../states.ts';
import { type GuardRefusal, whyNothingIsDestroyed } from './destruction-guard.ts';
import {
  createExtensionRule,
  dueFiles,
  planInstant,
  planRetention,
  planSet,
  type RetentionPlan,
} from './plan.ts';

/** What a run began. */
export interface RetentionRun {
  readonly plan: RetentionPlan;
  /** Files whose destruction was begun; the jobs carry it out. */
  readonly begun: number;
  /** Files whose holder cannot sign in, and which got their one extension. */
  readonly extended: number;
}

/** Why nothing was destroyed. */
export type RunRefusal = 'frozen' | GuardRefusal | 'needs-confirmation' | 'plan-unknown' | 'plan-changed';

/** How many rows are moved at once: enough to share a commit, few enough not to keep others waiting. */
const TOGETHER = 50;

/**
 * Begins the destruction of what is due, or of a confirmed plan: each file gets its durable `destroying` row, under
 * compare-and-set against holds, and a job carries it out. A large plan stops and waits for `confirm`, which has to
 * name exactly the files that are still due at the plan's instant. Nothing is begun while the clock is suspect.
 * Safe to run twice.
 */
export async function runRetention(
  intake: Intake,
  actor: Actor,
  confirm: string | null,
): Promise<Result<RetentionRun, RunRefusal>> {
  const { ledger, clock, log } = intake;
  const stopped = await whyNothingIsDestroyed(ledger);
  if (stopped !== null) return refuse(stopped.refusal, stopped.why);
  const unfrozen = await requireUnfrozen(ledger, {});
  if (!unfrozen.ok) return refuse('frozen', `everything is frozen: ${unfrozen.detail}`);
  const asOf = confirm === null ? clock.now() : planInstant(confirm);
  if (asOf === null) return refuse('plan-unknown', `"${confirm}" does not name a plan`);
  if (asOf > clock.now()) return refuse('plan-unknown', `plan ${confirm} is of a time that has not come`);
  const plan = await planRetention(ledger, asOf);
  if (confirm !== null && plan.id !== confirm) {
    return refuse(
      'plan-changed',
      `other files are due than when plan ${confirm} was made; look at the new plan ${plan.id}`,
    );
  }
  if (plan.needsConfirmation && confirm === null) {
    await sayStopped(intake, actor, plan);
    const destroyed = plan.files - plan.extended;
    return refuse('needs-confirmation', `${destroyed} of ${plan.of} files are due; confirm plan ${plan.id}`);
  }
  if (plan.files === 0) return accept({ plan, begun: 0, extended: 0 });
  const type = confirm === null ? 'retention-planned' : 'retention-confirmed';
  await ledger.appendAudit([planRecord(intake, actor, type, plan)]);
  const run = await beginAll(intake, plan);
  log.info('retention-run', { plan: plan.id, ...run });
  return accept({ plan, ...run });
}

async function beginAll(intake: Intake, plan: RetentionPlan): Promise<{ begun: number; extended: number }> {
  let [begun, extended] = [0, 0];
  for await (const page of dueFiles(intake.ledger, plan.asOf)) {
    for (let i = 0; i < page.length; i += TOGETHER) {
      const ends = await Promise.all(page.slice(i, i + TOGETHER).map((file) => beginOne(intake, file)));
      begun += ends.filter((end) => end === 'begun').length;
      extended += ends.filter((end) => end === 'extended').length;
    }
  }
  return { begun, extended };
}

async function beginOne(intake: Intake, file: CustodyFile): Promise<'begun' | 'extended' | 'left'> {
  // Asked for each file anew: a holder may have been let in again while the run goes on.
  if (await createExtensionRule(intake.ledger)(file))
    return (await extend(intake, file)) ? 'extended' : 'left';
  const { state } = file;
  if (findMove(state, 'destroying', 'destruction-begun') === null) return 'left';
  const moved = await intake.ledger.moveFile({
    ref: file,
    from: state,
    to: 'destroying',
    nextGeneration: true,
    unlessHeld: true,
    audit: fileRecord(intake.clock.now(), RETENTION, 'destruction-begun', file, {
      data: { from: state, rule: file.expiresRule, expiresAt: file.expiresAt },
    }),
  });
  if (moved !== 'moved') return 'left';
  reach('destroy.begun');
  intake.hints.hint({ job: 'destroy-file', ref: { id: file.id, generation: file.generation + 1 } });
  return 'begun';
}

/** The set of files that a run stopped at last. */
const STOPPED = 'retention-stopped';

const RETENTION: Actor = { kind: 'system', part: 'retention' };

async function extend(intake: Intake, file: CustodyFile): Promise<boolean> {
  const at = intake.clock.now();
  const expiresAt = at + intake.policy.retention.extension;
  const notices = await noticesAbout(intake, file, 'file-extended');
  const moved = await intake.ledger.moveFile({
    ref: file,
    from: 'arrived',
    to: 'arrived',
    changes: { expiresAt, extendedAt: at, warnedBefore: null },
    notices,
    audit: fileRecord(at, RETENTION, 'retention-extended', file, { data: { expiresAt } }),
  });
  if (moved !== 'moved') return false;
  hintNotices(intake, notices);
  return true;
}

async function sayStopped(intake: Intake, actor: Actor, plan: RetentionPlan): Promise<void> {
  intake.log.error('retention-stopped', { plan: plan.id, files: plan.files, of: plan.of });
  // Looked at every hour until somebody confirms: the log gets one row for each set of files.
  if ((await intake.ledger.readMark(STOPPED)) === planSet(plan)) return;
  await intake.ledger.appendAudit([planRecord(intake, actor, 'retention-stopped', plan)]);
  await intake.ledger.writeMark(STOPPED, planSet(plan));
}

function planRecord(
  intake: Intake,
  actor: Actor,
  type: 'retention-planned' | 'retention-confirmed' | 'retention-stopped',
  { id, files, extended, of }: RetentionPlan,
): AuditRecord {
  return {
    at: intake.clock.now(),
    actor,
    event: { type, subjects: {}, data: { plan: id, files, extended, of } },
  };
}
