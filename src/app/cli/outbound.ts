import type { Command } from 'commander';
import type { CustodyFile } from '../../core/custody/file.ts';
import type { FileState } from '../../core/custody/states.ts';
import { formatBytes } from '../../core/kit/bytes.ts';
import { accountNamed, actingAs, withIntake } from './custody-work.ts';
import { examples } from './examples.ts';
import { createFileViewer, type FileView } from './file-view.ts';
import { findFile } from './find-file.ts';
import { findShare } from './find-share.ts';
import { CONSOLE, type Installation, withInstallation } from './installation.ts';
import { addOutboundSend } from './outbound-send.ts';
import { orRefuse } from './refusal.ts';
import { type Cell, table } from './table.ts';
import type { Terminal } from './terminal.ts';

interface ListOptions {
  readonly share?: string;
  readonly owner?: string;
  readonly all?: boolean;
}

const PAGE = 1000;

/** States of files that have gone, or never went: shown only when everything is asked for. */
const OVER: readonly FileState[] = ['abandoned', 'removed', 'destroyed'];

const HEADINGS = ['ID', 'OWNER', 'STATE', 'SIZE', 'RELEASED', 'COLLECTED', 'EXPIRES', 'PATH'] as const;

/** `havengate outbound …`: what leaves the haven. */
export function addOutboundVerbs(program: Command, terminal: Terminal): void {
  const noun = program.command('outbound').description('files that leave the haven');
  addOutboundSend(noun, terminal);
  addList(noun, terminal);
  addRevoke(noun, terminal);
}

function addList(noun: Command, terminal: Terminal): void {
  noun
    .command('list')
    .description('files on their way out, and those that can be collected; newest first')
    .option('--share <name>', 'only files that leave by this share')
    .option('--owner <name>', 'only files of this account')
    .option('--all', 'also those that are destroyed, or came to nothing')
    .addHelpText('after', () => examples('havengate outbound list --share cohort --owner alice'))
    .action(async (options: ListOptions, command: Command) => {
      const views = await withInstallation(command, terminal, async (installation) => {
        const view = createFileViewer(installation);
        return Promise.all((await findLeaving(installation, options)).map(view));
      });
      const told = views.length === 0 ? 'nothing leaves' : table(HEADINGS, views.map(rowOf));
      await terminal.answer(views, told);
    });
}

function rowOf(file: FileView): readonly Cell[] {
  return [
    file.id,
    file.owner,
    file.reason === null ? file.state : `${file.state} (${file.reason})`,
    formatBytes(file.size),
    file.releasedAt,
    file.collectedAt,
    file.expiresAt,
    `/outbound/${file.leavesBy}/${file.arrival ?? file.path}`,
  ];
}

async function findLeaving(installation: Installation, options: ListOptions): Promise<CustodyFile[]> {
  const { ledger } = installation;
  const owner = options.owner === undefined ? {} : { owner: (await accountNamed(ledger, options.owner)).id };
  const share = options.share === undefined ? null : await findShare(installation, options.share);
  const found: CustodyFile[] = [];
  for (let last: CustodyFile | undefined; ; ) {
    const before: { before?: CustodyFile['id'] } = last === undefined ? {} : { before: last.id };
    const page = await ledger.listFiles({ leaving: true, ...owner, ...before, limit: PAGE });
    const wanted = page.filter(
      (file) =>
        (share === null || file.leavesBy === share.id) &&
        (options.all === true || !OVER.includes(file.state)),
    );
    found.push(...wanted);
    last = page.at(-1);
    if (page.length < PAGE) return found;
  }
}

function addRevoke(noun: Command, terminal: Terminal): void {
  noun
    .command('revoke')
    .description('take a released file back at once, in the middle of a download too')
    .argument('<id>', 'file id, as `outbound list` shows it')
    .requiredOption('--by <name>', 'who decided: its owner, the IAO of the project, or of the data team')
    .requiredOption('--reason <text>', 'why, in words; its owner is told')
    .addHelpText('after', () =>
      examples('havengate outbound revoke file_01k… --by dana --reason "names were left in column 7"'),
    )
    .action(async (id: string, options: { by: string; reason: string }, command: Command) => {
      const { revokeRelease } = await import('../../core/custody/outbound/revoke.ts');
      const begun = await withIntake(command, terminal, async (intake, installation) => {
        const file = await findFile(installation, id);
        const decision = { by: await actingAs(intake.ledger, options.by), reason: options.reason };
        orRefuse(await revokeRelease(intake, CONSOLE, file, decision));
        return createFileViewer(installation)(await findFile(installation, id));
      });
      const { value, told } = begun;
      const until = 'nobody can download it any more; the next run of retention destroys it';
      const after = value.collectedAt === null ? '' : `; it had been collected at ${value.collectedAt}`;
      await terminal.answer({ ...value, daemonTold: told }, `${value.id}: revoked; ${until}${after}`);
    });
}
