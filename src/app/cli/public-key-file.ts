import { readFile } from 'node:fs/promises';
import { Refusal } from './refusal.ts';

/** The line of a public key file that is its one key; comments and empty lines do not count. Throws a `Refusal`. */
export async function readPublicKeyFile(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Refusal(
      'file-unreadable',
      `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  });
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const [first, second] = lines;
  if (first === undefined) throw new Refusal('ssh-key-invalid', `${file} holds no key`);
  if (second !== undefined && !first.startsWith('-----')) {
    throw new Refusal('ssh-key-invalid', `${file} holds ${lines.length} keys; give a file with one`);
  }
  return first;
}
