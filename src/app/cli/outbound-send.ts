import type { Command } from 'commander';
import type { Account } from '../../core/accounts/account.ts';
import type { Intake } from '../../core/custody/custody.ts';
import type { ArrivalPath } from '../../core/custody/file.ts';
import { type FolderPath, joinPath, parseFolderPath, splitPath } from '../../core/custody/names.ts';
import type { SendRefusal } from '../../core/custody/outbound/send-out.ts';
import { parseId } from '../../core/kit/ids.ts';
import type { Result } from '../../core/kit/result.ts';
import { actingAs, type Begun, whenItHappens, withIntake } from './custody-work.ts';
import { examples } from './examples.ts';
import { createFileViewer, type FileView } from './file-view.ts';
import { findFile } from './find-file.ts';
import { findShare } from './find-share.ts';
import { CONSOLE, type Installation } from './installation.ts';
import { orRefuse, Refusal, sentenceFor } from './refusal.ts';
import type { Terminal } from './terminal.ts';

interface SendOptions {
  readonly share: string;
  readonly by?: string;
  readonly as?: string;
}

/** A working file that somebody named, and in whose name it is sent. */
interface Source {
  readonly from: FolderPath;
  readonly by: Account;
}

/** `havengate outbound send`. */
export function addOutboundSend(noun: Command, terminal: Terminal): void {
  noun
    .command('send')
    .description('send copies of working files out of a share; the files themselves stay where they are')
    .argument('<file...>', 'a path in the share, or the id of a file that was moved there')
    .requiredOption('--share <name>', 'the share that they are in')
    .option('--by <name>', 'who sends, and gets them outside; for an id its owner when left out')
    .option('--as <path>', 'the path under /outbound/SHARE, for one file; its own name when left out')
    .addHelpText('after', () =>
      examples(
        'havengate outbound send results/table.csv --share cohort --by alice',
        'havengate outbound send file_01k… --share cohort --as table-1.csv',
      ),
    )
    .action(async (files: readonly string[], options: SendOptions, command: Command) => {
      if (options.as !== undefined && files.length > 1) command.error('error: --as is for one file');
      if (options.by === undefined && !files.every(isId))
        command.error('error: give --by NAME: a path does not say who sends it');
      const begun = await withIntake(command, terminal, async (intake, installation) =>
        sendAll(intake, installation, files, options),
      );
      await answer(terminal, begun);
    });
}

function isId(text: string): boolean {
  return parseId('file', text) !== null;
}

/** All are looked up before the first is sent; one that is refused then ends it, and says what was sent before. */
async function sendAll(
  intake: Intake,
  installation: Installation,
  files: readonly string[],
  options: SendOptions,
): Promise<FileView[]> {
  const { sendOut } = await import('../../core/custody/outbound/send-out.ts');
  const to = options.as === undefined ? {} : { to: placeOf(options.as) };
  const sources = [];
  for (const text of files) sources.push(await findSource(installation, text, options));
  const view = createFileViewer(installation);
  const sent: FileView[] = [];
  for (const { from, by } of sources) {
    const sender = { actor: CONSOLE, account: by.id };
    const result = await sendOut(intake, sender, { share: options.share, from, ...to });
    sent.push(await view(orSay(result, { by, share: options.share, sent })));
  }
  return sent;
}

function placeOf(text: string): ArrivalPath {
  const path = splitPath(orRefuse(parseFolderPath(text)));
  return path ?? orRefuse<never>({ ok: false, refusal: 'is-the-top' });
}

async function findSource(
  installation: Installation,
  text: string,
  { share, by }: SendOptions,
): Promise<Source> {
  const { ledger } = installation;
  const { id } = await findShare(installation, share);
  if (!isId(text)) return { from: orRefuse(parseFolderPath(text)), by: await actingAs(ledger, by ?? '') };
  const { owner, state, working } = await findFile(installation, text);
  if (state !== 'shared' || working?.share !== id)
    throw new Refusal(
      'not-shared',
      `${text} was not moved to ${share}; \`havengate file show\` says where it is`,
    );
  const sender = by ?? (await ledger.accountById(owner))?.name ?? owner;
  return { from: joinPath(working.folder, working.name), by: await actingAs(ledger, sender) };
}

/** The words of a refusal are for the sender; at the console they are about them. */
function orSay<T>(
  result: Result<T, SendRefusal>,
  { by, share, sent }: { by: Account; share: string; sent: readonly FileView[] },
): T {
  if (result.ok) return result.value;
  const words: Partial<Record<SendRefusal, string>> = {
    'share-unknown': `${by.name} is a member of no open share "${share}"; \`havengate share list\` shows them`,
    'no-right': `${by.name} needs the rights read and outbound on ${share}; nothing was copied`,
    'folder-missing': `the folder is not there in /outbound/${share}; nothing was copied`,
    'no-room': 'the airlock has no room for a copy; nothing was copied',
  };
  const said = words[result.refusal] ?? sentenceFor(result);
  const before = sent.length === 0 ? '' : `; sent before it: ${sent.map(({ path }) => path).join(', ')}`;
  throw new Refusal(result.refusal, `${said}${before}`, { sent });
}

async function answer(terminal: Terminal, begun: Begun<readonly FileView[]>): Promise<void> {
  const lines = begun.value.map(
    ({ id, working, leavesBy, path }) =>
      `${id}: a copy of ${working} leaves for /outbound/${leavesBy}/${path}`,
  );
  const document = { files: begun.value, daemonTold: begun.told };
  await terminal.answer(document, [...lines, whenItHappens(begun)].join('\n'));
}
