import { copyFile, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { systemClock } from '../system-clock.ts';
import { type PassphraseOptions, readPassphrase } from './backup.ts';
import { accountNamed } from './custody-work.ts';
import { examples } from './examples.ts';
import { CONSOLE, readConfig, withInstallation } from './installation.ts';
import { orRefuse, Refusal } from './refusal.ts';
import type { Terminal } from './terminal.ts';

interface RestoreOptions extends PassphraseOptions {
  readonly from?: string;
  readonly dir?: string;
  readonly overNewer?: string;
  readonly publicKey?: string;
}

/** `havengate restore`: puts a backup back, and lets destruction go on once somebody has looked. */
export function addRestoreVerbs(program: Command, terminal: Terminal): void {
  const noun = program
    .command('restore')
    .description('put the ledger of a backup back, on an installation that does not run')
    .option('--from <dir>', 'the backup')
    .option('--dir <dir>', 'folder of an installation; gets the configuration of the backup if it has none')
    .option('--over-newer <reason>', 'also over a ledger that is newer, or cannot be read; it is kept beside')
    .option('--public-key <file>', 'verify the backup by this receipt-public.pem (default: that of the keys)')
    .option('--keys-passphrase-stdin', 'also put back keys that are missing, by the passphrase on stdin')
    .option('--keys-passphrase-file <file>', 'the same, by the passphrase in a file')
    .addHelpText('after', () =>
      examples('havengate restore --from /backup/haven-2026-11-28 --config /srv/haven/havengate.yaml'),
    )
    .action(async (options: RestoreOptions, command: Command) => {
      await restore(options, command, terminal);
    });
  addAccept(noun, terminal);
}

async function restore(options: RestoreOptions, command: Command, terminal: Terminal): Promise<void> {
  const { from, overNewer } = options;
  if (from === undefined) command.error('error: give --from');
  const passphrase = await readPassphrase(terminal, options);
  const [{ checkBackup, restoreLedger }, { readPublicKey }, { receiptPublicKeyFile }] = await Promise.all([
    import('../backup/restore-backup.ts'),
    import('../keys/load-keys.ts'),
    import('../keys/key-files.ts'),
  ]);
  const config = await configFor(options, String(from), command, terminal);
  const keyFile = options.publicKey ?? receiptPublicKeyFile(config.keys);
  const publicKey = await readPublicKey(keyFile).catch((cause: unknown) => {
    const detail = `${keyFile}: give the public key of receipts, from where you trust it, with --public-key`;
    throw new Refusal('public-key-missing', detail, { cause: String(cause) });
  });
  const backup = orRefuse(await checkBackup(String(from), publicKey));
  const keys = passphrase === null ? [] : await putKeys(config, String(from), passphrase);
  const restored = orRefuse(
    await restoreLedger(backup, config.ledger.file, systemClock, overNewer?.trim() || null),
  );
  const { manifest, replaced } = restored;
  const document = { at: manifest.at, audit: manifest.audit, replaced, keys };
  const kept = replaced === null ? '' : ` What was there is kept as ${replaced}.`;
  await terminal.answer(
    document,
    `restored the ledger of ${manifest.at} (${manifest.audit.size} rows of audit).${kept} Nothing is destroyed ` +
      'until `havengate restore accept`. Look with `havengate doctor`; what was taken from people since then (accounts, ' +
      'keys, tokens, rights, freezes) they have again: take it anew before you start the daemon.',
  );
}

/** The configuration of the installation; with `--dir`, made from the backup where there is none. */
async function configFor(
  { dir }: RestoreOptions,
  from: string,
  command: Command,
  terminal: Terminal,
): Promise<Config> {
  if (dir === undefined) return readConfig(command, terminal);
  const [{ exists, makeFolder }, { loadConfig }, { CONFIG_COPY }] = await Promise.all([
    import('../init/durable-file.ts'),
    import('../config/load-config.ts'),
    import('../backup/manifest.ts'),
  ]);
  const file = join(resolve(dir), 'havengate.yaml');
  await makeFolder(resolve(dir), 0o700);
  if (!(await exists(file))) await copyFile(join(from, CONFIG_COPY), file);
  return loadConfig(file, terminal.environment);
}

async function putKeys(config: Config, from: string, passphrase: string): Promise<readonly string[]> {
  const [{ openKeys, putBackKeys }, { SEALED_KEYS }] = await Promise.all([
    import('../backup/sealed-keys.ts'),
    import('../backup/manifest.ts'),
  ]);
  const sealed = await readFile(join(from, SEALED_KEYS)).catch((cause: unknown) => {
    throw new Refusal('keys-not-in-backup', 'this backup was made without secret keys', {
      cause: String(cause),
    });
  });
  const keys = openKeys(sealed, passphrase);
  if (keys === null) throw new Refusal('passphrase-wrong', 'this passphrase does not open the keys');
  return putBackKeys(config.keys, keys);
}

function addAccept(noun: Command, terminal: Terminal): void {
  noun
    .command('accept')
    .description('say that disk and restored ledger were compared: what is due may be destroyed again')
    .requiredOption('--by <name>', 'who has looked: a member of the data team, or an operator')
    .requiredOption('--reason <text>', 'what was found, in words')
    .action(async ({ by, reason }: { by: string; reason: string }, command: Command) => {
      const { acceptRestored } = await import('../../core/custody/retention/restored-guard.ts');
      const accepted = await withInstallation(command, terminal, async ({ ledger, clock }) => {
        const person = await accountNamed(ledger, by);
        const may = person.role === 'data-team' || person.role === 'operator';
        if (person.status !== 'active' || !may)
          throw new Refusal(
            'not-freezer',
            `${by} is neither an active member of the data team nor an operator`,
          );
        return acceptRestored(ledger, clock, CONSOLE, { by: person, reason });
      });
      await terminal.answer(
        { accepted },
        accepted
          ? 'accepted: retention goes on within the hour'
          : 'nothing was restored; nothing was changed',
      );
    });
}
