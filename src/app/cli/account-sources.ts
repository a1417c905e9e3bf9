import type { Command } from 'commander';
import { examples } from './examples.ts';
import { CONSOLE, withInstallation } from './installation.ts';
import { orRefuse } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** The word that lifts all limits. */
const ANYWHERE = 'anywhere';

/** `havengate account sources …`: the addresses that a person may come from. */
export function addSourcesVerb(account: Command, terminal: Terminal): void {
  account
    .command('sources')
    .description('limit the addresses that a person may come from, at every door; without any, show them')
    .argument('<name>', 'the account')
    .argument(
      '[cidr...]',
      `ranges such as 192.0.2.0/24 2001:db8::/32, in place of those before; or ${ANYWHERE}`,
    )
    .addHelpText('after', () =>
      examples(
        'havengate account sources alice 192.0.2.0/24 2001:db8:7::/48',
        `havengate account sources alice ${ANYWHERE}`,
      ),
    )
    .action(async (name: string, ranges: readonly string[], _options: unknown, command: Command) => {
      const isForAll = ranges.length === 1 && ranges[0] === ANYWHERE;
      const { sources } = await withInstallation(command, terminal, async (admin) => {
        if (ranges.length === 0) {
          const { findAccount } = await import('../../core/accounts/change-account.ts');
          return orRefuse(await findAccount(admin, name));
        }
        const { setSources } = await import('../../core/accounts/change-sources.ts');
        return orRefuse(await setSources(admin, CONSOLE, name, isForAll ? [] : ranges));
      });
      const told = sources.length === 0 ? ANYWHERE : sources.join(', ');
      await terminal.answer({ name, sources }, `${name} may come from ${told}`);
    });
}
