import type { Command } from 'commander';
import type { UntakenMail } from '../../core/custody/mails/ports.ts';
import { isoTime, isoTimeOrNull } from '../../core/kit/clock.ts';
import { examples } from './examples.ts';
import { CONSOLE, type Installation, withInstallation } from './installation.ts';
import { orRefuse } from './refusal.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

const HEADINGS = ['ID', 'TO', 'ABOUT', 'SINCE', 'ATTEMPTS', 'NEXT', 'ANSWER'];

const ABOUT: Readonly<Record<UntakenMail['kind'], string>> = {
  'file-notices': 'files',
  'freeze-notices': 'freezes',
  'security-notices': 'their sign-in',
  'mailed-proofs': 'a code or link',
};

/** `havengate mail …`: mails that were not taken. */
export function addMailVerbs(program: Command, terminal: Terminal): void {
  const noun = program.command('mail').description('mails that their carrier has not taken');
  addList(noun, terminal);
  addSend(noun, terminal);
  addDismiss(noun, terminal);
}

function addList(noun: Command, terminal: Terminal): void {
  noun
    .command('list')
    .description('mails that wait for another attempt, and those that were given up; oldest first')
    .action(async (_options: unknown, command: Command) => {
      const views = await withInstallation(command, terminal, async (installation) => {
        const mails = await installation.ledger.untakenMails(installation.clock.now());
        return Promise.all(mails.map((mail) => viewOf(installation, mail)));
      });
      const rows = views.map(({ id, to, kind, since, attempts, nextAt, reply }) => [
        id,
        to,
        ABOUT[kind],
        since,
        attempts,
        nextAt ?? 'given up',
        reply,
      ]);
      await terminal.answer(views, rows.length === 0 ? 'every mail was taken' : table(HEADINGS, rows));
    });
}

function addSend(noun: Command, terminal: Terminal): void {
  noun
    .command('send')
    .description('have what a mail told mailed again: a running daemon does it within a minute')
    .argument('[mails...]', 'mail ids, as `mail list` shows them')
    .option('--all', 'all that are listed, but for codes and links')
    .addHelpText('after', () => examples('havengate mail send mail_01k…', 'havengate mail send --all'))
    .action(async (ids: readonly string[], { all = false }: { readonly all?: boolean }, command: Command) => {
      if ((ids.length === 0) === !all) command.error('error: give mail ids, or --all');
      const { sendAgain } = await import('../../core/custody/mails/decide-untaken.ts');
      const sent = await withInstallation(command, terminal, async (installation) => {
        const chosen = all ? await sendable(installation) : ids;
        const views = [];
        for (const id of chosen)
          views.push(await viewOf(installation, orRefuse(await sendAgain(installation, CONSOLE, id))));
        return views;
      });
      const lines = sent.map(({ id, to }) => `${id}: mailed to ${to} again, within a minute`);
      await terminal.answer(sent, lines.length === 0 ? 'there is none to be sent again' : lines.join('\n'));
    });
}

function addDismiss(noun: Command, terminal: Terminal): void {
  noun
    .command('dismiss')
    .description('take a mail that was given up off the list; what it told is not mailed')
    .argument('<mail>', 'mail id, as `mail list` shows it')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { dismissMail } = await import('../../core/custody/mails/decide-untaken.ts');
      const view = await withInstallation(command, terminal, async (installation) =>
        viewOf(installation, orRefuse(await dismissMail(installation, CONSOLE, id))),
      );
      await terminal.answer(view, `dismissed ${view.id}; the audit log keeps that it was not delivered`);
    });
}

async function sendable({ ledger, clock }: Installation): Promise<readonly string[]> {
  const mails = await ledger.untakenMails(clock.now());
  return mails.filter(({ kind, nextAt }) => kind !== 'mailed-proofs' || nextAt !== null).map(({ id }) => id);
}

async function viewOf({ ledger }: Installation, mail: UntakenMail) {
  const { id, account, kind, attempts, since, lastAt, nextAt, reply } = mail;
  const person = await ledger.accountById(account);
  return {
    id,
    to: person?.name ?? account,
    email: person?.email ?? null,
    kind,
    state: nextAt === null ? 'given-up' : 'waiting',
    attempts,
    since: isoTime(since),
    lastAt: isoTime(lastAt),
    nextAt: isoTimeOrNull(nextAt),
    reply,
  };
}
