import { readFile } from 'node:fs/promises';
import { type Agreement, agreementOf, createGates, type Gates } from '../../core/accounts/gates.ts';
import { systemClock } from '../system-clock.ts';
import type { Config } from './config.ts';
import { ConfigFault } from './faults.ts';

/** Nobody reads more than this. */
const LONGEST_AGREEMENT = 256 * 1024;

/** The gates that a configuration switches on. Throws `ConfigFault` when the agreement's text cannot be read. */
export async function siteGates({ file, gates }: Pick<Config, 'file' | 'gates'>): Promise<Gates> {
  const { training, induction, warn, agreementFile } = gates;
  const agreement = agreementFile === null ? null : await readAgreement(file, agreementFile);
  return createGates({ training, agreement, induction, warn }, systemClock);
}

async function readAgreement(config: string, file: string): Promise<Agreement> {
  const fault = (what: string) => new ConfigFault(config, [`gates.agreement: ${file} ${what}`]);
  const bytes = await readFile(file).catch(() => {
    throw fault('cannot be read; it holds the text that people accept');
  });
  if (bytes.length > LONGEST_AGREEMENT) throw fault('is longer than 256KiB');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw fault('is not UTF-8');
  }
  if (text.trim() === '') throw fault('is empty');
  return agreementOf(text);
}
