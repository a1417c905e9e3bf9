import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { examples } from './examples.ts';
import { warnOnTerminal, withInstallation } from './installation.ts';
import { orRefuse, Refusal } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** Where a passphrase comes from. */
export interface PassphraseOptions {
  readonly keysPassphraseStdin?: boolean;
  readonly keysPassphraseFile?: string;
}

const SHORTEST = 12;

/** `havengate backup`: a copy of all that is not bytes of files. */
export function addBackupVerbs(program: Command, terminal: Terminal): void {
  program
    .command('backup')
    .description('copy ledger, configuration and public keys into a new folder, also while the daemon runs')
    .requiredOption('--to <dir>', 'the folder; it must not be there yet')
    .option('--keys-passphrase-stdin', 'also the secret keys, sealed by the passphrase on stdin')
    .option('--keys-passphrase-file <file>', 'the same, by the passphrase in a file')
    .addHelpText('after', () => examples('havengate backup --to /backup/haven-$(date +%F)'))
    .action(async (options: PassphraseOptions & { to: string }, command: Command) => {
      const [{ makeBackup }, { loadBackupSigner }] = await Promise.all([
        import('../backup/make-backup.ts'),
        import('../keys/load-keys.ts'),
      ]);
      const passphrase = await readPassphrase(terminal, options);
      const made = await withInstallation(command, terminal, async ({ config, ledger, clock }) => {
        const signer = await loadBackupSigner(config, warnOnTerminal(terminal));
        return orRefuse(await makeBackup({ config, ledger, clock, signer, passphrase }, options.to));
      });
      const keys =
        passphrase === null ? 'without secret keys: keep those elsewhere' : 'with sealed secret keys';
      await terminal.answer(
        { to: options.to, ...made },
        `backed up to ${options.to}: ${made.audit.size} rows of audit, ${keys}. Copy the data now, after it.`,
      );
    });
}

/** The passphrase that seals keys; null when none was asked for. Throws a `Refusal` for one that is too short. */
export async function readPassphrase(
  terminal: Terminal,
  { keysPassphraseStdin, keysPassphraseFile }: PassphraseOptions,
): Promise<string | null> {
  if (keysPassphraseStdin !== true && keysPassphraseFile === undefined) return null;
  const text =
    keysPassphraseFile === undefined
      ? await terminal.readInput()
      : (await readFile(keysPassphraseFile, 'utf8')).replace(/\r?\n$/, '');
  if (text.length >= SHORTEST) return text;
  throw new Refusal('passphrase-too-short', `it has fewer than ${SHORTEST} characters`);
}
