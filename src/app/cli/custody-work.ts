import { join } from 'node:path';
import type { Command } from 'commander';
import { type Account, parseAccountName } from '../../core/accounts/account.ts';
import type { Intake } from '../../core/custody/custody.ts';
import { isFrozenPerson } from '../../core/custody/freezes/frozen-person.ts';
import type { ImpliedWork } from '../../core/custody/implied-work.ts';
import type { Ledger } from '../../core/custody/ports.ts';
import type { Config } from '../config/config.ts';
import { MUTE } from '../mute-log.ts';
import { type Installation, withInstallation } from './installation.ts';
import { orRefuse } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** What a verb did that begins work, and whether a running daemon was told of it. */
export interface Begun<T> {
  readonly value: T;
  /** False when no daemon answered: a running one finds the work within a minute, a stopped one at its start. */
  readonly told: boolean;
}

/** More hints than this are not passed one by one: a run of retention makes the daemon look for them itself. */
const MOST_HINTS = 500;

/** Runs a use case of intake on an installation, and passes the work that it begins to a daemon that may be running. */
export async function withIntake<T>(
  command: Command,
  terminal: Terminal,
  work: (intake: Intake, installation: Installation) => Promise<T>,
): Promise<Begun<T>> {
  const [{ custodyPolicy }, { siteGates }, { openInstallationZones }] = await Promise.all([
    import('../config/custody-policy.ts'),
    import('../config/site-gates.ts'),
    import('./installation-zones.ts'),
  ]);
  const hinted: ImpliedWork[] = [];
  const hints = {
    hint(one: ImpliedWork) {
      if (hinted.length < MOST_HINTS) hinted.push(one);
    },
  };
  return withInstallation(command, terminal, async (installation) => {
    const { config, ledger, clock } = installation;
    const [zones, gates] = await Promise.all([openInstallationZones(config), siteGates(config)]);
    const intake = { ledger, zones, hints, clock, log: MUTE, policy: custodyPolicy(config), gates };
    const value = await work(intake, installation);
    if (hinted.length === MOST_HINTS) hinted.push({ job: 'run-retention' });
    return { value, told: hinted.length > 0 && (await passToDaemon(config, hinted)) };
  });
}

/** The end of an answer: when what was begun is carried out. */
export function whenItHappens({ told }: Begun<unknown>): string {
  return told
    ? 'the daemon was told, and does it now'
    : 'a running daemon does it within a minute, a stopped one at its next start';
}

/** The account of a name that somebody typed. Throws a `Refusal`. */
export async function accountNamed(ledger: Ledger, name: string): Promise<Account> {
  const parsed = parseAccountName(name);
  const account = parsed.ok ? await ledger.accountByName(parsed.value) : null;
  if (account !== null) return account;
  return orRefuse<never>({ ok: false, refusal: 'account-unknown', detail: `there is no account "${name}"` });
}

/** Somebody in whose name a verb acts: an active account that no freeze names. Throws a `Refusal`. */
export async function actingAs(ledger: Ledger, name: string): Promise<Account> {
  const account = await accountNamed(ledger, name);
  if (await isFrozenPerson(ledger, account)) {
    const detail = `${name} is frozen, and nothing is done in their name`;
    return orRefuse<never>({ ok: false, refusal: 'frozen', detail });
  }
  if (account.status === 'active') return account;
  const detail = `${name} is disabled, and nothing is done in their name`;
  return orRefuse<never>({ ok: false, refusal: 'account-disabled', detail });
}

async function passToDaemon(config: Config, work: readonly ImpliedWork[]): Promise<boolean> {
  const [{ findRedisSocket }, { passHints }] = await Promise.all([
    import('../../jobs/redis-place.ts'),
    import('../../jobs/pass-hints.ts'),
  ]);
  // A site's own Redis may need a password that whoever is at the console cannot read: it is left to the sweeper.
  if (config.queue.kind !== 'managed') return false;
  const path = await findRedisSocket(join(config.data, '..', 'queue'));
  return path !== null && passHints({ server: { kind: 'socket', path }, work, log: MUTE });
}
