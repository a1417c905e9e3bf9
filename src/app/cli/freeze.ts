import type { Command } from 'commander';
import { DOOR_NAMES, type FreezeTarget, parseDoorName } from '../../core/accounts/freeze.ts';
import type { Ledger } from '../../core/custody/ports.ts';
import { accountNamed, withIntake } from './custody-work.ts';
import { examples } from './examples.ts';
import { createFreezeViewer, FREEZE_HEADINGS, type FreezeView, freezeRow } from './freeze-view.ts';
import { CONSOLE, withInstallation } from './installation.ts';
import { orRefuse, Refusal } from './refusal.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

interface DecisionOptions {
  readonly by: string;
  readonly reason: string;
}

/** `havengate freeze …`: stops that take one person to place and two to lift. */
export function addFreezeVerbs(program: Command, terminal: Terminal): void {
  const noun = program
    .command('freeze')
    .description('stop an account, a project, a door or everything at once; lifting it takes two people')
    .addHelpText('after', () =>
      examples(
        'havengate freeze account alice --by dana --reason "her laptop was stolen"',
        'havengate freeze door sftp/outside --by olly --reason "attack from many addresses"',
        'havengate freeze all --by dana --reason "incident 17"',
      ),
    );
  addPlace(
    noun,
    terminal,
    'account <name>',
    'nobody acts in their name, and nothing of theirs moves',
    account,
  );
  addPlace(
    noun,
    terminal,
    'project <caseref>',
    'its shares, what leaves them and what is moved there',
    project,
  );
  addPlace(noun, terminal, 'door <kind/side>', `one of ${DOOR_NAMES.join(', ')}`, door);
  addPlace(noun, terminal, 'all', 'all doors, for everybody, and whatever moves or destroys', () =>
    Promise.resolve({ kind: 'all' }),
  );
  addLift(noun, terminal);
  addList(noun, terminal);
}

type FindTarget = (ledger: Ledger, name: string) => Promise<FreezeTarget>;

async function account(ledger: Ledger, name: string): Promise<FreezeTarget> {
  return { kind: 'account', account: (await accountNamed(ledger, name)).id };
}

async function project(ledger: Ledger, caseRef: string): Promise<FreezeTarget> {
  const found = await ledger.projectByCaseRef(caseRef);
  if (found === null) throw new Refusal('project-unknown', `there is no project "${caseRef}"`);
  return { kind: 'project', project: found.id };
}

async function door(_ledger: Ledger, name: string): Promise<FreezeTarget> {
  const known = parseDoorName(name);
  if (known !== null) return { kind: 'door', door: known };
  throw new Refusal('target-unknown', `"${name}" is no door; doors are ${DOOR_NAMES.join(', ')}`);
}

function addPlace(noun: Command, terminal: Terminal, usage: string, what: string, find: FindTarget): void {
  const [word = usage] = usage.split(' ');
  noun
    .command(usage)
    .description(
      `freeze ${word === 'all' ? 'everything' : `a${word === 'account' ? 'n' : ''} ${word}`}: ${what}`,
    )
    .requiredOption('--by <name>', 'in whose name: a member of the data team, or an operator')
    .requiredOption('--reason <text>', 'why, in words; kept with the freeze, and never shown at a door')
    .action(async (...given: unknown[]) => {
      const command = given.at(-1) as Command;
      const { by, reason } = given.at(-2) as DecisionOptions;
      const name = given.length > 2 ? String(given[0]) : '';
      const { placeFreeze } = await import('../../core/custody/freezes/decide-freeze.ts');
      const { value: view } = await withIntake(command, terminal, async (intake, installation) => {
        const target = await find(intake.ledger, name);
        const decision = { by: await accountNamed(intake.ledger, by), reason };
        const placed = orRefuse(await placeFreeze(intake, CONSOLE, target, decision));
        return createFreezeViewer(installation)(placed);
      });
      await terminal.answer(view, `frozen: ${named(view)} (${view.id}); two people lift it`);
    });
}

function addLift(noun: Command, terminal: Terminal): void {
  noun
    .command('lift')
    .description('lift a freeze: the first person proposes, another one agrees with the same verb')
    .argument('<freeze>', 'freeze id, as `freeze list` shows it')
    .requiredOption('--by <name>', 'in whose name: a member of the data team, or an operator')
    .requiredOption('--reason <text>', 'why, in words')
    .addHelpText('after', () => examples('havengate freeze lift frez_01k… --by dana --reason "laptop found"'))
    .action(async (id: string, { by, reason }: DecisionOptions, command: Command) => {
      const { liftFreeze } = await import('../../core/custody/freezes/decide-freeze.ts');
      const { value: view } = await withIntake(command, terminal, async (intake, installation) => {
        const decision = { by: await accountNamed(intake.ledger, by), reason };
        return createFreezeViewer(installation)(orRefuse(await liftFreeze(intake, CONSOLE, id, decision)));
      });
      await terminal.answer(view, `lifted ${view.id}: ${named(view)}; what waited goes on within a minute`);
    });
}

function addList(noun: Command, terminal: Terminal): void {
  noun
    .command('list')
    .description('freezes, newest first')
    .option('--all', 'also those that were lifted')
    .action(async (options: { all?: boolean }, command: Command) => {
      const views = await withInstallation(command, terminal, async (installation) => {
        const freezes = await installation.ledger.listFreezes(options.all !== true);
        return Promise.all(freezes.map(createFreezeViewer(installation)));
      });
      const text = views.length === 0 ? 'nothing is frozen' : table(FREEZE_HEADINGS, views.map(freezeRow));
      await terminal.answer(views, text);
    });
}

function named({ kind, target }: FreezeView): string {
  return kind === 'all' ? target : `${kind} ${target}`;
}
