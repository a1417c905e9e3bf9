import { accept, type Result, refuse } from '../kit/result.ts';
import { type Checkpoint, parseCheckpointText } from './checkpoint.ts';
import { checkSignature, parseNote } from './note.ts';
import { formatVerifierKey, type NoteVerifier, parseVerifierKey } from './note-key.ts';

/** A key that signs, or once signed, the checkpoints of a log, and for which sizes of the log its word counts. */
interface RingKey {
  readonly verifier: NoteVerifier;
  readonly from: number;
  /** The size of its last checkpoint; null while it signs. */
  readonly to: number | null;
}

/** All keys of one log, oldest first. The last one signs. */
export type Keyring = readonly RingKey[];

/** Why a note is no checkpoint that one could rely on. */
export type CheckpointFault =
  | 'checkpoint-malformed'
  | 'checkpoint-other-log'
  | 'checkpoint-other-key'
  | 'checkpoint-key-retired'
  | 'checkpoint-altered';

const HEAD = `# The public keys that sign checkpoints of this audit log, oldest first: anybody may have them.
# A line is a verifier key (C2SP signed-note) and the sizes of the log that it signs for.
`;

/** The text of a keyring file: a line for each key, such as `name+1a2b3c4d+Aa… from 0 to 1234`. */
export function formatKeyring(ring: Keyring): string {
  const lines = ring.map(({ verifier, from, to }) => {
    return `${formatVerifierKey(verifier)} from ${from}${to === null ? '' : ` to ${to}`}\n`;
  });
  return HEAD + lines.join('');
}

/** Reads a keyring; a bare verifier key is one of all sizes. Null when there is none in it, or something else. */
export function parseKeyring(text: string): Keyring | null {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const ring = lines.map(parseLine).filter((key) => key !== null);
  return ring.length > 0 && ring.length === lines.length ? ring : null;
}

/** The key that signs now; null when every one was retired. */
export function signingKey(ring: Keyring): NoteVerifier | null {
  const last = ring.at(-1);
  return last === undefined || last.to !== null ? null : last.verifier;
}

/** The ring after its last key has signed its last checkpoint, of that size, and another key has taken over. */
export function succeed(ring: Keyring, size: number, next: NoteVerifier): Keyring {
  const last = ring.at(-1);
  const before = last === undefined ? [] : [...ring.slice(0, -1), { ...last, to: size }];
  return [...before, { verifier: next, from: size, to: null }];
}

/** Checks a checkpoint against a keyring, offline: one of its keys has signed it, while it was that key's turn. */
export function verifyCheckpoint(envelope: string, ring: Keyring): Result<Checkpoint, CheckpointFault> {
  const note = parseNote(envelope);
  const checkpoint = note === null ? null : parseCheckpointText(note.text);
  if (note === null || checkpoint === null) return refuse('checkpoint-malformed', 'this is no checkpoint');
  const { origin, size } = checkpoint;
  const keys = ring.filter(({ verifier }) => verifier.name === origin);
  if (keys.length === 0) return refuse('checkpoint-other-log', `it is of another log, "${origin}"`);
  for (const { verifier, from, to } of keys) {
    const found = checkSignature(note, verifier);
    if (found === 'unsigned') continue;
    if (found === 'malformed') return refuse('checkpoint-malformed', 'its signature was cut off');
    if (found === 'bad') return refuse('checkpoint-altered', 'its signature does not match: it was changed');
    if (size >= from && (to === null || size <= to)) return accept(checkpoint);
    return refuse('checkpoint-key-retired', whyRetired(verifier.keyId, size, from, to));
  }
  return refuse('checkpoint-other-key', 'none of the keys given has signed it');
}

function whyRetired(keyId: string, size: number, from: number, to: number | null): string {
  return `the key ${keyId} signed for ${from} to ${to ?? 'any number of'} rows, and this is of ${size}`;
}

function parseLine(line: string): RingKey | null {
  const [, key = '', from = '0', to] = /^(\S+)(?: from (\d{1,15}))?(?: to (\d{1,15}))?\s*$/.exec(line) ?? [];
  const verifier = parseVerifierKey(key);
  return verifier === null
    ? null
    : { verifier, from: Number(from), to: to === undefined ? null : Number(to) };
}
