import type { Command } from 'commander';
import { DAEMON_ROLES, type DaemonRole } from '../config/daemon-roles.ts';
import { examples } from './examples.ts';
import { readConfig } from './installation.ts';
import { someOf } from './option-values.ts';
import type { Terminal } from './terminal.ts';

/** `havengate serve`: the daemon in the foreground, until it is told to stop. */
export function addServeVerb(program: Command, terminal: Terminal): void {
  program
    .command('serve')
    .description('run the daemon in the foreground; stdout has one JSON line per event')
    .option(
      '--roles <roles>',
      `only some of ${DAEMON_ROLES.join(', ')}, separated by commas`,
      someOf(DAEMON_ROLES),
    )
    .addHelpText('after', () =>
      examples(
        'havengate serve --config /srv/haven/havengate.yaml',
        'havengate serve --config /srv/haven/havengate.yaml --roles workers,clock',
      ),
    )
    .action(async (options: { roles?: readonly DaemonRole[] }, command: Command) => {
      const config = await readConfig(command, terminal);
      const { serve } = await import('../serve/serve.ts');
      await serve(config, { roles: options.roles ?? DAEMON_ROLES });
    });
}
