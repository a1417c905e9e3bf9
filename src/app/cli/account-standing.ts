import { type Command, Option } from 'commander';
import type { Account } from '../../core/accounts/account.ts';
import { type Instant, isoTime } from '../../core/kit/clock.ts';
import { parseSha256 } from '../../core/kit/digest.ts';
import { accountView, shortVersion } from './account-view.ts';
import { examples } from './examples.ts';
import { CONSOLE, type Installation, withInstallation } from './installation.ts';
import { instant } from './option-values.ts';
import { orRefuse } from './refusal.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** `havengate account training|induction|agreement`: what people have done for the gates of the site. */
export function addStandingVerbs(account: Command, terminal: Terminal): void {
  addTraining(account, terminal);
  addInduction(account, terminal);
  addAgreement(account, terminal);
}

interface RecordOptions {
  readonly expires?: Instant;
  readonly on?: Instant;
  readonly withdraw?: boolean;
  readonly by?: string;
}

function addTraining(account: Command, terminal: Terminal): void {
  account
    .command('training')
    .description("record until when a person's training holds; effective at their next action")
    .argument('<name>')
    .option(
      '--expires <time>',
      'the end of its last day, such as 2027-03-01: from then on it holds no more',
      instant,
    )
    .addOption(withdraw('expires'))
    .option('--by <name>', 'the account of whoever saw the proof')
    .addHelpText('after', () => examples('havengate account training alice --expires 2027-03-01 --by dana'))
    .action(async (name: string, options: RecordOptions, command: Command) => {
      const expires = whenGiven(command, options, options.expires, '--expires TIME');
      const { recordTraining } = await import('../../core/accounts/record-standing.ts');
      const recorded = await withInstallation(command, terminal, async (admin) =>
        orRefuse(await recordTraining(admin, CONSOLE, name, expires, await seenBy(admin, options.by))),
      );
      const told = expires === null ? 'no training any more' : `training until ${isoTime(expires)}`;
      await terminal.answer(accountView(recorded), `${name} has ${told}`);
    });
}

function addInduction(account: Command, terminal: Terminal): void {
  account
    .command('induction')
    .description('record that a person had their induction; effective at their next action')
    .argument('<name>')
    .option('--on <time>', 'when, such as 2026-11-30', instant)
    .addOption(withdraw('on'))
    .option('--by <name>', 'the account of whoever gave it')
    .addHelpText('after', () => examples('havengate account induction alice --on 2026-11-30 --by dana'))
    .action(async (name: string, options: RecordOptions, command: Command) => {
      const on = whenGiven(command, options, options.on, '--on TIME');
      const { recordInduction } = await import('../../core/accounts/record-standing.ts');
      const recorded = await withInstallation(command, terminal, async (admin) =>
        orRefuse(await recordInduction(admin, CONSOLE, name, on, await seenBy(admin, options.by))),
      );
      const told = on === null ? 'no induction any more' : `had an induction on ${isoTime(on)}`;
      await terminal.answer(accountView(recorded), `${name} ${on === null ? `has ${told}` : told}`);
    });
}

interface AgreementOptions {
  readonly text?: string | boolean;
}

function addAgreement(account: Command, terminal: Terminal): void {
  account
    .command('agreement')
    .description('who accepted which version of the agreement, or the text of a version')
    .argument('[name]', 'only this person')
    .option('--text [version]', 'show the text of a version instead; of the one in force when left out')
    .addHelpText('after', () => examples('havengate account agreement', 'havengate account agreement --text'))
    .action(async (name: string | undefined, { text }: AgreementOptions, command: Command) => {
      const { siteGates } = await import('../config/site-gates.ts');
      await withInstallation(command, terminal, async (admin) => {
        const current = (await siteGates(admin.config)).site.agreement;
        if (text === undefined)
          return answerAccepted(terminal, await asked(admin, name), current?.version ?? null);
        const given = text === true ? current?.version : await versionOf(admin, String(text));
        const version = given === undefined ? null : parseSha256(given);
        const found =
          version === current?.version
            ? current?.text
            : version && (await admin.ledger.agreementText(version));
        if (version === null || found == null) {
          return orRefuse<never>({ ok: false, refusal: 'agreement-unknown' });
        }
        return terminal.answer({ version, text: found }, found);
      });
    });
}

/** A version by its first digits, as lists show them: of those that somebody accepted. */
async function versionOf({ ledger }: Installation, start: string): Promise<string | undefined> {
  if (parseSha256(start) !== null) return start;
  const accepted = (await ledger.listAccounts()).map(({ agreed }) => agreed?.version);
  return start.length < 8 ? undefined : accepted.find((version) => version?.startsWith(start));
}

async function asked({ ledger }: Installation, name: string | undefined): Promise<readonly Account[]> {
  if (name === undefined) return ledger.listAccounts();
  const { findAccount } = await import('../../core/accounts/change-account.ts');
  return [orRefuse(await findAccount({ ledger }, name))];
}

function answerAccepted(
  terminal: Terminal,
  accounts: readonly Account[],
  current: string | null,
): Promise<void> {
  const rows = accounts.map(({ name, agreed }) => ({
    name,
    version: agreed?.version ?? null,
    acceptedAt: agreed === null ? null : isoTime(agreed.at),
    isCurrent: agreed !== null && agreed.version === current,
  }));
  const cells = accounts.map(({ name, agreed }) => [
    name,
    agreed && shortVersion(agreed.version),
    agreed && isoTime(agreed.at),
    agreed !== null && agreed.version === current ? 'yes' : 'no',
  ]);
  return terminal.answer(
    { current, accepted: rows },
    table(['NAME', 'VERSION', 'ACCEPTED', 'IN FORCE'], cells),
  );
}

function withdraw(other: string): Option {
  return new Option('--withdraw', 'record that it holds no more').conflicts(other);
}

/** The time that was given; null to withdraw. One of the two is needed. */
function whenGiven(
  command: Command,
  { withdraw: isOver }: RecordOptions,
  time: Instant | undefined,
  option: string,
): Instant | null {
  if (isOver === true) return null;
  if (time === undefined) command.error(`error: give ${option}, or --withdraw`, { exitCode: 2 });
  return time;
}

async function seenBy(admin: Installation, name: string | undefined): Promise<Account['id'] | null> {
  if (name === undefined) return null;
  const { actingAs } = await import('./custody-work.ts');
  return (await actingAs(admin.ledger, name)).id;
}
