import type { Command } from 'commander';
import { readConfig } from './installation.ts';
import { Refusal } from './refusal.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** `havengate doctor`: looks at everything, and changes nothing unless it is told to repair. */
export function addDoctorVerb(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description('compare disk, ledger and configuration; exit code 1 only for a broken invariant')
    .option('--repair', 'mend what is safe, and say what was done: bytes without a row become held files')
    .action(async ({ repair = false }: { readonly repair?: boolean }, command: Command) => {
      const config = await readConfig(command, terminal);
      const { runDoctor } = await import('../doctor/run-doctor.ts');
      const { findings } = await runDoctor(config, repair);
      const rows = findings.map(({ check, outcome, detail }) => [check, outcome, detail]);
      const text = table(['CHECK', 'OUTCOME', 'DETAIL'], rows);
      const broken = findings.filter(({ outcome }) => outcome === 'broken').length;
      if (broken > 0)
        throw new Refusal('invariant-broken', `${broken} checks found a broken invariant\n${text}`, {
          findings,
        });
      await terminal.answer({ findings }, text);
    });
}
