import type { Command } from 'commander';
import type { Intake } from '../../core/custody/custody.ts';
import type { CustodyFile } from '../../core/custody/file.ts';
import { joinPath, parseFolderPath } from '../../core/custody/names.ts';
import type { MoveRefusal, MoveTarget } from '../../core/custody/shares/move-refusal.ts';
import type { Result } from '../../core/kit/result.ts';
import { type Begun, whenItHappens, withIntake } from './custody-work.ts';
import { examples } from './examples.ts';
import { createFileViewer, type FileView } from './file-view.ts';
import { findFile } from './find-file.ts';
import { CONSOLE } from './installation.ts';
import { orRefuse, Refusal } from './refusal.ts';
import type { Terminal } from './terminal.ts';

interface Moved {
  readonly view: FileView;
  readonly done: boolean;
}

/** `havengate file move`. */
export function addFileMove(noun: Command, terminal: Terminal): void {
  noun
    .command('move')
    .description(
      'move a file from Arrivals to a share, in the name of its holder, who has to have the right to',
    )
    .argument('<id>', 'file id, as `file list` shows it')
    .requiredOption(
      '--to <share>',
      'SHARE, SHARE/FOLDER/ or SHARE/PATH with its new name; folders that are missing are made',
    )
    .addHelpText('after', () =>
      examples(
        'havengate file move file_01k… --to cohort',
        'havengate file move file_01k… --to cohort/raw/2026/',
        'havengate file move file_01k… --to cohort/raw/scan-1.csv',
      ),
    )
    .action(async (id: string, options: { to: string }, command: Command) => {
      const { moveToShare } = await import('../../core/custody/shares/move-to-share.ts');
      const begun = await withIntake(command, terminal, async (intake, installation): Promise<Moved> => {
        const file = await findFile(installation, id);
        const to = await targetOf(intake, file, options.to);
        const mover = { actor: CONSOLE, account: file.owner };
        const { done } = await orSay(intake, file, to, await moveToShare(intake, mover, file, to));
        return { view: await createFileViewer(installation)(await findFile(installation, id)), done };
      });
      await answer(terminal, begun);
    });
}

/** A path that ends with a slash, or names a folder, is where the file goes; any other is its new name, too. */
async function targetOf(intake: Intake, file: CustodyFile, text: string): Promise<MoveTarget> {
  const slash = text.indexOf('/');
  const share = slash === -1 ? text : text.slice(0, slash);
  const rest = slash === -1 ? '' : text.slice(slash + 1);
  const path = orRefuse(parseFolderPath(rest));
  const isFolder = rest.endsWith('/') || (await intake.zones.shares.look({ share, path }))?.kind === 'folder';
  const { name } = file.arrival ?? file.path;
  const into = path === '' || isFolder;
  return { share, path: into ? joinPath(path, name) : path, makeFolders: true };
}

/** The words of a refusal are for the holder; at the console they are about them. */
async function orSay<T>(
  { ledger }: Intake,
  file: CustodyFile,
  { share, path }: MoveTarget,
  result: Result<T, MoveRefusal>,
): Promise<T> {
  if (result.ok) return result.value;
  const holder = (await ledger.accountById(file.owner))?.name ?? file.owner;
  const words: Partial<Record<MoveRefusal, string>> = {
    'share-unknown': `${holder} is a member of no open share "${share}"; \`havengate share list\` shows them`,
    'no-right': `${holder} has no right to write in ${share}; nothing was moved`,
    'account-disabled': `${holder} is disabled, and nothing is done in their name`,
    exists: `${share}/${path} is taken; nothing was overwritten`,
    'folder-missing': `the folder of the share ${share} is missing; nothing was moved`,
  };
  const said = words[result.refusal];
  if (said !== undefined) throw new Refusal(result.refusal, said);
  return orRefuse(result);
}

async function answer(terminal: Terminal, begun: Begun<Moved>): Promise<void> {
  const { view, done } = begun.value;
  const told = done
    ? `${view.id}: moved to ${view.working}`
    : `${view.id}: on its way to ${view.working}; ${whenItHappens(begun)}`;
  await terminal.answer({ ...view, done, daemonTold: begun.told }, told);
}
