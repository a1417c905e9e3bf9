import type { Command } from 'commander';
import { accountNamed, actingAs, withIntake } from './custody-work.ts';
import { examples } from './examples.ts';
import { CONSOLE, readConfig } from './installation.ts';
import { orRefuse } from './refusal.ts';
import type { Terminal } from './terminal.ts';

interface ForgetOptions {
  readonly by: string;
  readonly confirm?: string;
}

/** `havengate account forget`: erases what says who somebody was, for good. */
export function addForgetVerb(noun: Command, terminal: Terminal): void {
  noun
    .command('forget')
    .description(
      'erase for good what says who a person was: names, addresses, paths, credentials and signed documents; the audit log verifies as before',
    )
    .argument('<name>', 'a disabled account without files in custody, projects, shares and holds')
    .requiredOption('--by <name>', 'who says so: an operator, or a member of the data team')
    .option('--confirm <id>', 'the id of the account; left out, it is only said what keeps it')
    .addHelpText('after', () =>
      examples(
        'havengate account forget alice --by dana',
        'havengate account forget alice --by dana --confirm acct_01k…',
      ),
    )
    .action(async (name: string, { by, confirm }: ForgetOptions, command: Command) => {
      const [{ forgetPerson }, { emptyWriteAheadLog }] = await Promise.all([
        import('../../core/custody/forget/forget-person.ts'),
        import('../../stores/ledger/sqlite-connection.ts'),
      ]);
      const { value } = await withIntake(command, terminal, async (intake) => {
        const person = await accountNamed(intake.ledger, name);
        const request = { person, by: await actingAs(intake.ledger, by), confirm: confirm ?? null };
        const erased = orRefuse(await forgetPerson(intake, CONSOLE, request));
        return { id: person.id, erased };
      });
      const { ledger } = await readConfig(command, terminal);
      const overwritten = emptyWriteAheadLog(ledger.file);
      const { values, documents, files } = value.erased;
      const what = `${values} values of the audit log, ${documents} signed documents and the names of ${files} files were erased`;
      const left = overwritten ? '' : '; stop the daemon once, so that the write-ahead log is emptied too';
      await terminal.answer({ ...value, overwritten }, `forgotten (${value.id}): ${what}${left}`);
    });
}
