import type { Command } from 'commander';
import { isoTime } from '../../core/kit/clock.ts';
import { examples } from './examples.ts';
import { CONSOLE, withInstallation } from './installation.ts';
import { facts } from './table.ts';
import type { Terminal } from './terminal.ts';

/** `havengate clock …`: whether the clock is trusted. */
export function addClockVerbs(program: Command, terminal: Terminal): void {
  const noun = program
    .command('clock')
    .description('whether the clock is trusted; nothing is destroyed while not');
  noun
    .command('show')
    .description('what time it is here, what time was trusted last, and whether the clock is suspect')
    .action(async (_options: unknown, command: Command) => {
      const { clockAgainstLedger, clockSuspicion, lastTrustedTime } = await import(
        '../../core/custody/retention/clock-guard.ts'
      );
      const shown = await withInstallation(command, terminal, async ({ ledger, clock }) => {
        const last = await ledger.lastAuditTime();
        const seen = await lastTrustedTime(ledger);
        const why = await clockSuspicion(ledger);
        return {
          suspect: why !== null,
          why,
          // A start of the daemon would find this.
          againstLedger: await clockAgainstLedger(ledger, clock),
          now: isoTime(clock.now()),
          /** What a start is compared with; before the first start, the ledger's last time is. */
          lastTrusted: seen === null ? null : isoTime(seen),
          ledgerLast: last === null ? null : isoTime(last),
        };
      });
      const told = facts([
        ['clock', shown.suspect ? `suspect: ${shown.why}` : 'trusted'],
        ['against the last', shown.againstLedger ?? 'as it should be'],
        ['now', shown.now],
        ['trusted last', shown.lastTrusted ?? 'never: no daemon has run'],
        ['ledger last', shown.ledgerLast],
      ]);
      await terminal.answer(shown, told);
    });
  noun
    .command('accept')
    .description('say that the clock is right now: retention goes on from here')
    .addHelpText('after', () => examples('havengate clock show', 'havengate clock accept'))
    .action(async (_options: unknown, command: Command) => {
      const { acceptClock } = await import('../../core/custody/retention/clock-guard.ts');
      const answer = await withInstallation(command, terminal, async ({ ledger, clock }) => {
        const accepted = await acceptClock(ledger, clock, CONSOLE);
        return { accepted, now: isoTime(clock.now()) };
      });
      const told = answer.accepted
        ? `accepted: it is ${answer.now}, and retention goes on within the hour`
        : 'the clock was not suspect; nothing was changed';
      await terminal.answer(answer, told);
    });
}
