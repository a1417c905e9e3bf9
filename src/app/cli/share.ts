import type { Command } from 'commander';
import { isoTime } from '../../core/kit/clock.ts';
import { RIGHTS, type Right } from '../../core/projects/project.ts';
import { examples } from './examples.ts';
import { CONSOLE, withInstallation } from './installation.ts';
import { someOf } from './option-values.ts';
import { orRefuse } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** What a new member may do unless it is said: never outbound. */
const USUAL_RIGHTS: readonly Right[] = ['read', 'write'];

/** `havengate share …`: group folders, and who may do what in them. */
export function addShareVerbs(program: Command, terminal: Terminal): void {
  const noun = program.command('share').description('group folders, and who may do what in them');
  noun
    .command('add')
    .description('add a share to a project')
    .argument('<name>', 'folder name: a-z, 0-9, dot, dash, underscore')
    .requiredOption('--project <caseref>', 'the project that owns it')
    .action(async (name: string, options: { project: string }, command: Command) => {
      const { addShare } = await import('../../core/projects/set-up-project.ts');
      const share = await withInstallation(command, terminal, async (admin) =>
        orRefuse(await addShare(admin, CONSOLE, { name, caseRef: options.project })),
      );
      const document = { ...share, project: options.project, createdAt: isoTime(share.createdAt) };
      await terminal.answer(document, `added share ${name} (${share.id})`);
    });
  addMemberVerbs(noun.command('member').description('members of a share'), terminal);
}

function addMemberVerbs(noun: Command, terminal: Terminal): void {
  noun
    .command('add')
    .description('set what a person may do on a share, from their next action on')
    .argument('<share>')
    .argument('<name>', 'the account')
    .option(
      '--rights <rights>',
      `some of ${RIGHTS.join(', ')}, separated by commas (default: ${USUAL_RIGHTS.join(',')})`,
      someOf(RIGHTS),
    )
    .addHelpText('after', () =>
      examples('havengate share member add cohort alice --rights read,write,outbound'),
    )
    .action((share: string, name: string, options: { rights?: readonly Right[] }, command: Command) =>
      setRights(command, terminal, share, name, options.rights ?? USUAL_RIGHTS),
    );
  noun
    .command('remove')
    .description('take a person off a share, from their next action on')
    .argument('<share>')
    .argument('<name>', 'the account')
    .action((share: string, name: string, _options: unknown, command: Command) =>
      setRights(command, terminal, share, name, []),
    );
}

async function setRights(
  command: Command,
  terminal: Terminal,
  share: string,
  account: string,
  rights: readonly Right[],
): Promise<void> {
  const { setShareMember } = await import('../../core/projects/set-up-project.ts');
  await withInstallation(command, terminal, async (admin) =>
    orRefuse(await setShareMember(admin, CONSOLE, { share, account, rights })),
  );
  const told =
    rights.length === 0
      ? `${account} is no member of ${share}`
      : `${account} may ${rights.join(', ')} on ${share}`;
  await terminal.answer({ share, name: account, rights }, told);
}
