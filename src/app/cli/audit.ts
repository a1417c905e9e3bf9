import type { Command } from 'commander';
import { addCheckpointVerbs } from './audit-checkpoint.ts';
import { addProofVerbs } from './audit-prove.ts';
import { addVerifyVerb } from './audit-verify.ts';
import { examples } from './examples.ts';
import { type GlobalOptions, withInstallation } from './installation.ts';
import type { Terminal } from './terminal.ts';

/** `havengate audit …`: the log of everything that changed. */
export function addAuditVerbs(program: Command, terminal: Terminal): void {
  const noun = program.command('audit').description('the log of everything that changed');
  addVerifyVerb(noun, terminal);
  noun
    .command('export')
    .description('every row as a line of JSON: the entry as it is hashed, and its leaf hash')
    .addHelpText('after', () => examples('havengate audit export >audit.jsonl'))
    .action(async (_options: unknown, command: Command) => {
      const { exportRows } = await import('./audit-rows.ts');
      const asArray = command.optsWithGlobals<GlobalOptions>().json === true;
      return withInstallation(command, terminal, (installation) =>
        exportRows(installation, terminal, asArray),
      );
    });
  addCheckpointVerbs(noun, terminal);
  addProofVerbs(noun, terminal);
}
