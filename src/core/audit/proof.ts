import { canonicalJson, type Json, type JsonObject } from '../kit/canonical-json.ts';
import { parseSha256, type Sha256 } from '../kit/digest.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { Checkpoint } from './checkpoint.ts';
import { inclusionPath, rootOfPath, type TreeReader } from './inclusion.ts';
import { type CheckpointFault, type Keyring, verifyCheckpoint } from './keyring.ts';
import { leafHash } from './leaf.ts';
import { createLogTree } from './log-tree.ts';
import type { CheckpointLedger } from './ports.ts';
import { newestCheckpoint } from './sign-checkpoint.ts';

/** Proof that a row stood in the log when a checkpoint was signed (RFC 6962 section 2.1.1). Digests are hexadecimal. */
export type InclusionProof = {
  readonly kind: 'havengate-inclusion-proof';
  readonly version: 1;
  /** The row, counted from 0: the leaf's index in the tree. */
  readonly seq: number;
  /** The row's entry; what is hashed is its canonical JSON (RFC 8785). */
  readonly entry: JsonObject;
  /** The audit path, nearest sibling first. */
  readonly path: readonly string[];
  /** The signed checkpoint. */
  readonly checkpoint: string;
};

/** What a proof shows. */
export interface Proven {
  readonly entry: JsonObject;
  readonly checkpoint: Checkpoint;
}

/** Why there is no proof of a row. */
export type ProveRefusal = 'row-unknown' | 'row-not-covered' | 'log-not-as-signed';

/** Why a proof proves nothing. */
export type ProofFault = 'proof-malformed' | 'proof-wrong' | CheckpointFault;

/**
 * Proves that a row is in the log, against the newest checkpoint. A `tree` that is kept reads less for later proofs.
 * Refused when no checkpoint covers the row yet, and when the rows do not make the root that was signed.
 */
export async function proveRow(
  ledger: CheckpointLedger,
  seq: number,
  ring: Keyring,
  tree: TreeReader = createLogTree(ledger),
): Promise<Result<InclusionProof, ProveRefusal | CheckpointFault>> {
  const [row] = await ledger.readAudit(seq, 1);
  if (row?.seq !== seq) return refuse('row-unknown', `the log has no row ${seq}`);
  const newest = await newestCheckpoint(ledger);
  if (newest === null || seq >= newest.size)
    return refuse('row-not-covered', `the newest checkpoint has ${newest?.size ?? 0} rows`);
  const verified = verifyCheckpoint(newest.note, ring);
  if (!verified.ok) return verified;
  const { size, root } = verified.value;
  const path = await inclusionPath(tree, seq, size);
  if (rootOfPath(leafHash(row.entry), seq, size, path) !== root)
    return refuse('log-not-as-signed', `the first ${size} rows do not make the root that was signed`);
  const entry = JSON.parse(row.entry) as JsonObject;
  const kind = 'havengate-inclusion-proof';
  return accept({ kind, version: 1, seq, entry, path, checkpoint: newest.note });
}

/** Checks a proof offline: the checkpoint is signed, and the entry has its place in the tree that it signs. */
export function checkProof(text: string, ring: Keyring): Result<Proven, ProofFault> {
  const proof = parseProof(text);
  if (proof === null) return refuse('proof-malformed', 'this is no proof of a row of an audit log');
  const verified = verifyCheckpoint(proof.checkpoint, ring);
  if (!verified.ok) return verified;
  const { size, root } = verified.value;
  const { seq, entry, path } = proof;
  if (rootOfPath(leafHash(canonicalJson(entry)), seq, size, path) !== root)
    return refuse('proof-wrong', 'the row and its path do not make the root that was signed');
  return accept({ entry, checkpoint: verified.value });
}

function parseProof(text: string): (Pick<InclusionProof, 'seq' | 'entry' | 'checkpoint'> & Path) | null {
  const document = parseObject(text);
  if (document?.['kind'] !== 'havengate-inclusion-proof' || document['version'] !== 1) return null;
  const { seq, entry, path, checkpoint } = document;
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || typeof checkpoint !== 'string') return null;
  if (!isObject(entry) || entry['seq'] !== seq || !Array.isArray(path)) return null;
  const hashes = path.map((hash: Json) => (typeof hash === 'string' ? parseSha256(hash) : null));
  const known = hashes.filter((hash) => hash !== null);
  return known.length === hashes.length ? { seq, entry, path: known, checkpoint } : null;
}

interface Path {
  readonly path: readonly Sha256[];
}

function parseObject(text: string): JsonObject | null {
  try {
    const value = JSON.parse(text) as Json;
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
