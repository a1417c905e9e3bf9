import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { formatKeyring } from '../../core/audit/keyring.ts';
import { createNoteVerifier } from '../../core/audit/note-key.ts';
import { sha256 } from '../../core/kit/digest.ts';
import { checkpointKeyFile, checkpointKeyringFile } from '../keys/key-files.ts';
import { exists, writeDurably } from './durable-file.ts';

/**
 * Makes the key that signs checkpoints, and the keyring that says so, where neither is there: installations of before
 * there were checkpoints get theirs at the first start. A key that is missing beside its keyring is not made anew: it
 * would sign for a log whose readers know another. True when it was made.
 */
export async function makeCheckpointKey(folder: string): Promise<boolean> {
  const [file, ringFile] = [checkpointKeyFile(folder), checkpointKeyringFile(folder)];
  const hasRing = await exists(ringFile);
  const isMissing = !(await exists(file));
  if (isMissing && !hasRing) await writePrivateKey(file, generateKeyPairSync('ed25519').privateKey);
  if (hasRing) return false;
  // Also after a crash between the two: the name comes from the key.
  const publicKey = createPublicKey(createPrivateKey(await readFile(file)));
  const verifier = createNoteVerifier(logName(publicKey), publicKey);
  await writeDurably(ringFile, formatKeyring([{ verifier, from: 0, to: null }]), 0o644);
  return isMissing;
}

/** Writes a private key that only its owner may read, replacing one that is there. */
export async function writePrivateKey(file: string, key: KeyObject): Promise<void> {
  await writeDurably(file, key.export({ type: 'pkcs8', format: 'pem' }).toString(), 0o600);
}

/** The name of a log, which no other log has: it stays when its key changes. */
function logName(firstKey: KeyObject): string {
  return `havengate/${sha256(firstKey.export({ type: 'spki', format: 'der' })).slice(0, 16)}`;
}
