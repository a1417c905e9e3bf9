import type { Command } from 'commander';
import type { Reconnection } from '../../core/accounts/reconnection.ts';
import { isoTime } from '../../core/kit/clock.ts';
import { examples } from './examples.ts';
import { CONSOLE, withInstallation } from './installation.ts';
import { orRefuse } from './refusal.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

const HEADINGS = ['ID', 'SIDE', 'FROM', 'WITH', 'SIGNED IN', 'LAST USED', 'UNTIL'];

/** `havengate account sessions …`: who may come back without a new code. */
export function addSessionsVerbs(account: Command, terminal: Terminal): void {
  const noun = account
    .command('sessions')
    .description('sign-ins that let a person come back for uploading without a new code');
  noun
    .command('list')
    .description('those that are live, newest first')
    .argument('<name>', 'the account')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { listReconnections } = await import('../../core/accounts/end-reconnections.ts');
      const live = await withInstallation(command, terminal, async (admin) =>
        orRefuse(await listReconnections(admin, name)),
      );
      const views = live.map(view);
      const rows = views.map((one) => [
        one.id,
        one.side,
        one.source,
        one.proofs,
        one.signedInAt,
        one.usedAt,
        one.until,
      ]);
      await terminal.answer(views, rows.length === 0 ? 'nobody may come back' : table(HEADINGS, rows));
    });
  noun
    .command('end')
    .description('ask for a code again; sessions that were opened without one are ended within seconds')
    .argument('<name>', 'the account')
    .argument('[id]', 'as `account sessions list` shows it; left out, all')
    .addHelpText('after', () => examples('havengate account sessions end alice'))
    .action(async (name: string, id: string | undefined, _options: unknown, command: Command) => {
      const { endReconnections } = await import('../../core/accounts/end-reconnections.ts');
      const ended = await withInstallation(command, terminal, async (admin) =>
        orRefuse(await endReconnections(admin, CONSOLE, name, id ?? null)),
      );
      await terminal.answer({ name, ended }, `ended ${ended} of ${name}`);
    });
}

function view({ id, side, source, proofs, at, usedAt, until }: Reconnection) {
  return {
    id,
    side,
    source,
    proofs,
    signedInAt: isoTime(at),
    usedAt: usedAt === null ? null : isoTime(usedAt),
    until: isoTime(until),
  };
}
