import { FORMAT_NAMES, type Verdict } from '../core/custody/verdict.ts';
import type { Sha256 } from '../core/kit/digest.ts';
import type { Logger } from '../core/kit/logger.ts';
import {
  beginFormatRun,
  type FormatReaderOptions,
  type FormatReading,
  type FormatRun,
} from './format-reader.ts';

/** What the check of structures runs on. Raised whenever a parser takes what it refused before, or the reverse. */
const FORMAT_VERSION = 'Havengate structures 1';

/** A file whose structure cannot be read is tried again; after so many tries that is what is said of it. */
const MOST_TRIES = 3;

/** So many files are remembered whose structure could not be read. */
const MOST_REMEMBERED = 1000;

/** What the check says of a file; or that it could not answer, and why. */
export type FormatAnswer =
  | { readonly answered: true; readonly said: Pick<Verdict, 'outcome' | 'detail' | 'version'> }
  | { readonly answered: false; readonly why: string };

/** The check of one file, fed while its bytes are read. */
export interface FormatCheckRun extends Pick<FormatRun, 'send' | 'abort'> {
  /** After the last piece, for bytes of this digest. Never rejects. */
  finish(sha256: Sha256): Promise<FormatAnswer>;
}

/** Checks the structure of files that are too large for the scanner. */
export interface FormatCheck {
  /** Starts a process that reads one file. */
  begin(): FormatCheckRun;
  /** Ends the processes; files that are being read have no answer. */
  close(): void;
}

/**
 * A check of the listed formats. `pass` has the format's word as its detail. `finding` says in words what is wrong
 * with the structure; also, after three readings, that the process that reads it crashed or took too long each time.
 */
export function createFormatCheck(options: FormatReaderOptions & { readonly log: Logger }): FormatCheck {
  const running = new Set<FormatRun>();
  const tries = new Map<Sha256, number>();
  let closed = false;

  function unread(sha256: Sha256, why: string): FormatAnswer {
    if (closed) return { answered: false, why: 'the daemon is stopping' };
    const count = (tries.get(sha256) ?? 0) + 1;
    options.log.warn('structure-unknown', { sha256, why, tries: count });
    tries.delete(sha256);
    if (count >= MOST_TRIES) return finding(`the structure is not known: ${why}`);
    const [oldest] = tries.keys();
    if (oldest !== undefined && tries.size >= MOST_REMEMBERED) tries.delete(oldest);
    tries.set(sha256, count);
    return { answered: false, why };
  }

  return {
    begin() {
      const run = beginFormatRun(options);
      running.add(run);
      return {
        send: (piece) => run.send(piece),
        async finish(sha256) {
          const reading = await run.finish();
          running.delete(run);
          return reading.known ? said(reading) : unread(sha256, reading.why);
        },
        abort() {
          running.delete(run);
          run.abort();
        },
      };
    },
    close() {
      closed = true;
      for (const run of running) run.abort();
    },
  };
}

function said({ format, fault }: Extract<FormatReading, { known: true }>): FormatAnswer {
  if (fault === null)
    return { answered: true, said: { outcome: 'pass', detail: format, version: FORMAT_VERSION } };
  return finding(format === null ? fault : `${FORMAT_NAMES[format]}: ${fault}`);
}

function finding(detail: string): FormatAnswer {
  return { answered: true, said: { outcome: 'finding', detail, version: FORMAT_VERSION } };
}
