import type { Command } from 'commander';
import { type RetentionPlan } from '../../core/custody/retention/plan.ts';
import { formatBytes } from '../../core/kit/bytes.ts';
import { type Instant, isoTime } from '../../core/kit/clock.ts';
import { whenItHappens, withIntake } from './custody-work.ts';
import { DUE_HEADINGS, dueRow, listDue } from './due-file-view.ts';
import { examples } from './examples.ts';
import { CONSOLE, withInstallation } from './installation.ts';
import { instant } from './option-values.ts';
import { orRefuse, Refusal } from './refusal.ts';
import { facts, table } from './table.ts';
import type { Terminal } from './terminal.ts';

interface PlanOptions {
  readonly asOf?: Instant;
  readonly files?: boolean;
}

/** `havengate retention …`: what is destroyed when its time is over. */
export function addRetentionVerbs(program: Command, terminal: Terminal): void {
  const noun = program.command('retention').description('what is destroyed when its time is over');
  addPlan(noun, terminal);
  addRun(noun, terminal);
}

function addPlan(noun: Command, terminal: Terminal): void {
  noun
    .command('plan')
    .description('say exactly what a run would do, and change nothing')
    .option('--as-of <time>', 'at another time, such as 2026-12-24 or 2026-12-24T18:00:00Z (UTC)', instant)
    .option('--files', 'list the files')
    .addHelpText('after', () =>
      examples('havengate retention plan --files', 'havengate retention plan --as-of 2026-12-24 --json'),
    )
    .action(async (options: PlanOptions, command: Command) => {
      const { planRetention } = await import('../../core/custody/retention/plan.ts');
      const shown = await withInstallation(command, terminal, async (installation) => {
        const { ledger, clock } = installation;
        const plan = await planRetention(ledger, options.asOf ?? clock.now());
        const due = options.files === true ? await listDue(installation, plan.asOf) : null;
        return { plan, due };
      });
      const { plan, due } = shown;
      const document = { ...planDocument(plan), ...(due !== null && { due }) };
      const list = due === null || due.length === 0 ? '' : `\n\n${table(DUE_HEADINGS, due.map(dueRow))}`;
      await terminal.answer(document, planText(plan) + list);
    });
}

function addRun(noun: Command, terminal: Terminal): void {
  noun
    .command('run')
    .description('begin to destroy what is due; one that is large has to be confirmed by its plan')
    .option('--confirm <plan>', 'the id of the plan that somebody has looked at')
    .addHelpText('after', () =>
      examples('havengate retention run', 'havengate retention run --confirm mfx2k9qd-0123456789abcdef'),
    )
    .action(async (options: { confirm?: string }, command: Command) => {
      const [{ runRetention }, { clockAgainstLedger, clockSuspicion }] = await Promise.all([
        import('../../core/custody/retention/run.ts'),
        import('../../core/custody/retention/clock-guard.ts'),
      ]);
      const begun = await withIntake(command, terminal, async (intake) => {
        const why = await clockAgainstLedger(intake.ledger, intake.clock);
        if (why !== null)
          throw new Refusal('clock-suspect', `the clock of this process is not trusted: ${why}`);
        const run = orRefuse(await runRetention(intake, CONSOLE, options.confirm ?? null));
        // A daemon takes up to two seconds to see that the clock has jumped.
        return { ...run, suspicion: await clockSuspicion(intake.ledger) };
      });
      const { plan, begun: files, extended, suspicion } = begun.value;
      const document = {
        plan: planDocument(plan),
        begun: files,
        extended,
        suspicion,
        daemonTold: begun.told,
      };
      const more = extended === 0 ? '' : `; ${extended} got more time, because their holders cannot sign in`;
      const told =
        plan.files === 0
          ? 'nothing is due'
          : `began to destroy ${files} of ${plan.files} files${more}; ${suspicion === null ? whenItHappens(begun) : waiting(suspicion)}`;
      await terminal.answer(document, told);
    });
}

function waiting(suspicion: string): string {
  return `they wait, because the clock is not trusted since: ${suspicion}; look at it, then \`havengate clock accept\``;
}

function planDocument(plan: RetentionPlan) {
  return { ...plan, asOf: isoTime(plan.asOf) };
}

function planText(plan: RetentionPlan): string {
  return facts([
    ['plan', plan.id],
    ['as of', isoTime(plan.asOf)],
    ['files', `${plan.files} of ${plan.of} that have bytes`],
    ['get more time', `${plan.extended}, whose holders cannot sign in`],
    ['size', `${formatBytes(plan.bytes)} (${plan.bytes} bytes)`],
    ['to be confirmed', plan.needsConfirmation ? `yes: havengate retention run --confirm ${plan.id}` : 'no'],
  ]);
}
