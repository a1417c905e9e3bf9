import { parseSha256, type Sha256 } from '../kit/digest.ts';
import { decodeBase64 } from './note-key.ts';

/** What a checkpoint says: the log of this origin had so many rows, and they made this root. */
export interface Checkpoint {
  /** The log's own name; also the name of the keys that sign for it. */
  readonly origin: string;
  readonly size: number;
  /** RFC 6962 section 2.1: the Merkle tree hash of the first `size` rows. */
  readonly root: Sha256;
}

/** The text of a checkpoint as it is signed (C2SP tlog-checkpoint): origin, size, root in base64, a line each. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root, 'hex').toString('base64')}\n`;
}

/** Reads the text of a checkpoint; null when it is none. Lines that extend it are signed too, and not looked at. */
export function parseCheckpointText(text: string): Checkpoint | null {
  if (!text.endsWith('\n')) return null;
  const [origin = '', size = '', hash = '', ...extensions] = text.slice(0, -1).split('\n');
  if (origin === '' || extensions.includes('') || !/^(0|[1-9]\d{0,15})$/.test(size)) return null;
  const root = parseSha256(decodeBase64(hash)?.toString('hex') ?? '');
  return root === null || !Number.isSafeInteger(Number(size)) ? null : { origin, size: Number(size), root };
}
