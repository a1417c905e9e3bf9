import type { Command } from 'commander';
import { examples } from './examples.ts';
import { freezeFacts, freezesThat } from './freeze-view.ts';
import { CONSOLE, type Installation, withInstallation } from './installation.ts';
import { orRefuse } from './refusal.ts';
import { SHARE_HEADINGS, shareRow, viewProject, viewShare } from './share-view.ts';
import { facts, table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** `havengate project …`: studies, and who answers for their data. */
export function addProjectVerbs(program: Command, terminal: Terminal): void {
  const noun = program.command('project').description('studies, and who answers for their data');
  addAdd(noun, terminal);
  addList(noun, terminal);
  addShow(noun, terminal);
}

function addAdd(noun: Command, terminal: Terminal): void {
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
        viewProject(admin, orRefuse(await addProject(admin, CONSOLE, { caseRef, title, iao }))),
      );
      await terminal.answer(project, `added project ${caseRef} (${project.id})`);
    });
}

function addList(noun: Command, terminal: Terminal): void {
  noun
    .command('list')
    .description('all projects, by case reference')
    .action(async (_options: unknown, command: Command) => {
      const projects = await withInstallation(command, terminal, async (installation) => {
        const all = await installation.ledger.listProjects();
        return Promise.all(all.map((project) => viewProject(installation, project)));
      });
      const rows = projects.map(({ caseRef, iao, title }) => [caseRef, iao, title]);
      await terminal.answer(
        projects,
        rows.length === 0 ? 'no projects' : table(['CASE', 'IAO', 'TITLE'], rows),
      );
    });
}

function addShow(noun: Command, terminal: Terminal): void {
  noun
    .command('show')
    .description('one project with its shares')
    .argument('<caseref>', 'case reference')
    .action(async (caseRef: string, _options: unknown, command: Command) => {
      const shown = await withInstallation(command, terminal, (installation) =>
        showProject(installation, caseRef),
      );
      const { shares, freezes, ...project } = shown;
      const parts = [
        facts([...Object.entries(project), ...freezeFacts(freezes)]),
        'SHARES',
        table(SHARE_HEADINGS, shares.map(shareRow)),
      ];
      await terminal.answer(shown, parts.join('\n\n'));
    });
}

async function showProject(installation: Installation, caseRef: string) {
  const { ledger } = installation;
  const project = await ledger.projectByCaseRef(caseRef);
  if (project === null)
    return orRefuse<never>({
      ok: false,
      refusal: 'project-unknown',
      detail: `there is no project "${caseRef}"`,
    });
  const shares = (await ledger.listShares()).filter((share) => share.project === project.id);
  return {
    ...(await viewProject(installation, project)),
    freezes: await freezesThat(
      installation,
      ({ target }) => target.kind === 'all' || (target.kind === 'project' && target.project === project.id),
    ),
    shares: await Promise.all(shares.map((share) => viewShare(installation, share))),
  };
}
