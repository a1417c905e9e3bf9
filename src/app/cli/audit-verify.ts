import type { Command } from 'commander';
import type { Keyring } from '../../core/audit/keyring.ts';
import type { CheckpointLedger } from '../../core/audit/ports.ts';
import type { AuditVerification } from '../../core/audit/verify.ts';
import type { ReadCheckpoints } from '../anchors/read-checkpoints.ts';
import type { Config } from '../config/config.ts';
import { KeyFault } from '../keys/key-fault.ts';
import { ringFor } from './audit-keyring.ts';
import { examples } from './examples.ts';
import { readConfig, withInstallation } from './installation.ts';
import { Refusal } from './refusal.ts';
import { facts } from './table.ts';
import type { Terminal } from './terminal.ts';

interface VerifyOptions {
  readonly checkpoints?: readonly string[];
  readonly key?: string;
}

const NONE: ReadCheckpoints = { good: [], faults: [], ignored: [] };

/** `havengate audit verify`: the log, or an export of it, recomputed and compared with checkpoints. */
export function addVerifyVerb(noun: Command, terminal: Terminal): void {
  noun
    .command('verify')
    .description('read the whole log and recompute it; exit code 1 when anything was changed')
    .argument('[export]', 'an export to verify, offline, in place of the ledger')
    .option(
      '--checkpoint, --checkpoints <path...>',
      'files or folders of checkpoints, also of saved mails or syslog (default: the newest in the ledger, and the files of anchors; for an export none)',
    )
    .option('--key <file>', 'keyring of the checkpoints (default: the one of this installation)')
    .addHelpText('after', () =>
      examples(
        'havengate audit verify --checkpoint /mnt/other/havengate.checkpoints',
        'havengate audit verify audit.jsonl --checkpoints havengate.checkpoints --key checkpoint-keys',
      ),
    )
    .action(async (file: string | undefined, options: VerifyOptions, command: Command) => {
      const read = await (file === undefined
        ? verifyLedger(options, command, terminal)
        : verifyExport(file, options, command, terminal));
      await answer(read.checkpoints, read.found, terminal);
    });
}

interface Verified {
  readonly checkpoints: ReadCheckpoints;
  readonly found: AuditVerification;
}

function verifyLedger(options: VerifyOptions, command: Command, terminal: Terminal): Promise<Verified> {
  return withInstallation(command, terminal, async ({ config, ledger }) => {
    const { verifyAudit } = await import('../../core/audit/verify.ts');
    const checkpoints =
      options.checkpoints === undefined
        ? await ownCheckpoints(config, ledger, options, terminal)
        : await givenCheckpoints(options.checkpoints, await ringFor(options.key, async () => config));
    return { checkpoints, found: await verifyAudit(ledger, checkpoints.good) };
  });
}

async function verifyExport(
  file: string,
  { checkpoints: paths, key }: VerifyOptions,
  command: Command,
  terminal: Terminal,
): Promise<Verified> {
  const [{ verifyRows }, { readExport }] = await Promise.all([
    import('../../core/audit/verify.ts'),
    import('./audit-rows.ts'),
  ]);
  const checkpoints =
    paths === undefined
      ? NONE
      : await givenCheckpoints(paths, await ringFor(key, () => readConfig(command, terminal)));
  const found = await verifyRows(readExport(file), checkpoints.good, null).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  return { checkpoints, found };
}

async function givenCheckpoints(paths: readonly string[], ring: Keyring): Promise<ReadCheckpoints> {
  const { readCheckpoints } = await import('../anchors/read-checkpoints.ts');
  const read = await readCheckpoints(paths, ring).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  if (read.good.length > 0 || read.faults.length > 0) return read;
  const why = read.ignored[0] ?? 'they are empty';
  throw new Refusal('no-checkpoint', `there is no checkpoint of this log in ${paths.join(', ')} (${why})`);
}

/** The newest checkpoint that the ledger knows, and what the anchors have; a missing anchor is told, and no fault. */
async function ownCheckpoints(
  config: Config,
  ledger: CheckpointLedger,
  { key }: VerifyOptions,
  terminal: Terminal,
): Promise<ReadCheckpoints> {
  const [{ checkNotes, readCheckpoints }, { newestCheckpoint }] = await Promise.all([
    import('../anchors/read-checkpoints.ts'),
    import('../../core/audit/sign-checkpoint.ts'),
  ]);
  const newest = await newestCheckpoint(ledger);
  const ring = await ringFor(key, async () => config).catch((error: unknown) => {
    // Before its first checkpoint an installation may have no keys to verify with.
    if (newest === null && error instanceof KeyFault) return null;
    throw error;
  });
  if (ring === null) return NONE;
  const all = newest === null ? [] : [checkNotes(newest.note, 'the newest checkpoint in the ledger', ring)];
  for (const anchor of config.audit.anchors) {
    // What was sent is read from a file that somebody has saved, and gives.
    if (anchor.kind !== 'file') continue;
    const { path } = anchor;
    const read = await readCheckpoints([path], ring).catch((cause: unknown) => {
      terminal.note(`warning: ${unreadable(cause).message}`);
      return NONE;
    });
    all.push(read);
  }
  return {
    good: all.flatMap(({ good }) => good),
    faults: all.flatMap(({ faults }) => faults),
    ignored: all.flatMap(({ ignored }) => ignored),
  };
}

async function answer(checkpoints: ReadCheckpoints, found: AuditVerification, terminal: Terminal) {
  const { size, root, matched } = found;
  const faults = [...found.faults, ...checkpoints.faults];
  const { ignored } = checkpoints;
  for (const told of ignored.slice(0, 20)) terminal.note(`passed over: ${told}`);
  if (faults.length > 0) {
    const message = `the log is not whole:\n${faults.map((fault) => `  ${fault}`).join('\n')}`;
    throw new Refusal('audit-broken', message, { size, root, matched, faults, ignored });
  }
  const agreed = matched === 0 ? 'none to compare with' : `${matched} compared, the log agrees with each`;
  await terminal.answer(
    { size, root, matched, faults, ignored },
    facts([
      ['size', size],
      ['root', root],
      ['checkpoints', agreed],
      ['faults', 'none'],
    ]),
  );
}

function unreadable(cause: unknown): Refusal {
  return new Refusal(
    'file-unreadable',
    `this cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
  );
}
