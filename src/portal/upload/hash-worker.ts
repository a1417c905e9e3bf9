import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** What the page asks: the digest of a file. */
export interface HashTask {
  readonly id: string;
  readonly file: Blob;
}

/** What the worker answers, or that the file could not be read. */
export type HashAnswer =
  | { readonly id: string; readonly sha256: string }
  | { readonly id: string; readonly fault: string };

/** Large enough that asking for it costs little, small enough that several fit into memory. */
const PIECE = 4 * 1024 * 1024;

// One file after the other: the disk and the upload have more use of the time.
let last: Promise<void> = Promise.resolve();

addEventListener('message', (event: MessageEvent<HashTask>) => {
  last = last.then(() => digest(event.data));
});

async function digest({ id, file }: HashTask): Promise<void> {
  try {
    const hash = sha256.create();
    for (let start = 0; start < file.size; start += PIECE) {
      hash.update(new Uint8Array(await file.slice(start, start + PIECE).arrayBuffer()));
    }
    answer({ id, sha256: bytesToHex(hash.digest()) });
  } catch (error) {
    answer({ id, fault: error instanceof Error ? error.message : String(error) });
  }
}

function answer(told: HashAnswer): void {
  postMessage(told);
}
