import { type Command, Option } from 'commander';
import type { Account, Side } from '../../core/accounts/account.ts';
import type { Intake } from '../../core/custody/custody.ts';
import { accountView } from './account-view.ts';
import { withIntake } from './custody-work.ts';
import { examples } from './examples.ts';
import { CONSOLE } from './installation.ts';
import { oneOf } from './option-values.ts';
import { orRefuse } from './refusal.ts';
import type { Terminal } from './terminal.ts';

const SIDES = ['outside', 'inside'] as const;

/** `havengate account invite`: mails a person the link by which they activate their account. */
export function addInviteVerb(account: Command, terminal: Terminal): void {
  account
    .command('invite')
    .description('mail a person a link to choose a password and make a token; those mailed before are over')
    .argument('<name>')
    .addOption(sideOption('--side <side>', 'the portal that the link opens'))
    .addHelpText('after', () => examples('havengate account invite alice'))
    .action(async (name: string, { side }: { readonly side: Side }, command: Command) => {
      const { value } = await withIntake(command, terminal, (intake) => invite(intake, name, side));
      await terminal.answer(accountView(value), invited(value));
    });
}

/** The option that says which portal an invitation opens. */
function sideOption(flags: string, description: string): Option {
  return new Option(flags, `${description}: ${SIDES.join(' or ')}`)
    .argParser(oneOf(SIDES))
    .default('outside' satisfies Side);
}

/** Invites a person to a portal. Throws a `Refusal`. */
export async function invite(intake: Intake, name: string, side: Side): Promise<Account> {
  requirePortal(intake, side);
  const { inviteAccount } = await import('../../core/accounts/activation.ts');
  return orRefuse(await inviteAccount(intake, CONSOLE, name, side));
}

/** Refuses, before anything is done, where no link could be mailed. Throws a `Refusal`. */
export function requirePortal({ policy }: Intake, side: Side): void {
  if (policy.portals[side] !== null) return;
  const detail = `the ${side} portal has no address that a link could open`;
  orRefuse({ ok: false, refusal: 'no-portal-address', detail });
}

/** What is said of somebody who was invited. */
export function invited({ name, email }: Account): string {
  return `a link for ${name} goes to ${email}, within a minute while the daemon runs; it holds for three days`;
}
