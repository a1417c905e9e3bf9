import type { Command } from 'commander';
import type { HoldTarget } from '../../core/custody/retention/hold.ts';
import { accountNamed, actingAs } from './custody-work.ts';
import { examples } from './examples.ts';
import { findFile } from './find-file.ts';
import { createHoldViewer, HOLD_HEADINGS, holdRow } from './hold-view.ts';
import { CONSOLE, type Installation, withInstallation } from './installation.ts';
import { orRefuse, Refusal } from './refusal.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

interface PlaceOptions {
  readonly by: string;
  readonly reason: string;
  readonly file?: string;
  readonly account?: string;
  readonly project?: string;
}

/** `havengate hold …`: reasons not to destroy yet. */
export function addHoldVerbs(program: Command, terminal: Terminal): void {
  const noun = program.command('hold').description('reasons not to destroy yet');
  addPlace(noun, terminal);
  addLift(noun, terminal);
  addList(noun, terminal);
}

function addPlace(noun: Command, terminal: Terminal): void {
  noun
    .command('place')
    .description('hold a file, everything of a person, or everything of the members of a project')
    .requiredOption('--by <name>', 'the account in whose name it is placed')
    .requiredOption('--reason <text>', 'why, in words; it is kept with the hold')
    .option('--file <id>', 'the file')
    .option('--account <name>', 'the person')
    .option('--project <caseref>', 'the project')
    .addHelpText('after', () =>
      examples(
        'havengate hold place --by dana --reason "court order 17/26" --file file_01k…',
        'havengate hold place --by dana --reason "audit of the study" --project CASE-2026-17',
      ),
    )
    .action(async (options: PlaceOptions, command: Command) => {
      const { placeHold } = await import('../../core/custody/retention/hold.ts');
      const view = await withInstallation(command, terminal, async (installation) => {
        const { ledger, clock } = installation;
        const target = await findTarget(installation, options, command);
        const by = (await actingAs(ledger, options.by)).id;
        const request = { target, reason: options.reason, by };
        return createHoldViewer(installation)(orRefuse(await placeHold({ ledger, clock }, CONSOLE, request)));
      });
      await terminal.answer(view, `placed ${view.id}: nothing of ${view.kind} ${view.target} is destroyed`);
    });
}

function addLift(noun: Command, terminal: Terminal): void {
  noun
    .command('lift')
    .description('lift a hold; what is due then is destroyed by the next run')
    .argument('<hold>', 'hold id, as `hold list` shows it')
    .requiredOption('--by <name>', 'the account in whose name it is lifted')
    .requiredOption('--reason <text>', 'why, in words')
    .addHelpText('after', () => examples('havengate hold lift hold_01k… --by dana --reason "case closed"'))
    .action(async (hold: string, options: { by: string; reason: string }, command: Command) => {
      const { liftHold } = await import('../../core/custody/retention/hold.ts');
      const view = await withInstallation(command, terminal, async (installation) => {
        const { ledger, clock } = installation;
        const by = (await actingAs(ledger, options.by)).id;
        const request = { hold, reason: options.reason, by };
        orRefuse(await liftHold({ ledger, clock }, CONSOLE, request));
        const lifted = (await ledger.listHolds(false)).find(({ id }) => id === hold);
        if (lifted === undefined) throw new Error(`hold ${hold} was lifted and is not there`);
        return createHoldViewer(installation)(lifted);
      });
      await terminal.answer(view, `lifted ${view.id}`);
    });
}

function addList(noun: Command, terminal: Terminal): void {
  noun
    .command('list')
    .description('holds, newest first')
    .option('--all', 'also those that were lifted')
    .action(async (options: { all?: boolean }, command: Command) => {
      const views = await withInstallation(command, terminal, async (installation) => {
        const holds = await installation.ledger.listHolds(options.all !== true);
        return Promise.all(holds.map(createHoldViewer(installation)));
      });
      await terminal.answer(
        views,
        views.length === 0 ? 'no holds' : table(HOLD_HEADINGS, views.map(holdRow)),
      );
    });
}

async function findTarget(
  installation: Installation,
  { file, account, project }: PlaceOptions,
  command: Command,
): Promise<HoldTarget> {
  const given = [file, account, project].filter((one) => one !== undefined);
  if (given.length !== 1) command.error('error: give one of --file, --account and --project');
  if (file !== undefined) return { kind: 'file', file: (await findFile(installation, file)).id };
  if (account !== undefined) {
    return { kind: 'account', account: (await accountNamed(installation.ledger, account)).id };
  }
  const found = await installation.ledger.projectByCaseRef(project ?? '');
  if (found !== null) return { kind: 'project', project: found.id };
  throw new Refusal('project-unknown', `there is no project "${project}"`);
}
