import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Config } from './config.ts';
import { type Environment, overlayEnvironment } from './environment.ts';
import { ConfigFault } from './faults.ts';
import { CONFIG_KEYS, CONFIG_SHAPE } from './schema.ts';
import { readYaml, type Written } from './written.ts';

/**
 * Reads a configuration file and lays the environment over it.
 *
 * Throws `ConfigFault` with every fault at once when the file cannot be read, is not YAML, or does not say what it
 * has to. Secrets are not opened: that the files they are in exist is for those to find who need them.
 */
export async function loadConfig(file: string, environment: Environment): Promise<Config> {
  const path = resolve(file);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ConfigFault(path, [whyUnreadable(cause)]);
  });
  return parseConfig(text, path, environment);
}

/** Like `loadConfig`, for a text that was read already. `file` must be absolute. */
export function parseConfig(text: string, file: string, environment: Environment): Config {
  const { written, faults: syntax } = readYaml(text, (line) => `line ${line}`);
  const faults = syntax.map(({ place, message }) => `${place}: ${message}`);
  // What was written is not what was meant: more faults would only be guesses.
  if (faults.length > 0) throw new ConfigFault(file, faults);
  const fault = (place: string, message: string) => void faults.push(`${place}: ${message}`);
  const overlaid = overlayEnvironment(written, environment, fault);
  const read = CONFIG_SHAPE.read(topLevel(overlaid, fault), '', {
    base: dirname(file),
    allKeys: CONFIG_KEYS,
    fault,
  });
  if (read === null || faults.length > 0) throw new ConfigFault(file, faults);
  return freeze({ file, ...read.value });
}

function topLevel(written: Written, fault: (place: string, message: string) => void): Written {
  if (written.kind === 'mapping' || written.kind === 'nothing') return written;
  fault(written.place, 'this is not a configuration: expected keys such as data and doors');
  return { kind: 'nothing', place: written.place };
}

function whyUnreadable(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  if (code === 'ENOENT') return 'there is no such file; `havengate init --dir DIR` makes one';
  if (code === 'EACCES') return 'this user may not read it';
  if (code === 'EISDIR') return 'this is a folder; give the havengate.yaml in it';
  return `it cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) freeze(member);
    Object.freeze(value);
  }
  return value;
}
