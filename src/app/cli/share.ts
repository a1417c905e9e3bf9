import type { Command } from 'commander';
import { examples } from './examples.ts';
import { findShare } from './find-share.ts';
import { CONSOLE, withInstallation } from './installation.ts';
import { orRefuse } from './refusal.ts';
import { addMemberVerbs } from './share-members.ts';
import { MEMBER_HEADINGS, memberRow, SHARE_HEADINGS, shareRow, viewShare } from './share-view.ts';
import { facts, table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** `havengate share …`: group folders, and who may do what in them. */
export function addShareVerbs(program: Command, terminal: Terminal): void {
  const noun = program.command('share').description('group folders, and who may do what in them');
  addAdd(noun, terminal);
  addList(noun, terminal);
  addShow(noun, terminal);
  addRemove(noun, terminal);
  addMemberVerbs(noun.command('member').description('members of a share'), terminal);
}

function addAdd(noun: Command, terminal: Terminal): void {
  noun
    .command('add')
    .description(
      'add a share to a project, with its folder; group and mode come from `shares` in the configuration',
    )
    .argument('<name>', 'folder name: a-z, 0-9, dot, dash, underscore')
    .requiredOption('--project <caseref>', 'the project that owns it')
    .addHelpText('after', () => examples('havengate share add cohort --project CASE-2026-17'))
    .action(async (name: string, options: { project: string }, command: Command) => {
      const [{ addShare }, { openInstallationZones }] = await Promise.all([
        import('../../core/projects/set-up-project.ts'),
        import('./installation-zones.ts'),
      ]);
      const view = await withInstallation(command, terminal, async (admin) => {
        // Before there is a row: a group that the machine does not know ends it here.
        const zones = await openInstallationZones(admin.config);
        const share = orRefuse(await addShare(admin, CONSOLE, { name, caseRef: options.project }));
        await zones.shares.make(share.name);
        return viewShare(admin, share);
      });
      await terminal.answer(view, `added share ${name} (${view.id})`);
    });
}

function addList(noun: Command, terminal: Terminal): void {
  noun
    .command('list')
    .description('all shares, by name')
    .action(async (_options: unknown, command: Command) => {
      const shares = await withInstallation(command, terminal, async (installation) => {
        const all = await installation.ledger.listShares();
        return Promise.all(all.map((share) => viewShare(installation, share)));
      });
      await terminal.answer(
        shares,
        shares.length === 0 ? 'no shares' : table(SHARE_HEADINGS, shares.map(shareRow)),
      );
    });
}

function addShow(noun: Command, terminal: Terminal): void {
  noun
    .command('show')
    .description('one share with its members')
    .argument('<name>')
    .action(async (name: string, _options: unknown, command: Command) => {
      const view = await withInstallation(command, terminal, async (installation) =>
        viewShare(installation, await findShare(installation, name)),
      );
      const { members, ...share } = view;
      const parts = [facts(Object.entries(share)), 'MEMBERS', table(MEMBER_HEADINGS, members.map(memberRow))];
      await terminal.answer(view, parts.join('\n\n'));
    });
}

function addRemove(noun: Command, terminal: Terminal): void {
  noun
    .command('remove')
    .description('close a share: its members lose their rights at their next action; its folder stays')
    .argument('<name>')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { closeShare } = await import('../../core/projects/close-share.ts');
      const view = await withInstallation(command, terminal, async (admin) =>
        viewShare(admin, orRefuse(await closeShare(admin, CONSOLE, name))),
      );
      const told =
        `closed share ${name}: nobody has rights on it any more, in open sessions either; its folder ` +
        'stays as it is, and the name is not used again';
      await terminal.answer(view, told);
    });
}
