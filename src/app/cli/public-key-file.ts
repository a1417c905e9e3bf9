import { readFile } from 'node:fs/promises';
import { Refusal } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** The same of a file, or of stdin for `-`. */
export async function readPublicKey(file: string, terminal: Terminal): Promise<string> {
  return file === '-' ? oneKey(await terminal.readInput(), 'stdin') : readPublicKeyFile(file);
}

/** The line of a public key file that is its one key; comments and empty lines do not count. Throws a `Refusal`. */
export async function readPublicKeyFile(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Refusal(
      'file-unreadable',
      `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  });
  return oneKey(text, file);
}

function oneKey(text: string, file: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const [first, second] = lines;
  if (first === undefined) throw new Refusal('ssh-key-invalid', `${file} holds no key`);
  if (second !== undefined && !first.startsWith('-----')) {
    throw new Refusal('ssh-key-invalid', `${file} holds ${lines.length} keys; give a file with one`);
  }
  return first;
}
