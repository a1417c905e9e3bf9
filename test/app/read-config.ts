import type { Config } from '../../src/app/config/config.ts';
import type { Environment } from '../../src/app/config/environment.ts';
import { ConfigFault } from '../../src/app/config/faults.ts';
import { parseConfig } from '../../src/app/config/load-config.ts';

/** The file that texts in these tests are said to come from. */
export const FILE = '/srv/haven/havengate.yaml';

/** Reads a configuration that is right. */
export function readConfig(text: string, environment: Environment = {}): Config {
  return parseConfig(text, FILE, environment);
}

/** Reads a configuration that is wrong, and returns its faults. */
export function faultsIn(text: string, environment: Environment = {}): readonly string[] {
  try {
    parseConfig(text, FILE, environment);
  } catch (error) {
    if (error instanceof ConfigFault) return error.faults;
    throw error;
  }
  return [];
}
