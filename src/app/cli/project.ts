import type { Command } from 'commander';
import { isoTime } from '../../core/kit/clock.ts';
import { examples } from './examples.ts';
import { CONSOLE, withInstallation } from './installation.ts';
import { orRefuse } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** `havengate project …`: studies, and who answers for their data. */
export function addProjectVerbs(program: Command, terminal: Terminal): void {
  const noun = program.command('project').description('studies, and who answers for their data');
  noun
    .command('add')
    .description('add a project under its case reference')
    .argument('<caseref>', 'case reference, such as CASE-2026-17')
    .requiredOption('--title <title>', 'what the study is called')
    .requiredOption('--iao <name>', 'the information asset owner: an account that is there already')
    .addHelpText('after', () =>
      examples('havengate project add CASE-2026-17 --title "Heart study" --iao alice'),
    )
    .action(async (caseRef: string, options: { title: string; iao: string }, command: Command) => {
      const { addProject } = await import('../../core/projects/set-up-project.ts');
      const { title, iao } = options;
      const project = await withInstallation(command, terminal, async (admin) =>
        orRefuse(await addProject(admin, CONSOLE, { caseRef, title, iao })),
      );
      const document = { ...project, iao, createdAt: isoTime(project.createdAt) };
      await terminal.answer(document, `added project ${caseRef} (${project.id})`);
    });
}
