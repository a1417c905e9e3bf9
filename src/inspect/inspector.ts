import type { Inspected, Inspector } from '../core/custody/ports.ts';
import type { Check, Verdict } from '../core/custody/verdict.ts';
import type { Clock } from '../core/kit/clock.ts';
import type { Sha256 } from '../core/kit/digest.ts';
import type { Logger } from '../core/kit/logger.ts';
import { HEAD_BYTES, TYPE_VERSION, type TypeReading } from './content-type.ts';
import { createDigester, type Digest } from './digester.ts';
import { createFormatCheck, type FormatCheck, type FormatCheckRun } from './format-check.ts';
import { createHead } from './head.ts';
import { createClamdCheck, type MalwareRun, type ScanOptions, scanOff } from './malware-check.ts';
import { checkType } from './type-check.ts';
import { createTypeReader, type TypeReader } from './type-reader.ts';

/** What an inspector works with. */
export interface InspectorOptions {
  readonly scan: ScanOptions | 'off';
  readonly clock: Clock;
  readonly log: Logger;
  /** The reader of content types; for tests. The inspector closes it. */
  readonly types?: TypeReader;
  /** The check of structures; for tests. The inspector closes it. */
  readonly formats?: FormatCheck;
}

/** An inspector holds child processes and a thread, once there was work for them. */
export interface ClosableInspector extends Inspector {
  /** Ends them. Inspections that are under way throw, or have no content type. */
  close(): Promise<void>;
}

const DIGEST_VERSION = `SHA-256, OpenSSL ${process.versions.openssl}`;

/** The longest detail that a verdict may have. */
const LONGEST_DETAIL = 500;

/** What one reading gave: the digest and the start of the bytes, or why it stopped. */
type Reading =
  | { readonly whole: true; readonly sha256: Sha256; readonly type: Promise<TypeReading> }
  | { readonly whole: false; readonly check: Check; readonly why: string };

/**
 * An inspector that reads the bytes once: each piece goes to the digest and to clamd before the next one is asked
 * for, so both speak of the same bytes. The first 64 KiB go to the reader of content types. Files that are too large
 * for clamd go to the check of structures in its place, where the site lists formats.
 *
 * Not answered (`notYet`) when clamd cannot be reached, hangs, answers something else or stops before the end, and,
 * as check `digest`, when the file has more or fewer bytes than `about.size`. Reading stops as soon as that is
 * clear. A piece may change once the next one is asked for.
 *
 * Throws when the address of clamd is none, and from `inspect` what the bytes throw.
 */
export function createInspector({ scan, clock, log, types, formats }: InspectorOptions): ClosableInspector {
  const beginScan = scan === 'off' ? scanOff : createClamdCheck(scan);
  const digester = createDigester();
  const reader = types ?? createTypeReader({ log });
  const unscanned = scan === 'off' ? [] : (scan.unscanned ?? []);
  const structures =
    formats ?? (unscanned.length > 0 ? createFormatCheck({ formats: unscanned, log }) : null);

  async function read(
    bytes: AsyncIterable<Uint8Array>,
    expected: number,
    digest: Digest,
    run: MalwareRun,
    structure: FormatCheckRun | null,
  ): Promise<Reading> {
    const head = createHead(HEAD_BYTES);
    let type: Promise<TypeReading> | null = null;
    let size = 0;
    for await (const piece of bytes) {
      size += piece.byteLength;
      if (size > expected) break;
      const sent = run.send(piece);
      const shown = structure?.send(piece);
      await digest.update(piece);
      if (head.add(piece)) type ??= reader.read(head.bytes());
      if (shown !== undefined) await shown;
      if (!(await sent)) return { whole: false, check: 'malware', why: await whyUnanswered(run) };
    }
    if (size !== expected) {
      const found = size > expected ? 'more' : `only ${size}`;
      return { whole: false, check: 'digest', why: `${expected} bytes were received, there are ${found}` };
    }
    const sha256 = await digest.finish();
    return { whole: true, sha256, type: type ?? reader.read(head.bytes()) };
  }

  return {
    async inspect(bytes, { name, size }): Promise<Inspected> {
      const run = await beginScan(size);
      if (typeof run === 'string') return notYet('malware', run);
      const digest = digester.begin(size);
      const structure = run.isTooLarge ? (structures?.begin() ?? null) : null;
      try {
        const reading = await read(bytes, size, digest, run, structure);
        if (!reading.whole) return notYet(reading.check, reading.why);
        const [malware, typeReading] = await Promise.all([run.finish(), reading.type]);
        if (!malware.answered) return notYet('malware', malware.why);
        const { sha256 } = reading;
        const format = structure === null ? null : await structure.finish(sha256);
        if (format?.answered === false) return notYet('format', format.why);
        const type = checkType(name, size, typeReading);
        const verdict = (check: Check, said: Said): Verdict => ({
          check,
          outcome: said.outcome,
          detail: said.detail?.slice(0, LONGEST_DETAIL) ?? null,
          version: said.version,
          sha256,
          at: clock.now(),
        });
        const verdicts = [
          verdict('digest', { outcome: 'pass', detail: null, version: DIGEST_VERSION }),
          verdict('type', { ...type, version: TYPE_VERSION }),
          verdict('malware', malware),
          ...(format === null ? [] : [verdict('format', format.said)]),
        ];
        return { answered: true, inspection: { size, sha256, contentType: type.contentType, verdicts } };
      } finally {
        digest.drop();
        run.abort();
        structure?.abort();
      }
    },
    async close() {
      reader.close();
      structures?.close();
      await digester.close();
    },
  };
}

type Said = Pick<Verdict, 'outcome' | 'detail' | 'version'>;

function notYet(check: Check, why: string): Inspected {
  return { answered: false, notYet: { check, why } };
}

async function whyUnanswered(run: MalwareRun): Promise<string> {
  const answer = await run.finish();
  return answer.answered ? 'the scan ended before the bytes did' : answer.why;
}
