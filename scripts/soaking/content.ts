import { createCipheriv, createHash, type Hash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';

const PIECE = 1024 * 1024;

/** Bytes that look random and follow from a name, so that they need not be kept to be known again. */
export interface Content {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  /** Writes them to a file. */
  writeTo(path: string): Promise<void>;
  /** The SHA-256 of the first `size` bytes. */
  digestOfFirst(size: number): string;
}

/** The bytes of a name. */
export function contentOf(seed: string, name: string, size: number): Content {
  const pieces = () => piecesOf(`${seed}/${name}`, size);
  return {
    name,
    size,
    sha256: digest(pieces(), size),
    writeTo: (path) => writeFile(path, pieces()),
    digestOfFirst: (first) => digest(pieces(), first),
  };
}

/** Bytes that are given, such as those of a virus's test file. */
export function givenContent(name: string, text: string): Content {
  const bytes = Buffer.from(text);
  return {
    name,
    size: bytes.length,
    sha256: digest([bytes], bytes.length),
    writeTo: (path) => writeFile(path, bytes),
    digestOfFirst: (first) => digest([bytes], first),
  };
}

function* piecesOf(key: string, size: number): Generator<Buffer> {
  const secret = createHash('sha256').update(key).digest();
  const cipher = createCipheriv('aes-128-ctr', secret.subarray(0, 16), secret.subarray(16));
  const zeros = Buffer.alloc(Math.min(size, PIECE));
  for (let left = size; left > 0; left -= PIECE)
    yield cipher.update(zeros.subarray(0, Math.min(left, PIECE)));
}

function digest(pieces: Iterable<Buffer>, first: number): string {
  const hash: Hash = createHash('sha256');
  let left = first;
  for (const piece of pieces) {
    hash.update(piece.subarray(0, left));
    left -= piece.length;
    if (left <= 0) break;
  }
  return hash.digest('hex');
}
