import type { Command } from 'commander';
import { type Account, parseAccountName, ROLES, type Role } from '../../core/accounts/account.ts';
import type { AccountsAdmin } from '../../core/accounts/add-account.ts';
import type { Freeze } from '../../core/accounts/freeze.ts';
import type { Intake } from '../../core/custody/custody.ts';
import { isoTime } from '../../core/kit/clock.ts';
import { refuse } from '../../core/kit/result.ts';
import { addForgetVerb } from './account-forget.ts';
import { addInviteVerb, invite, invited, requirePortal } from './account-invite.ts';
import { addKeyVerbs } from './account-keys.ts';
import { resetView, resetWords } from './account-reset-view.ts';
import { addSecurityKeyVerbs } from './account-security-keys.ts';
import { addSessionsVerbs } from './account-sessions.ts';
import { addSourcesVerb } from './account-sources.ts';
import { addStandingVerbs } from './account-standing.ts';
import { accountView, closedFacts, keyView, signIns, standingFacts } from './account-view.ts';
import { withIntake } from './custody-work.ts';
import { examples } from './examples.ts';
import { freezeFacts, freezesThat } from './freeze-view.ts';
import { CONSOLE, type Installation, warnOnTerminal, withInstallation } from './installation.ts';
import { oneOf } from './option-values.ts';
import { readPublicKeyFile } from './public-key-file.ts';
import { orRefuse } from './refusal.ts';
import { facts, table } from './table.ts';
import type { Terminal } from './terminal.ts';

interface AddOptions {
  readonly fullName: string;
  readonly email: string;
  readonly role: Role;
  readonly passwordStdin?: boolean;
  readonly sshKey?: string;
  readonly invite?: boolean;
}

/** `havengate account …`: people, and what they sign in with. */
export function addAccountVerbs(program: Command, terminal: Terminal): void {
  const noun = program.command('account').description('people, and what they sign in with');
  addAdd(noun, terminal);
  addList(noun, terminal);
  addShow(noun, terminal);
  addStatus(
    noun,
    terminal,
    'disable',
    'disabled',
    'stop a person at their next action, in open sessions too',
  );
  addStatus(noun, terminal, 'enable', 'active', 'let a disabled person in again');
  addReset(noun, terminal);
  addForgetVerb(noun, terminal);
  addTotp(noun, terminal);
  addKeyVerbs(noun, terminal);
  addSecurityKeyVerbs(noun, terminal);
  addSourcesVerb(noun, terminal);
  addSessionsVerbs(noun, terminal);
  addStandingVerbs(noun, terminal);
  addInviteVerb(noun, terminal);
}

function addAdd(noun: Command, terminal: Terminal): void {
  noun
    .command('add')
    .description('add a person; a key, a password or an invitation is enough')
    .argument('<name>', 'sign-in name: 2 to 32 of a-z, 0-9, dot, dash, underscore')
    .requiredOption('--full-name <name>', 'the name that people read')
    .requiredOption('--email <address>', 'where notices and receipts go')
    .option('--role <role>', `one of ${ROLES.join(', ')}`, oneOf(ROLES), 'researcher')
    .option('--password-stdin', 'read the password from stdin')
    .option('--ssh-key <file>', 'public key file, such as id_ed25519.pub')
    .option('--invite', 'mail them a link to activate their account, as `account invite` does')
    .addHelpText('after', () =>
      examples(
        'havengate account add alice --full-name "Alice Adams" --email alice@example.org --ssh-key alice.pub',
        'havengate account add bob --full-name "Bob Brown" --email bob@example.org --password-stdin <password.txt',
        'havengate account add carol --full-name "Carol Clark" --email carol@example.org --invite',
      ),
    )
    .action(async (name: string, options: AddOptions, command: Command) => {
      const { addAccount } = await import('../../core/accounts/add-account.ts');
      const sshKey = options.sshKey === undefined ? null : await readPublicKeyFile(options.sshKey);
      const password = options.passwordStdin === true ? await terminal.readInput() : null;
      const { fullName, email, role } = options;
      const isInvited = options.invite === true;
      const request = { name, fullName, email, role, password, sshKey, isInvited };
      const add = async (admin: AccountsAdmin) => orRefuse(await addAccount(admin, CONSOLE, request));
      const addInvited = async (intake: Intake) => {
        requirePortal(intake, 'outside');
        await add(intake);
        return invite(intake, name, 'outside');
      };
      const account = isInvited
        ? (await withIntake(command, terminal, addInvited)).value
        : await withInstallation(command, terminal, add);
      const told = isInvited ? `; ${invited(account)}` : '';
      await terminal.answer(accountView(account), `added ${account.name} (${account.id})${told}`);
    });
}

function addList(noun: Command, terminal: Terminal): void {
  noun
    .command('list')
    .description('everybody, by name')
    .action(async (_options: unknown, command: Command) => {
      const { siteGates } = await import('../config/site-gates.ts');
      const { accounts, gates } = await withInstallation(command, terminal, async ({ ledger, config }) => ({
        accounts: await ledger.listAccounts(),
        gates: await siteGates(config),
      }));
      const missing = (one: Account) => gates.closedTo(one).map(({ gate }) => gate);
      const rows = accounts.map((one) => [
        one.name,
        one.fullName,
        one.email,
        one.role,
        one.status,
        signIns(one),
        missing(one).join(', ') || null,
      ]);
      await terminal.answer(
        accounts.map((one) => ({ ...accountView(one), closedGates: missing(one) })),
        table(['NAME', 'FULL NAME', 'EMAIL', 'ROLE', 'STATUS', 'HAS', 'MISSING'], rows),
      );
    });
}

function addShow(noun: Command, terminal: Terminal): void {
  noun
    .command('show')
    .description('one person, with key fingerprints and the tokens and security keys that there are')
    .argument('<name>')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { siteGates } = await import('../config/site-gates.ts');
      const { account, keys, closed, tokens, securityKeys, freezes } = await withInstallation(
        command,
        terminal,
        async (admin) => {
          const found = await lookUp(admin, name);
          const covers = ({ target }: Freeze) =>
            target.kind === 'all' || (target.kind === 'account' && target.account === found.account.id);
          const closed = (await siteGates(admin.config)).closedTo(found.account);
          const tokens = await admin.ledger.hardTokensOf(found.account.id);
          const securityKeys = await admin.ledger.securityKeysOf(found.account.id);
          return { ...found, closed, tokens, securityKeys, freezes: await freezesThat(admin, covers) };
        },
      );
      const document = {
        ...accountView(account),
        keys: keys.map(keyView),
        hardTokens: tokens.map(({ serial }) => serial),
        securityKeys: securityKeys.map(({ id, name: called, side }) => ({ id, name: called, side })),
        closedGates: closed.map(({ gate }) => gate),
        freezes,
      };
      const text = facts([
        ['name', account.name],
        ['id', account.id],
        ['full name', account.fullName],
        ['email', account.email],
        ['role', account.role],
        ['status', account.status],
        ...freezeFacts(freezes),
        ['added', isoTime(account.createdAt)],
        ['password', account.hasPassword ? 'yes' : 'no'],
        ['soft token', account.hasTotp ? 'yes' : 'no'],
        ['hard tokens', tokens.map(({ serial }) => serial).join(', ') || 'none'],
        ['security keys', securityKeys.map(({ name: called }) => called).join(', ') || 'none'],
        ...standingFacts(account),
        ...closedFacts(closed),
        ['comes from', account.sources.length === 0 ? 'anywhere' : account.sources.join(', ')],
        ...keys.map((key) => ['key', `${key.fingerprint} ${key.algorithm} ${key.comment}`] as const),
      ]);
      await terminal.answer(document, text);
    });
}

function addStatus(
  noun: Command,
  terminal: Terminal,
  verb: string,
  status: Account['status'],
  description: string,
): void {
  noun
    .command(verb)
    .description(description)
    .argument('<name>')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { setAccountStatus } = await import('../../core/accounts/change-account.ts');
      const account = await withInstallation(command, terminal, async (admin) =>
        orRefuse(await setAccountStatus(admin, CONSOLE, name, status)),
      );
      await terminal.answer(accountView(account), `${account.name} is ${account.status}`);
    });
}

function addReset(noun: Command, terminal: Terminal): void {
  noun
    .command('reset')
    .description(
      'give a new password; end soft token, security keys, access tokens, browsers. SSH keys and hard tokens stay',
    )
    .argument('<name>')
    .option('--password-stdin', 'read the new password from stdin; without it one is made and shown once')
    .action(async (name: string, options: { passwordStdin?: boolean }, command: Command) => {
      const [{ resetAccount }, { newPassword }] = await Promise.all([
        import('../../core/accounts/reset-account.ts'),
        import('../keys/new-password.ts'),
      ]);
      const given = options.passwordStdin === true ? await terminal.readInput() : null;
      const password = given ?? newPassword();
      const reset = await withInstallation(command, terminal, async (admin) =>
        orRefuse(await resetAccount(admin, CONSOLE, name, password)),
      );
      const shown = given === null ? { password } : {};
      const told = given === null ? `; the new password is shown only here: ${password}` : '';
      const text = `${reset.account.name} was reset${told}\n${resetWords(reset)}`;
      await terminal.answer({ ...resetView(reset), ...shown }, text);
    });
}

function addTotp(noun: Command, terminal: Terminal): void {
  noun
    .command('totp')
    .description('make a new soft token and print its otpauth URI; it is shown only here')
    .argument('<name>')
    .option(
      '--pin-stdin',
      'read a PIN from stdin, which is typed before every code; needed where the site asks for one',
    )
    .addHelpText('after', () => examples('havengate account totp alice | qrencode -t ansiutf8'))
    .action(async (name: string, options: { pinStdin?: boolean }, command: Command) => {
      const [{ enrolTotp }, { loadSecretBox }] = await Promise.all([
        import('../../core/accounts/change-account.ts'),
        import('../keys/load-keys.ts'),
      ]);
      const pin = options.pinStdin === true ? await terminal.readInput() : null;
      const { uri } = await withInstallation(command, terminal, async ({ config, ...admin }) => {
        if (pin === null && config.tokens.pin === 'required') {
          orRefuse(
            refuse('pin-needed', 'this site asks for a PIN with every token; give it with --pin-stdin'),
          );
        }
        const box = await loadSecretBox(config, warnOnTerminal(terminal));
        return orRefuse(await enrolTotp({ ...admin, box, issuer: config.site }, CONSOLE, name, pin));
      });
      await terminal.answer({ name, uri }, uri);
    });
}

async function lookUp({ ledger }: Installation, name: string) {
  const parsed = parseAccountName(name);
  const account = parsed.ok ? await ledger.accountByName(parsed.value) : null;
  if (account === null) {
    return orRefuse<never>({
      ok: false,
      refusal: 'account-unknown',
      detail: `there is no account "${name}"`,
    });
  }
  return { account, keys: (await ledger.credentialsOf(account.id))?.sshKeys ?? [] };
}
