import type { Readable, Writable } from 'node:stream';
import type { Environment } from '../config/environment.ts';
import { Refusal } from './refusal.ts';

/** What a verb may ask of the process it runs in. */
export interface Terminal {
  readonly environment: Environment;
  /** Answers: one JSON document with `--json`, else the text. Called once by each verb that answers. */
  answer(document: unknown, text: string): Promise<void>;
  /** Writes to stdout as it is; waits while the reader is slow. For answers that are too long to hold. */
  write(text: string): Promise<void>;
  /** Tells something that is not part of the answer, on stderr. */
  note(text: string): void;
  /** Everything on stdin as text, without a last line break. */
  readInput(): Promise<string>;
}

/** The streams of a process. */
export interface Streams {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

const LONGEST_INPUT = 64 * 1024;

/** A terminal on the given streams. `wantsJson` is asked when the answer is there. */
export function createTerminal(
  streams: Streams,
  environment: Environment,
  wantsJson: () => boolean,
): Terminal {
  const write = (text: string) =>
    new Promise<void>((resolve, reject) => {
      streams.stdout.write(text, (error) => (error == null ? resolve() : reject(error)));
    });
  return {
    environment,
    write,
    answer: (document, text) => write(wantsJson() ? `${JSON.stringify(document, null, 2)}\n` : ending(text)),
    note: (text) => void streams.stderr.write(ending(text)),
    readInput: () => readAll(streams.stdin),
  };
}

async function readAll(stream: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of stream as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > LONGEST_INPUT) throw new Refusal('input-too-long', 'there is far too much on stdin');
    pieces.push(piece);
  }
  return Buffer.concat(pieces)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

function ending(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
