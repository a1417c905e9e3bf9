import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Side } from '../../core/accounts/account.ts';
import {
  certificateKeyFile,
  certificatePublicKeyFile,
  credentialsKeyFile,
  HOST_KEY_TYPES,
  type HostKeyType,
  hostKeyFile,
  opsPasswordFile,
  receiptKeyFile,
  receiptPublicKeyFile,
} from '../keys/key-files.ts';
import { newPassword } from '../keys/new-password.ts';
import { fingerprintOf, makeEd25519Key, makeRsaKey } from '../keys/openssh-key.ts';
import { exists, makeFolder, writeDurably } from './durable-file.ts';
import { makeCheckpointKey } from './make-checkpoint-key.ts';

/** A host key, as people compare it when they connect for the first time. */
export interface HostKeyPrint {
  readonly side: Side;
  readonly type: HostKeyType;
  readonly fingerprint: string;
}

const SECRET = 0o600;
const PUBLIC = 0o644;

const MAKERS = { ed25519: makeEd25519Key, rsa: makeRsaKey } as const;

/**
 * Makes the daemon's own keys as far as they are missing: those that are there are kept, so that it can be run
 * again after a crash.
 */
export async function makeKeys(folder: string): Promise<readonly HostKeyPrint[]> {
  await makeFolder(folder, 0o700);
  await makeSigningKey(receiptKeyFile(folder), receiptPublicKeyFile(folder));
  await makeSigningKey(certificateKeyFile(folder), certificatePublicKeyFile(folder));
  await makeCheckpointKey(folder);
  await makeSecret(credentialsKeyFile(folder), () => randomBytes(32));
  await makeSecret(opsPasswordFile(folder), newPassword);
  const prints: HostKeyPrint[] = [];
  for (const side of ['outside', 'inside'] as const) {
    for (const type of HOST_KEY_TYPES) prints.push(await makeHostKey(folder, side, type));
  }
  return prints;
}

/**
 * Makes the key that signs certificates where neither half of it is there: installations of before there were
 * certificates get theirs at the first start. A private half that is missing alone is not made anew: what it has
 * signed could not be verified any more. True when it was made.
 */
export async function makeCertificateKey(folder: string): Promise<boolean> {
  const [file, publicFile] = [certificateKeyFile(folder), certificatePublicKeyFile(folder)];
  if (!(await exists(file)) && (await exists(publicFile))) return false;
  return makeSigningKey(file, publicFile);
}

/** The private half first: the public one is made from it, also after a crash between the two. */
async function makeSigningKey(file: string, publicFile: string): Promise<boolean> {
  const isMissing = !(await exists(file));
  if (isMissing) {
    const { privateKey } = generateKeyPairSync('ed25519');
    await writeDurably(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), SECRET);
  }
  if (isMissing || !(await exists(publicFile))) {
    const publicKey = createPublicKey(await readFile(file));
    await writeDurably(publicFile, publicKey.export({ type: 'spki', format: 'pem' }).toString(), PUBLIC);
  }
  return isMissing;
}

async function makeHostKey(folder: string, side: Side, type: HostKeyType): Promise<HostKeyPrint> {
  const file = hostKeyFile(folder, side, type);
  // The private half last: where it is, the public one is too.
  if (!(await exists(file))) {
    const pair = MAKERS[type](`havengate-${side}`);
    await writeDurably(`${file}.pub`, pair.publicLine, PUBLIC);
    await writeDurably(file, pair.privateText, SECRET);
  }
  const [, blob = ''] = (await readFile(`${file}.pub`, 'utf8')).split(' ');
  return { side, type, fingerprint: fingerprintOf(Buffer.from(blob, 'base64')) };
}

/** Writes a secret unless there is one. */
async function makeSecret(file: string, make: () => string | Uint8Array): Promise<void> {
  if (!(await exists(file))) await writeDurably(file, make(), SECRET);
}
