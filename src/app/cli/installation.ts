import { access } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Actor } from '../../core/audit/events.ts';
import type { Ledger } from '../../core/custody/ports.ts';
import type { Clock } from '../../core/kit/clock.ts';
import type { ProjectsLedger } from '../../core/projects/ports.ts';
import type { Config } from '../config/config.ts';
import type { WarnOfKey } from '../keys/key-fault.ts';
import { systemClock } from '../system-clock.ts';
import { Refusal } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** An installation that a verb works on, whether its daemon runs or not. */
export interface Installation {
  readonly config: Config;
  readonly ledger: Ledger & ProjectsLedger;
  readonly clock: Clock;
}

/** Who acts when a verb changes something. */
export const CONSOLE: Actor = { kind: 'console' };

/** The options that every verb has. */
export interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** The configuration file: from `--config`, else the environment, else the current folder. */
function configFile(command: Command, terminal: Terminal): string {
  const { config } = command.optsWithGlobals<GlobalOptions>();
  return config ?? (terminal.environment['HAVENGATE_CONFIG'] || 'havengate.yaml');
}

/** Reads the configuration of the installation that a verb is about. Throws `ConfigFault`. */
export async function readConfig(command: Command, terminal: Terminal): Promise<Config> {
  const { loadConfig } = await import('../config/load-config.ts');
  return loadConfig(configFile(command, terminal), terminal.environment);
}

/** Opens the ledger of an installation for the length of `work`, also beside a running daemon. */
export async function withInstallation<T>(
  command: Command,
  terminal: Terminal,
  work: (installation: Installation) => Promise<T>,
): Promise<T> {
  const config = await readConfig(command, terminal);
  await access(config.ledger.file).catch(() => {
    throw new Refusal(
      'ledger-missing',
      `there is no ledger at ${config.ledger.file}; \`havengate init\` makes one`,
    );
  });
  const { openSqliteLedger } = await import('../../stores/ledger/sqlite-ledger.ts');
  const ledger = await openSqliteLedger({ file: config.ledger.file });
  try {
    return await work({ config, ledger, clock: systemClock });
  } finally {
    await ledger.close();
  }
}

/** Tells of keys that are not kept as they should be. */
export function warnOnTerminal(terminal: Terminal): WarnOfKey {
  return ({ file, problem }) => terminal.note(`warning: ${file}: ${problem}`);
}
