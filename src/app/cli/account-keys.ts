import type { Command } from 'commander';
import type { SshKey } from '../../core/accounts/account.ts';
import { isoTime } from '../../core/kit/clock.ts';
import { keyView } from './account-view.ts';
import { examples } from './examples.ts';
import { CONSOLE, withInstallation } from './installation.ts';
import { readPublicKey } from './public-key-file.ts';
import { orRefuse } from './refusal.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** `havengate account key …`: the public keys that a person signs in with. */
export function addKeyVerbs(account: Command, terminal: Terminal): void {
  const noun = account.command('key').description('the public keys that a person signs in with over SSH');
  addAdd(noun, terminal);
  addList(noun, terminal);
  addRemove(noun, terminal);
}

function addAdd(noun: Command, terminal: Terminal): void {
  noun
    .command('add')
    .description('add a public key: Ed25519, ECDSA, or RSA from 2048 bits')
    .argument('<name>', 'the account')
    .argument('<file>', 'public key file, such as id_ed25519.pub; - for stdin')
    .addHelpText('after', () =>
      examples(
        'havengate account key add alice alice-laptop.pub',
        'ssh-add -L | grep laptop | havengate account key add alice -',
      ),
    )
    .action(async (name: string, file: string, _options: unknown, command: Command) => {
      const { addSshKey } = await import('../../core/accounts/change-keys.ts');
      const line = await readPublicKey(file, terminal);
      const key = await withInstallation(command, terminal, async (admin) =>
        orRefuse(await addSshKey(admin, CONSOLE, name, line)),
      );
      await terminal.answer(keyView(key), `${name} signs in with ${key.fingerprint} (${key.id})`);
    });
}

function addList(noun: Command, terminal: Terminal): void {
  noun
    .command('list')
    .description('the keys of a person, oldest first')
    .argument('<name>', 'the account')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { findAccount } = await import('../../core/accounts/change-account.ts');
      const keys = await withInstallation(command, terminal, async (admin) => {
        const { id } = orRefuse(await findAccount(admin, name));
        return (await admin.ledger.credentialsOf(id))?.sshKeys ?? [];
      });
      const headings = ['ID', 'FINGERPRINT', 'ALGORITHM', 'ADDED', 'COMMENT'];
      await terminal.answer(
        keys.map(keyView),
        keys.length === 0 ? 'no keys' : table(headings, keys.map(keyRow)),
      );
    });
}

function addRemove(noun: Command, terminal: Terminal): void {
  noun
    .command('remove')
    .description('remove a key; sessions that it opened are ended within seconds')
    .argument('<name>', 'the account')
    .argument('<key>', 'id or fingerprint, as `account key list` shows them')
    .addHelpText('after', () => examples('havengate account key remove alice skey_01k…'))
    .action(async (name: string, which: string, _options: unknown, command: Command) => {
      const { removeSshKey } = await import('../../core/accounts/change-keys.ts');
      const { key, hasMore } = await withInstallation(command, terminal, async (admin) => {
        const removed = orRefuse(await removeSshKey(admin, CONSOLE, name, which));
        return { key: removed, hasMore: await canSignIn(admin.ledger, name) };
      });
      if (!hasMore) terminal.note(`${name} has neither a key nor a password now, and cannot sign in`);
      await terminal.answer(keyView(key), `${key.fingerprint} opens nothing of ${name} any more`);
    });
}

async function canSignIn(
  ledger: Parameters<Parameters<typeof withInstallation>[2]>[0]['ledger'],
  name: string,
): Promise<boolean> {
  const { findAccount } = await import('../../core/accounts/change-account.ts');
  const { id, hasPassword } = orRefuse(await findAccount({ ledger }, name));
  return hasPassword || ((await ledger.credentialsOf(id))?.sshKeys.length ?? 0) > 0;
}

function keyRow({ id, fingerprint, algorithm, addedAt, comment }: SshKey) {
  return [id, fingerprint, algorithm, isoTime(addedAt), comment];
}
