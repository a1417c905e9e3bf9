import type { Command } from 'commander';
import { examples } from './examples.ts';
import type { Terminal } from './terminal.ts';

/** `havengate init`: makes an installation. */
export function addInitVerb(program: Command, terminal: Terminal): void {
  program
    .command('init')
    .description('make an installation: havengate.yaml, keys, ledger and the folders of the data')
    .requiredOption('--dir <dir>', 'folder of the installation; made when it is missing')
    .option('--demo', 'with people, a project and a share to try it with')
    .addHelpText('after', () =>
      examples(
        'havengate init --dir /srv/haven',
        'havengate init --dir ./demo --demo && havengate serve --config ./demo/havengate.yaml',
      ),
    )
    .action(async (options: { dir: string; demo?: boolean }) => {
      const { initialise } = await import('../init/initialise.ts');
      const { describeInitialised } = await import('../init/describe-initialised.ts');
      const made = await initialise({ folder: options.dir, demo: options.demo === true });
      for (const warning of made.warnings) terminal.note(`warning: ${warning}`);
      await terminal.answer(made, describeInitialised(made));
    });
}
