import type { Command } from 'commander';
import { actingAs, type Begun, whenItHappens, withIntake } from './custody-work.ts';
import { examples } from './examples.ts';
import { createFileViewer, type FileView } from './file-view.ts';
import { findFile } from './find-file.ts';
import { CONSOLE } from './installation.ts';
import { orRefuse, Refusal } from './refusal.ts';
import type { Terminal } from './terminal.ts';

interface DecisionOptions {
  readonly by: string;
  readonly reason: string;
}

/** The verbs of `havengate file` by which people decide what becomes of a file. */
export function addFileDecisions(noun: Command, terminal: Terminal): void {
  addRemove(noun, terminal);
  addDestroy(noun, terminal);
  addAdmit(noun, terminal);
  addAskAgain(noun, terminal);
}

function addRemove(noun: Command, terminal: Terminal): void {
  noun
    .command('remove')
    .description('remove a file from Arrivals, in the name of its holder')
    .argument('<id>', 'file id, as `file list` shows it')
    .requiredOption('--by <name>', 'the holder')
    .addHelpText('after', () => examples('havengate file remove file_01k… --by alice'))
    .action(async (id: string, options: { by: string }, command: Command) => {
      const { removeArrived } = await import('../../core/custody/retention/remove-file.ts');
      const begun = await withIntake(command, terminal, async (intake, installation) => {
        const file = await findFile(installation, id);
        const by = await actingAs(intake.ledger, options.by);
        if (file.owner !== by.id) throw new Refusal('not-holder', `${by.name} does not hold this file`);
        orRefuse(await removeArrived(intake, CONSOLE, file));
        return createFileViewer(installation)(await findFile(installation, id));
      });
      await answer(terminal, begun, 'removed; its bytes are unlinked next');
    });
}

function addDestroy(noun: Command, terminal: Terminal): void {
  noun
    .command('destroy')
    .description('destroy a held or quarantined file before its time, in the name of the data team')
    .argument('<id>', 'file id, as `file list` shows it')
    .requiredOption('--by <name>', 'who decided: a member of the data team')
    .requiredOption('--reason <text>', 'why, in words')
    .addHelpText('after', () =>
      examples('havengate file destroy file_01k… --by dana --reason "the sender was told, and agrees"'),
    )
    .action(async (id: string, options: DecisionOptions, command: Command) => {
      const { orderDestruction } = await import('../../core/custody/retention/decide.ts');
      const begun = await withIntake(command, terminal, async (intake, installation) => {
        const file = await findFile(installation, id);
        const decision = { by: await actingAs(intake.ledger, options.by), reason: options.reason };
        orRefuse(await orderDestruction(intake, file, decision));
        return createFileViewer(installation)(await findFile(installation, id));
      });
      await answer(terminal, begun, 'its destruction was ordered');
    });
}

function addAdmit(noun: Command, terminal: Terminal): void {
  noun
    .command('admit')
    .description(
      'let a held file in, or out if it leaves; a quarantined one takes two members of the data team, one after ' +
        'the other',
    )
    .argument('<id>', 'file id, as `file list` shows it')
    .requiredOption('--by <name>', 'who decided: a member of the data team')
    .requiredOption('--reason <text>', 'why, in words')
    .addHelpText('after', () =>
      examples('havengate file admit file_01k… --by dana --reason "false alarm, checked with the lab"'),
    )
    .action(async (id: string, options: DecisionOptions, command: Command) => {
      const { orderAdmission } = await import('../../core/custody/retention/decide.ts');
      const begun = await withIntake(command, terminal, async (intake, installation) => {
        const file = await findFile(installation, id);
        const decision = { by: await actingAs(intake.ledger, options.by), reason: options.reason };
        orRefuse(await orderAdmission(intake, file, decision));
        return createFileViewer(installation)(await findFile(installation, id));
      });
      const what = begun.value.leavesBy === null ? 'admission' : 'release';
      await answer(terminal, begun, `its ${what} was ordered`);
    });
}

function addAskAgain(noun: Command, terminal: Terminal): void {
  noun
    .command('ask-again')
    .description('ask the sender of a held or quarantined file for another copy; the file stays as it is')
    .argument('<id>', 'file id, as `file list` shows it')
    .requiredOption('--by <name>', 'who decided: a member of the data team')
    .requiredOption('--reason <text>', 'why, and what to put right: the sender reads this in a mail')
    .addHelpText('after', () =>
      examples('havengate file ask-again file_01k… --by dana --reason "please send it without a password"'),
    )
    .action(async (id: string, options: DecisionOptions, command: Command) => {
      const { askForCopy } = await import('../../core/custody/retention/decide.ts');
      const begun = await withIntake(command, terminal, async (intake, installation) => {
        const file = await findFile(installation, id);
        const decision = { by: await actingAs(intake.ledger, options.by), reason: options.reason };
        orRefuse(await askForCopy(intake, file, decision));
        return createFileViewer(installation)(await findFile(installation, id));
      });
      await answer(terminal, begun, 'its sender is asked for another copy by mail');
    });
}

async function answer(terminal: Terminal, begun: Begun<FileView>, what: string): Promise<void> {
  const { value, told } = begun;
  const document = { ...value, daemonTold: told };
  await terminal.answer(document, `${value.id}: ${what}; ${whenItHappens(begun)}`);
}
