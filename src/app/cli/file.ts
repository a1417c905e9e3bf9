import type { Command } from 'commander';
import { newestCheckpoint } from '../../core/audit/sign-checkpoint.ts';
import type { CustodyFile } from '../../core/custody/file.ts';
import type { FileQuery } from '../../core/custody/ports.ts';
import { FILE_STATES, type FileState } from '../../core/custody/states.ts';
import { isoTime } from '../../core/kit/clock.ts';
import { type AuditEntry, auditEntry } from './audit-entry.ts';
import { accountNamed } from './custody-work.ts';
import { examples } from './examples.ts';
import { addFileDecisions } from './file-decisions.ts';
import { addFileMove } from './file-move.ts';
import { createFileViewer, FILE_HEADINGS, fileRow } from './file-view.ts';
import { findFile } from './find-file.ts';
import { createHoldViewer, HOLD_HEADINGS, holdRow } from './hold-view.ts';
import { type Installation, withInstallation } from './installation.ts';
import { count, someOf } from './option-values.ts';
import { facts, table } from './table.ts';
import type { Terminal } from './terminal.ts';

interface ListOptions {
  readonly owner?: string;
  readonly state?: readonly FileState[];
  readonly limit?: number;
}

const PAGE = 1000;

/** `havengate file …`: what is in custody. */
export function addFileVerbs(program: Command, terminal: Terminal): void {
  const noun = program.command('file').description('files in custody');
  addList(noun, terminal);
  addShow(noun, terminal);
  addFileMove(noun, terminal);
  addFileDecisions(noun, terminal);
}

function addList(noun: Command, terminal: Terminal): void {
  noun
    .command('list')
    .description('files, newest first')
    .option('--owner <name>', 'only files of this account')
    .option(
      '--state <state>',
      'only files in this state, or in one of several separated by commas',
      someOf(FILE_STATES),
    )
    .option('--limit <count>', 'at most so many', count)
    .addHelpText('after', () =>
      examples(
        'havengate file list --owner alice --state arrived',
        'havengate file list --state held,quarantined --json',
      ),
    )
    .action(async (options: ListOptions, command: Command) => {
      const views = await withInstallation(command, terminal, async (installation) => {
        const files = await findFiles(installation, options);
        const view = createFileViewer(installation);
        return Promise.all(files.map(view));
      });
      await terminal.answer(
        views,
        views.length === 0 ? 'no files' : table(FILE_HEADINGS, views.map(fileRow)),
      );
    });
}

function addShow(noun: Command, terminal: Terminal): void {
  noun
    .command('show')
    .description('one file with its custody, verdicts, receipts, certificates and holds')
    .argument('<id>', 'file id, as `file list` shows it')
    .action(async (id: string, _options: unknown, command: Command) => {
      const shown = await withInstallation(command, terminal, (installation) => showFile(installation, id));
      const { custody, verdicts, receipts, certificates, inLog, holds, ...view } = shown;
      const parts = [
        facts(Object.entries(view)),
        'CUSTODY',
        table(
          ['AT', 'EVENT', 'BY'],
          custody.map(({ at, type, actor }) => [at, type, Object.values(actor).join(' ')]),
        ),
        'VERDICTS',
        table(
          ['CHECK', 'OUTCOME', 'DETAIL', 'VERSION', 'AT'],
          verdicts.map(({ check, outcome, detail, version, at }) => [check, outcome, detail, version, at]),
        ),
        'RECEIPTS',
        table(
          ['ID', 'KEY', 'IN THE LOG'],
          receipts.map(({ body, signature }) => [
            body.receiptId,
            signature.keyId,
            inLog[body.receiptId] ?? null,
          ]),
        ),
        'CERTIFICATES',
        table(
          ['ID', 'KEY', 'IN THE LOG'],
          certificates.map(({ body, signature }) => [
            body.certificateId,
            signature.keyId,
            inLog[body.certificateId] ?? null,
          ]),
        ),
        'HOLDS',
        table(HOLD_HEADINGS, holds.map(holdRow)),
      ];
      await terminal.answer(shown, parts.join('\n\n'));
    });
}

async function showFile(installation: Installation, text: string) {
  const { ledger } = installation;
  const file = await findFile(installation, text);
  const view = await createFileViewer(installation)(file);
  const custody = (await ledger.auditOf({ file: file.id })).map(auditEntry);
  const verdicts = (await ledger.verdictsOf(file.id)).map(({ at, ...verdict }) => ({
    ...verdict,
    at: isoTime(at),
  }));
  return {
    ...view,
    custody,
    verdicts,
    receipts: await ledger.receiptsOf(file.id),
    certificates: await ledger.certificatesOf(file.id),
    inLog: placesInLog(custody, (await newestCheckpoint(ledger))?.size ?? 0),
    holds: await Promise.all((await ledger.holdsOn(file.id)).map(createHoldViewer(installation))),
  };
}

/** Where each signed document of a file stands in the log, and whether a checkpoint covers that. */
function placesInLog(custody: readonly AuditEntry[], signed: number): Readonly<Record<string, string>> {
  const places = custody.flatMap(({ seq, data }) =>
    [data['receipt'], data['certificate']]
      .filter((id) => typeof id === 'string')
      .map((id) => [id, seq < signed ? `row ${seq}, signed` : `row ${seq}, not signed yet`]),
  );
  return Object.fromEntries(places) as Readonly<Record<string, string>>;
}

async function findFiles({ ledger }: Installation, options: ListOptions): Promise<CustodyFile[]> {
  const owner = options.owner === undefined ? {} : { owner: (await accountNamed(ledger, options.owner)).id };
  const states = options.state === undefined ? {} : { states: options.state };
  const most = options.limit ?? Number.POSITIVE_INFINITY;
  const files: CustodyFile[] = [];
  while (files.length < most) {
    const limit = Math.min(PAGE, most - files.length);
    const last = files.at(-1);
    const query: FileQuery = { ...owner, ...states, ...(last && { before: last.id }), limit };
    const page = await ledger.listFiles(query);
    files.push(...page);
    if (page.length < limit) break;
  }
  return files;
}
