import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './installation.ts';

/** A certificate and its key, in files of PEM. */
export interface Certified {
  readonly certificate: string;
  readonly key: string;
}

/** An authority that belongs to one test. */
export interface Authority extends Certified {
  /** Makes a certificate for a server or client; `names` such as `IP:127.0.0.1` or `DNS:mail.example`. */
  issue(name: string, names: string): Promise<Certified>;
}

/** Makes an authority whose files are all in `dir`. */
export async function makeAuthority(dir: string, name = 'ca'): Promise<Authority> {
  const own = await openssl(dir, name, 'basicConstraints=critical,CA:TRUE', []);
  const by = ['-CA', own.certificate, '-CAkey', own.key, '-addext', 'basicConstraints=critical,CA:FALSE'];
  return { ...own, issue: (subject, names) => openssl(dir, subject, `subjectAltName=${names}`, by) };
}

/** The text of a file of certificates. */
export function pem(file: string): Promise<string> {
  return readFile(file, 'utf8');
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];

async function openssl(
  dir: string,
  name: string,
  extension: string,
  by: readonly string[],
): Promise<Certified> {
  const made = { certificate: join(dir, `${name}.pem`), key: join(dir, `${name}.key`) };
  const about = ['-subj', `/CN=${name}`, '-addext', extension];
  const to = ['-keyout', made.key, '-out', made.certificate];
  const { code, stderr } = await run('openssl', ['req', '-x509', ...NEW_KEY, ...about, ...to, ...by]);
  if (code !== 0) throw new Error(`openssl failed: ${stderr}`);
  return made;
}
