import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Side } from '../../core/accounts/account.ts';
import { createSecretBox, type SecretBox } from '../../core/accounts/secret-box.ts';
import { type Keyring, parseKeyring, signingKey } from '../../core/audit/keyring.ts';
import { createNoteSigner, type NoteSigner } from '../../core/audit/note-key.ts';
import type { ReceiptSigner } from '../../core/custody/receipt.ts';
import type { CertificateSigner } from '../../core/custody/retention/certificate.ts';
import { createSigner, type DocumentSigner } from '../../core/custody/signed-document.ts';
import type { BackupManifest } from '../backup/manifest.ts';
import type { Config } from '../config/config.ts';
import { KeyFault, type WarnOfKey } from './key-fault.ts';
import {
  certificateKeyFile,
  certificatePublicKeyFile,
  checkpointKeyFile,
  checkpointKeyringFile,
  credentialsKeyFile,
  HOST_KEY_TYPES,
  type HostKeyType,
  hostKeyFile,
  receiptKeyFile,
  receiptPublicKeyFile,
} from './key-files.ts';
import { readSecretFile, readSecretText } from './secret-file.ts';

const BOX_KEY_BYTES = 32;

/** A private host key of an SFTP door. */
export interface HostKey {
  readonly type: HostKeyType;
  readonly file: string;
  /** OpenSSH or PEM text, as ssh2 takes it in `hostKeys`. */
  readonly privateText: string;
}

/** The host keys of one side's SFTP doors, strongest first. Throws `KeyFault`. */
export async function loadHostKeys(config: Config, side: Side, warn: WarnOfKey): Promise<readonly HostKey[]> {
  return Promise.all(
    HOST_KEY_TYPES.map(async (type) => {
      const file = hostKeyFile(config.keys, side, type);
      const privateText = (await readSecretFile(file, warn)).toString('latin1');
      if (!/^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(privateText))
        throw new KeyFault(`${file}: this is not a private key`);
      return { type, file, privateText };
    }),
  );
}

/** What signs receipts; for workers only. Throws `KeyFault`. */
export async function loadReceiptSigner(config: Config, warn: WarnOfKey): Promise<ReceiptSigner> {
  const file = receiptKeyFile(config.keys);
  const pem = await readSecretFile(file, warn);
  return createSigner(ed25519(file, () => createPrivateKey(pem)));
}

/** What signs backups: the key of receipts, under a name of its own. For `backup` only. Throws `KeyFault`. */
export async function loadBackupSigner(
  config: Config,
  warn: WarnOfKey,
): Promise<DocumentSigner<BackupManifest>> {
  const file = receiptKeyFile(config.keys);
  const pem = await readSecretFile(file, warn);
  return createSigner<BackupManifest>(ed25519(file, () => createPrivateKey(pem)));
}

/** What signs certificates of destruction; for workers and `certificate issue` only. Throws `KeyFault`. */
export async function loadCertificateSigner(config: Config, warn: WarnOfKey): Promise<CertificateSigner> {
  const file = certificateKeyFile(config.keys);
  const pem = await readSecretFile(file, warn);
  return createSigner(ed25519(file, () => createPrivateKey(pem)));
}

/**
 * What signs checkpoints of the audit log; for workers, and for the verbs that sign. Throws `KeyFault`, also when the
 * keyring says that another key signs now.
 */
export async function loadCheckpointSigner(config: Config, warn: WarnOfKey): Promise<NoteSigner> {
  const [file, ringFile] = [checkpointKeyFile(config.keys), checkpointKeyringFile(config.keys)];
  const pem = await readSecretFile(file, warn);
  const privateKey = ed25519(file, () => createPrivateKey(pem));
  const current = signingKey(await readKeyring(ringFile));
  if (current === null) throw new KeyFault(`${ringFile}: no key in it signs any more`);
  const signer = createNoteSigner(current.name, privateKey);
  if (signer.keyId === current.keyId) return signer;
  throw new KeyFault(
    `${file}: this is the key ${signer.keyId}, and ${ringFile} says that ${current.keyId} signs`,
  );
}

/** The public keys of this site's checkpoints. Throws `KeyFault`. */
export async function loadCheckpointKeyring(config: Config): Promise<Keyring> {
  return readKeyring(checkpointKeyringFile(config.keys));
}

/** The public keys of any log's checkpoints, from a keyring or a file with a verifier key. Throws `KeyFault`. */
export async function readKeyring(file: string): Promise<Keyring> {
  const ring = parseKeyring((await readPublicFile(file)).toString('utf8'));
  if (ring === null) throw new KeyFault(`${file}: these are no verifier keys of checkpoints`);
  return ring;
}

/** The public key that the site's receipts are verified with. Throws `KeyFault`. */
export async function loadReceiptPublicKey(config: Config): Promise<KeyObject> {
  return readPublicKey(receiptPublicKeyFile(config.keys));
}

/** The public key that the site's certificates are verified with. Throws `KeyFault`. */
export async function loadCertificatePublicKey(config: Config): Promise<KeyObject> {
  return readPublicKey(certificatePublicKeyFile(config.keys));
}

/** A public key from any PEM file, for verifying what any site has signed. Throws `KeyFault`. */
export async function readPublicKey(file: string): Promise<KeyObject> {
  const pem = await readPublicFile(file);
  if (pem.includes('PRIVATE KEY')) throw new KeyFault(`${file}: this is a private key; give the public one`);
  return ed25519(file, () => createPublicKey(pem));
}

/** What seals and opens soft tokens. Throws `KeyFault`. */
export async function loadSecretBox(config: Config, warn: WarnOfKey): Promise<SecretBox> {
  const file = credentialsKeyFile(config.keys);
  const key = await readSecretFile(file, warn);
  if (key.length !== BOX_KEY_BYTES)
    throw new KeyFault(`${file}: a credentials key has ${BOX_KEY_BYTES} bytes`);
  return createSecretBox(key);
}

/** The operators' password. Throws `KeyFault`. */
export async function loadOpsPassword(config: Config, warn: WarnOfKey): Promise<string> {
  return readSecretText(config.ops.passwordFile, warn);
}

async function readPublicFile(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: unknown) => {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new KeyFault(`${file}: ${missing ? 'there is no such file' : 'this cannot be read'}`, { cause });
  });
}

function ed25519(file: string, parse: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = parse();
  } catch (cause) {
    throw new KeyFault(`${file}: this is not a key in PEM form`, { cause });
  }
  if (key.asymmetricKeyType !== 'ed25519')
    throw new KeyFault(`${file}: what we sign is signed with an Ed25519 key, and this is none`);
  return key;
}
