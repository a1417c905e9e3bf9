import { readFile } from 'node:fs/promises';
import { KeyFault } from './key-fault.ts';

/** Reads certificates in PEM, such as those that a server's is checked against. Throws `KeyFault`. */
export async function readCertificates(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new KeyFault(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  });
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new KeyFault(`${file}: there is no certificate (PEM) in it`);
}
