import type { Command } from 'commander';
import type { SecurityKey } from '../../core/accounts/security-keys/security-key.ts';
import { isoTime, isoTimeOrNull } from '../../core/kit/clock.ts';
import { examples } from './examples.ts';
import { CONSOLE, withInstallation } from './installation.ts';
import { orRefuse } from './refusal.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** `havengate account security-key …`: the security keys and passkeys that a person signs in with in a browser. */
export function addSecurityKeyVerbs(account: Command, terminal: Terminal): void {
  const noun = account
    .command('security-key')
    .description('the security keys and passkeys of a person; they add them on the Security page');
  addList(noun, terminal);
  addRemove(noun, terminal);
}

function addList(noun: Command, terminal: Terminal): void {
  noun
    .command('list')
    .description('the security keys of a person, oldest first')
    .argument('<name>', 'the account')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { findAccount } = await import('../../core/accounts/change-account.ts');
      const keys = await withInstallation(command, terminal, async (admin) => {
        const { id } = orRefuse(await findAccount(admin, name));
        return admin.ledger.securityKeysOf(id);
      });
      const headings = ['ID', 'NAME', 'SIDE', 'FOR', 'ALONE', 'ADDED', 'USED'];
      await terminal.answer(
        keys.map(view),
        keys.length === 0 ? 'no security keys' : table(headings, keys.map(row)),
      );
    });
}

function addRemove(noun: Command, terminal: Terminal): void {
  noun
    .command('remove')
    .description('remove a security key, such as a lost one; the browsers of its owner are signed out')
    .argument('<name>', 'the account')
    .argument('<key>', 'id, as `account security-key list` shows it')
    .addHelpText('after', () => examples('havengate account security-key remove alice wkey_01k…'))
    .action(async (name: string, which: string, _options: unknown, command: Command) => {
      const { removeSecurityKey } = await import('../../core/accounts/security-keys/change-security-keys.ts');
      const key = await withInstallation(command, terminal, async (admin) =>
        orRefuse(await removeSecurityKey(admin, CONSOLE, name, which)),
      );
      await terminal.answer(view(key), `${key.name} opens nothing of ${name} any more`);
    });
}

function view({ id, name, side, rpId, verifiesUser, addedAt, lastUsedAt }: SecurityKey) {
  const times = { addedAt: isoTime(addedAt), lastUsedAt: isoTimeOrNull(lastUsedAt) };
  return { id, name, side, rpId, verifiesUser, ...times };
}

function row({ id, name, side, rpId, verifiesUser, addedAt, lastUsedAt }: SecurityKey) {
  return [
    id,
    name,
    side,
    rpId,
    verifiesUser ? 'yes' : 'no',
    isoTime(addedAt),
    isoTimeOrNull(lastUsedAt) ?? 'never',
  ];
}
