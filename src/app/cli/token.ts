import type { Command } from 'commander';
import { type Side, TOKEN_SCOPES, type TokenScope } from '../../core/accounts/account.ts';
import { isoTime } from '../../core/kit/clock.ts';
import { examples } from './examples.ts';
import { CONSOLE, withInstallation } from './installation.ts';
import { duration, oneOf, someOf } from './option-values.ts';
import { orRefuse } from './refusal.ts';
import type { Terminal } from './terminal.ts';

interface AddOptions {
  readonly scope: readonly TokenScope[];
  readonly expires: number;
  readonly side: Side;
}

const SIDES = ['outside', 'inside'] as const satisfies readonly Side[];

/** `havengate token …`: access tokens for programs that use the API. */
export function addTokenVerbs(program: Command, terminal: Terminal): void {
  const noun = program.command('token').description('access tokens for programs that use the API');
  noun
    .command('add')
    .description('issue an access token; it is shown only here')
    .argument('<name>', 'whose token it is')
    .requiredOption(
      '--scope <scope>',
      `one or several of ${TOKEN_SCOPES.join(', ')}, separated by commas`,
      someOf(TOKEN_SCOPES),
    )
    .requiredOption('--expires <time>', 'how long it lives, such as 12h or 7d', duration)
    .option('--side <side>', 'the side whose doors it opens', oneOf(SIDES), 'outside')
    .addHelpText('after', () => examples('havengate token add alice --scope upload --expires 7d'))
    .action(async (name: string, options: AddOptions, command: Command) => {
      const { addToken } = await import('../../core/accounts/change-account.ts');
      const { scope: scopes, expires: lifetime, side } = options;
      const issued = await withInstallation(command, terminal, async (admin) =>
        orRefuse(await addToken(admin, CONSOLE, { name, scopes, side, lifetime })),
      );
      const document = { ...issued, expiresAt: isoTime(issued.expiresAt) };
      terminal.note(`expires ${document.expiresAt}; the token is shown only here`);
      await terminal.answer(document, issued.token);
    });
}
