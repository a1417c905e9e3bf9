import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFile, rename } from 'node:fs/promises';
import type { Actor } from '../../core/audit/events.ts';
import { formatKeyring, type Keyring, signingKey, succeed } from '../../core/audit/keyring.ts';
import { createNoteVerifier, type NoteVerifier } from '../../core/audit/note-key.ts';
import type { CheckpointLedger } from '../../core/audit/ports.ts';
import {
  handOverCheckpoints,
  newestCheckpoint,
  nextCheckpointKey,
  type SignRefusal,
} from '../../core/audit/sign-checkpoint.ts';
import type { Clock } from '../../core/kit/clock.ts';
import { accept, type Result } from '../../core/kit/result.ts';
import type { Config } from '../config/config.ts';
import type { WarnOfKey } from '../keys/key-fault.ts';
import { KeyFault } from '../keys/key-fault.ts';
import { checkpointKeyFile, checkpointKeyringFile, nextCheckpointKeyFile } from '../keys/key-files.ts';
import { loadCheckpointKeyring, loadCheckpointSigner } from '../keys/load-keys.ts';
import { exists, writeDurably } from './durable-file.ts';
import { writePrivateKey } from './make-checkpoint-key.ts';

/** A rotation that is done. */
export interface Rotation {
  readonly old: NoteVerifier;
  readonly next: NoteVerifier;
  /** The size of the old key's last checkpoint. */
  readonly size: number;
}

/**
 * Makes a new key for checkpoints and retires the old one, whose last checkpoint covers the row that names the new one.
 * One that was cut short is gone on with where it stopped. The old private key is gone afterwards; its public key stays
 * in the keyring. Throws `KeyFault`.
 */
export async function rotateCheckpointKey(
  {
    config,
    ledger,
    clock,
  }: { readonly config: Config; readonly ledger: CheckpointLedger; readonly clock: Clock },
  actor: Actor,
  warn: WarnOfKey,
): Promise<Result<Rotation, SignRefusal>> {
  const ring = await loadCheckpointKeyring(config);
  const nextFile = nextCheckpointKeyFile(config.keys);
  if (!(await exists(nextFile))) await writePrivateKey(nextFile, generateKeyPairSync('ed25519').privateKey);
  const next = await verifierIn(nextFile, ring);
  if ((await nextCheckpointKey(ledger)) !== next.keyId) {
    const signer = await loadCheckpointSigner(config, warn);
    const handed = await handOverCheckpoints({ ledger, clock, signer }, next, actor);
    if (!handed.ok) return handed;
  }
  const size = (await newestCheckpoint(ledger))?.size ?? 0;
  const renewed = signingKey(ring)?.keyId === next.keyId ? ring : succeed(ring, size, next);
  if (renewed !== ring) await writeDurably(checkpointKeyringFile(config.keys), formatKeyring(renewed), 0o644);
  await finishRotation(config);
  return accept({ old: renewed.at(-2)?.verifier ?? next, next, size });
}

/** Puts the next key in its place when the keyring says that it signs: what a crash may have kept from happening. */
export async function finishRotation(config: Config): Promise<void> {
  const nextFile = nextCheckpointKeyFile(config.keys);
  if (!(await exists(nextFile))) return;
  const ring = await loadCheckpointKeyring(config);
  const next = await verifierIn(nextFile, ring);
  if (signingKey(ring)?.keyId === next.keyId) await rename(nextFile, checkpointKeyFile(config.keys));
}

/** The key in a file, under the name that the log has. */
async function verifierIn(file: string, ring: Keyring): Promise<NoteVerifier> {
  const name = ring.at(-1)?.verifier.name ?? '';
  try {
    return createNoteVerifier(name, createPublicKey(createPrivateKey(await readFile(file))));
  } catch (cause) {
    throw new KeyFault(`${file}: this is no private key in PEM form`, { cause });
  }
}
