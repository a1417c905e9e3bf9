import type { Command } from 'commander';
import { isoTime } from '../../core/kit/clock.ts';
import { examples } from './examples.ts';
import { CONSOLE, withInstallation } from './installation.ts';
import { orRefuse } from './refusal.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

const HEADINGS = ['WHAT', 'SOURCE', 'ACCOUNT', 'POINTS', 'HELD BACK UNTIL', 'TIMES'];

/** What a row is about, in words. */
const WHAT = {
  source: 'strangers from a source',
  account: 'strangers who try an account',
  pair: 'an account from a source',
} as const;

/** `havengate ban …`: what failed sign-ins are held against. */
export function addBanVerbs(program: Command, terminal: Terminal): void {
  const noun = program
    .command('ban')
    .description('sources and accounts that failed sign-ins are held against');
  noun
    .command('list')
    .description('who is held back now, and until when')
    .option('--all', 'also what has failed lately, and holds nobody back')
    .action(async ({ all = false }: { readonly all?: boolean }, command: Command) => {
      const { listGrudges } = await import('../../core/accounts/guard/bans.ts');
      const views = await withInstallation(command, terminal, async (installation) => {
        const grudges = await listGrudges(installation, installation.config.guard.policy, all);
        const people = await installation.ledger.listAccounts();
        const names = new Map(people.map(({ id, name }) => [id, name]));
        return grudges.map(({ kind, source, account, points, bannedUntil, bans }) => ({
          kind,
          source,
          account: account === null ? null : (names.get(account) ?? account),
          points: Math.round(points * 10) / 10,
          heldBackUntil: bannedUntil === null ? null : isoTime(bannedUntil),
          times: bans,
        }));
      });
      const rows = views.map(({ kind, source, account, points, heldBackUntil, times }) => [
        WHAT[kind],
        source,
        account,
        points,
        heldBackUntil,
        times,
      ]);
      await terminal.answer(views, rows.length === 0 ? 'nobody is held back' : table(HEADINGS, rows));
    });
  noun
    .command('lift')
    .description('forget what is held against a source or an account; doors hear of it within seconds')
    .argument('<what>', 'an address, a source as `ban list` shows it, or the name of an account')
    .addHelpText('after', () => examples('havengate ban lift 192.0.2.7', 'havengate ban lift alice'))
    .action(async (what: string, _options: unknown, command: Command) => {
      const { liftBan } = await import('../../core/accounts/guard/bans.ts');
      const lifted = await withInstallation(command, terminal, async (installation) =>
        orRefuse(await liftBan(installation, CONSOLE, what)),
      );
      await terminal.answer({ what, lifted }, `lifted: nothing is held against ${what} any more`);
    });
}
