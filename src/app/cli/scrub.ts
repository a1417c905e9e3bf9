import type { Command } from 'commander';
import type { CustodyFile } from '../../core/custody/file.ts';
import type { ScrubRun } from '../../core/custody/scrub/scrub.ts';
import { formatBytes } from '../../core/kit/bytes.ts';
import { DAY, isoTime } from '../../core/kit/clock.ts';
import { withIntake } from './custody-work.ts';
import { examples } from './examples.ts';
import { findFile } from './find-file.ts';
import { withInstallation } from './installation.ts';
import { Refusal } from './refusal.ts';
import { facts, table } from './table.ts';
import type { Terminal } from './terminal.ts';

const MOST_SHOWN = 1000;

/** `havengate scrub …`: the reading of all files again, to find what a disk has altered. */
export function addScrubVerbs(program: Command, terminal: Terminal): void {
  const noun = program
    .command('scrub')
    .description('read files again and compare them with their digests; what was altered is given to nobody');
  addStatus(noun, terminal);
  addRun(noun, terminal);
}

function addStatus(noun: Command, terminal: Terminal): void {
  noun
    .command('status')
    .description('how long ago the oldest reading was, and what is damaged')
    .action(async (_options: unknown, command: Command) => {
      const shown = await withInstallation(command, terminal, async ({ config, ledger }) => ({
        scrub: config.scrub,
        since: await ledger.oldestScrub(),
        damaged: await ledger.damagedFiles(MOST_SHOWN),
      }));
      const { scrub, since, damaged } = shown;
      const document = {
        on: scrub.on,
        ...(scrub.on && { everyMs: scrub.every, bytesPerSecond: scrub.rate }),
        oldestReading: since === null ? null : isoTime(since),
        damaged: damaged.map(documentOf),
      };
      const told = facts([
        [
          'scrub',
          scrub.on ? `every file each ${days(scrub.every)}, ${formatBytes(scrub.rate)} a second` : 'off',
        ],
        ['oldest reading', document.oldestReading ?? 'nothing is there to be read'],
        ['damaged', `${damaged.length}`],
      ]);
      await terminal.answer(document, damaged.length === 0 ? told : `${told}\n\n${damagedTable(damaged)}`);
    });
}

function addRun(noun: Command, terminal: Terminal): void {
  noun
    .command('run [id...]')
    .description('read these files now, else all that are due; exit code 1 when something is damaged')
    .option('--all', 'all files, whenever they were read last')
    .addHelpText('after', () => examples('havengate scrub run --all', 'havengate scrub run file_01k…'))
    .action(async (ids: readonly string[], { all = false }: { readonly all?: boolean }, command: Command) => {
      const [{ scrubDue, scrubThese }, { UNPACED }] = await Promise.all([
        import('../../core/custody/scrub/scrub.ts'),
        import('../../core/custody/scrub/scrub-pace.ts'),
      ]);
      const { value } = await withIntake(command, terminal, async (intake, installation) => {
        const { scrub } = installation.config;
        const now = intake.clock.now();
        const before = all || !scrub.on ? now : now - scrub.every;
        const files = await Promise.all(ids.map((id) => findFile(installation, id)));
        const run =
          files.length > 0
            ? await scrubThese(intake, files, UNPACED)
            : await scrubDue(intake, before, UNPACED);
        const damaged = await Promise.all(run.damaged.map((id) => intake.ledger.fileById(id)));
        return { run, damaged: damaged.flatMap((file) => file ?? []) };
      });
      await answer(terminal, value.run, value.damaged);
    });
}

async function answer(terminal: Terminal, run: ScrubRun, damaged: readonly CustodyFile[]): Promise<void> {
  const { files, bytes, found } = run;
  const said = `${files} files (${formatBytes(bytes)}) were read again and compared`;
  const document = { files, bytes, found, damaged: damaged.map(documentOf) };
  if (damaged.length > 0) {
    const what = `${damaged.length} of them are damaged: nobody gets them, and they were kept as they are`;
    throw new Refusal('bytes-damaged', `${said}; ${what}\n${damagedTable(damaged)}`, document);
  }
  await terminal.answer(document, said);
}

function documentOf({ id, zone, damagedAt, sha256, size }: CustodyFile) {
  return { id, zone, size, sha256, damagedAt: damagedAt === null ? null : isoTime(damagedAt) };
}

function damagedTable(files: readonly CustodyFile[]): string {
  const rows = files.map(({ id, zone, size, damagedAt }) => [
    id,
    zone,
    formatBytes(size),
    damagedAt === null ? '' : isoTime(damagedAt),
  ]);
  return table(['FILE', 'ZONE', 'SIZE', 'FOUND'], rows);
}

function days(time: number): string {
  const count = time / DAY;
  return `${Number.isInteger(count) ? count : count.toFixed(2)} days`;
}
