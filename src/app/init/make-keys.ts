import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Side } from '../../core/accounts/account.ts';
import {
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
 * again after a crash. A private key is written last, so where it is, its public key is too.
 */
export async function makeKeys(folder: string): Promise<readonly HostKeyPrint[]> {
  await makeFolder(folder, 0o700);
  await makeReceiptKey(folder);
  await makeSecret(credentialsKeyFile(folder), () => randomBytes(32));
  await makeSecret(opsPasswordFile(folder), newPassword);
  const prints: HostKeyPrint[] = [];
  for (const side of ['outside', 'inside'] as const) {
    for (const type of HOST_KEY_TYPES) prints.push(await makeHostKey(folder, side, type));
  }
  return prints;
}

async function makeReceiptKey(folder: string): Promise<void> {
  const file = receiptKeyFile(folder);
  if (await exists(file)) return;
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  await writeDurably(
    receiptPublicKeyFile(folder),
    publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    PUBLIC,
  );
  await writeDurably(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), SECRET);
}

async function makeHostKey(folder: string, side: Side, type: HostKeyType): Promise<HostKeyPrint> {
  const file = hostKeyFile(folder, side, type);
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
