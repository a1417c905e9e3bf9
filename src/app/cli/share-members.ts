import type { Command } from 'commander';
import { RIGHTS, type Right } from '../../core/projects/project.ts';
import { examples } from './examples.ts';
import { findShare } from './find-share.ts';
import { CONSOLE, withInstallation } from './installation.ts';
import { someOf } from './option-values.ts';
import { orRefuse } from './refusal.ts';
import { MEMBER_HEADINGS, memberRow, viewShare } from './share-view.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** What a new member may do unless it is said: never outbound. */
const USUAL_RIGHTS: readonly Right[] = ['read', 'write'];

/** `havengate share member …`: who may do what in a share. */
export function addMemberVerbs(noun: Command, terminal: Terminal): void {
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
  noun
    .command('list')
    .description('the members of a share, by name')
    .argument('<share>')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { members } = await withInstallation(command, terminal, async (installation) =>
        viewShare(installation, await findShare(installation, name)),
      );
      const rows = members.map(memberRow);
      await terminal.answer(members, rows.length === 0 ? 'no members' : table(MEMBER_HEADINGS, rows));
    });
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
