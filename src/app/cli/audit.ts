import type { Command } from 'commander';
import { examples } from './examples.ts';
import { type GlobalOptions, type Installation, withInstallation } from './installation.ts';
import { Refusal } from './refusal.ts';
import { facts } from './table.ts';
import type { Terminal } from './terminal.ts';

const PAGE = 1000;

/** `havengate audit …`: the log of everything that changed. */
export function addAuditVerbs(program: Command, terminal: Terminal): void {
  const noun = program.command('audit').description('the log of everything that changed');
  noun
    .command('verify')
    .description('read the whole log and recompute it; exit code 1 when anything was changed')
    .action(async (_options: unknown, command: Command) => {
      const { verifyAudit } = await import('../../core/audit/verify.ts');
      const found = await withInstallation(command, terminal, ({ ledger }) => verifyAudit(ledger));
      const { size, root, faults } = found;
      if (faults.length > 0) {
        const message = `the log is not whole:\n${faults.map((fault) => `  ${fault}`).join('\n')}`;
        throw new Refusal('audit-broken', message, { size, root, faults });
      }
      await terminal.answer(
        found,
        facts([
          ['size', size],
          ['root', root],
          ['faults', 'none'],
        ]),
      );
    });
  noun
    .command('export')
    .description('every row as a line of JSON: the entry as it is hashed, and its leaf hash')
    .addHelpText('after', () => examples('havengate audit export >audit.jsonl'))
    .action((_options: unknown, command: Command) =>
      withInstallation(command, terminal, (installation) =>
        exportRows(installation, terminal, command.optsWithGlobals<GlobalOptions>().json === true),
      ),
    );
}

/** Writes page by page: the log may be far larger than memory. As one document it is an array. */
async function exportRows({ ledger }: Installation, terminal: Terminal, asArray: boolean): Promise<void> {
  const { size } = await ledger.auditHead();
  if (asArray) await terminal.write('[');
  for (let from = 0; from < size; ) {
    const rows = await ledger.readAudit(from, Math.min(PAGE, size - from));
    if (rows.length === 0) break;
    const lines = rows.map(({ entry, leafHash }) => `{"leafHash":"${leafHash}","entry":${entry}}`);
    const before = from === 0 ? '\n' : ',\n';
    await terminal.write(asArray ? before + lines.join(',\n') : `${lines.join('\n')}\n`);
    from += rows.length;
  }
  if (asArray) await terminal.write('\n]\n');
}
