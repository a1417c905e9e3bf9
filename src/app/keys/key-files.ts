import { join } from 'node:path';
import type { Side } from '../../core/accounts/account.ts';

/** Host keys of each SFTP door, strongest first; clients choose. */
export const HOST_KEY_TYPES = ['ed25519', 'rsa'] as const;
export type HostKeyType = (typeof HOST_KEY_TYPES)[number];

/** The private host key of the doors on one side; the public key is beside it, with `.pub`. */
export function hostKeyFile(keys: string, side: Side, type: HostKeyType): string {
  return join(keys, `ssh-${side}-${type}`);
}

/** The Ed25519 key that signs receipts, in PKCS #8 PEM. */
export function receiptKeyFile(keys: string): string {
  return join(keys, 'receipt-key.pem');
}

/** Its public key in SPKI PEM, for everybody who verifies receipts. */
export function receiptPublicKeyFile(keys: string): string {
  return join(keys, 'receipt-public.pem');
}

/** The Ed25519 key that signs certificates of destruction, in PKCS #8 PEM. */
export function certificateKeyFile(keys: string): string {
  return join(keys, 'certificate-key.pem');
}

/** Its public key in SPKI PEM, for everybody who verifies certificates. */
export function certificatePublicKeyFile(keys: string): string {
  return join(keys, 'certificate-public.pem');
}

/** The Ed25519 key that signs checkpoints of the audit log, in PKCS #8 PEM. */
export function checkpointKeyFile(keys: string): string {
  return join(keys, 'checkpoint-key.pem');
}

/** The key that is to sign checkpoints next, while a rotation is under way. */
export function nextCheckpointKeyFile(keys: string): string {
  return join(keys, 'checkpoint-key-next.pem');
}

/** The public keys that have signed checkpoints, and for which sizes of the log each: for everybody who verifies. */
export function checkpointKeyringFile(keys: string): string {
  return join(keys, 'checkpoint-keys');
}

/** The 32 bytes that seal soft tokens in the ledger. */
export function credentialsKeyFile(keys: string): string {
  return join(keys, 'credentials.key');
}

/** The operators' password, as `init` makes it. */
export function opsPasswordFile(keys: string): string {
  return join(keys, 'ops-password');
}
