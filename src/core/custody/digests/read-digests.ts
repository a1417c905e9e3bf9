import { createHash } from 'node:crypto';
import { MIB } from '../../kit/bytes.ts';
import { accept, type Result } from '../../kit/result.ts';
import type { DigestKind } from './digest-query.ts';

/** Bytes in order; a piece is valid until the next one is asked for. A refusal ends them. */
export type DigestSource<R extends string> = AsyncIterable<Result<Uint8Array, R>>;

/** What a reading found. */
export interface ReadDigests {
  readonly size: number;
  of(kind: DigestKind): string;
}

/** Short enough that what else waits for the event loop does not wait long. */
const PIECE = MIB / 4;

/** Reads bytes to the end and digests them in each of the ways. Rejects with the signal's reason once it is aborted. */
export async function readDigests<R extends string>(
  source: DigestSource<R>,
  kinds: readonly DigestKind[],
  signal: AbortSignal,
): Promise<Result<ReadDigests, R>> {
  const hashes = new Map(kinds.map((kind) => [kind, createHash(kind)]));
  let size = 0;
  for await (const piece of source) {
    signal.throwIfAborted();
    if (!piece.ok) return piece;
    for (const hash of hashes.values()) hash.update(piece.value);
    size += piece.value.length;
  }
  const digests = new Map([...hashes].map(([kind, hash]) => [kind, hash.digest('hex')]));
  return accept({
    size,
    of(kind) {
      const digest = digests.get(kind);
      if (digest === undefined) throw new Error(`${kind} was not computed`);
      return digest;
    },
  });
}

/** A file that is open; each read may be refused. */
interface DigestReader<R extends string> {
  read(buffer: Uint8Array, position: number): Promise<Result<number, R>>;
}

/** The bytes of an open file, from the first on. */
export async function* fromReader<R extends string>(reader: DigestReader<R>): DigestSource<R> {
  const buffer = new Uint8Array(PIECE);
  for (let position = 0; ; ) {
    const got = await reader.read(buffer, position);
    if (!got.ok) {
      yield got;
      return;
    }
    if (got.value === 0) return;
    yield accept(buffer.subarray(0, got.value));
    position += got.value;
  }
}

/** The bytes that a zone of the daemon's own yields, which nobody can forbid. */
export async function* fromZone(pieces: AsyncIterable<Uint8Array>): DigestSource<never> {
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; at += PIECE) yield accept(piece.subarray(at, at + PIECE));
  }
}
