import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { RESEARCH_FORMATS, type ResearchFormat } from '../core/custody/verdict.ts';
import { MINUTE, type Millis } from '../core/kit/clock.ts';

/** How structures are checked. The last two are for tests. */
export interface FormatReaderOptions {
  /** The formats that are admitted. */
  readonly formats: readonly ResearchFormat[];
  /** How long the child may make no progress. */
  readonly patience?: Millis;
  /** The program of the child process. */
  readonly script?: string;
}

/** What was found in a file: what it begins as, and what is wrong with it (null: nothing); or why nobody knows. */
export type FormatReading =
  | { readonly known: true; readonly format: ResearchFormat | null; readonly fault: string | null }
  | { readonly known: false; readonly why: string };

/** The reading of one file by a process of its own. */
export interface FormatRun {
  /** Resolves when the piece is on its way and may change, at once when no more bytes are wanted. Never rejects. */
  send(piece: Uint8Array): Promise<void>;
  /** After the last piece. Never rejects. */
  finish(): Promise<FormatReading>;
  /** Ends the process; harmless after `finish`. */
  abort(): void;
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

const SCRIPT = fileURLToPath(new URL('format-child.ts', import.meta.url));
const CODE = fileURLToPath(new URL('formats/*', import.meta.url));

/** Megabytes of JavaScript heap; buffers are not in it, and are bounded by the parsers. */
const HEAP = 64;

const LONGEST_ANSWER = 4096;

/** Starts a process for one file. */
export function beginFormatRun({
  formats,
  patience = MINUTE,
  script = SCRIPT,
}: FormatReaderOptions): FormatRun {
  const child = startChild(script, formats);
  const ended = Promise.withResolvers<void>();
  let answer = '';
  let size = 0;
  let failure: string | null = null;
  let progress: PromiseWithResolvers<void> | null = null;

  const fail = (why: string): void => {
    failure ??= why;
    child.kill('SIGKILL');
  };
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
    if (answer.length > LONGEST_ANSWER) fail('the reader of formats answered nonsense');
  });
  // It may answer before it has read everything.
  child.stdin.on('error', () => undefined);
  child.on('error', (error) => {
    failure ??= `the reader of formats cannot be started: ${error.message}`;
    ended.resolve();
  });
  child.once('close', () => ended.resolve());
  void ended.promise.then(() => {
    child.stdin.destroy();
    progress?.resolve();
  });

  /** Waits for something that the child has to do. */
  async function patiently(done: Promise<void>): Promise<void> {
    const timer = setTimeout(() => fail(`the structure took longer than ${patience} ms to read`), patience);
    await done;
    clearTimeout(timer);
  }

  return {
    async send(piece) {
      size += piece.byteLength;
      if (child.stdin.destroyed || !child.stdin.writable) return;
      const taken = Promise.withResolvers<void>();
      progress = taken;
      child.stdin.write(piece, () => taken.resolve());
      await patiently(taken.promise);
    },
    async finish() {
      if (child.stdin.writable) child.stdin.end();
      await patiently(ended.promise);
      if (failure !== null) return { known: false, why: failure };
      if (answer === '') return { known: false, why: 'the reader of formats crashed on the content' };
      return parseAnswer(answer, size) ?? { known: false, why: 'the reader of formats answered nonsense' };
    },
    abort: () => fail('the reading was given up'),
  };
}

/** The child may read the code that it is made of, and nothing else: no file, no process, no worker, no addon. */
function startChild(script: string, formats: readonly ResearchFormat[]): Child {
  const limits = ['--permission', `--allow-fs-read=${script}`, `--allow-fs-read=${CODE}`];
  return spawn(process.execPath, [...limits, `--max-old-space-size=${HEAP}`, script, formats.join(',')], {
    env: {},
    cwd: '/',
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}

/**
 * What an answer about `size` bytes says; null when it is none. It comes from a process that hostile bytes may have
 * taken over. Only who has seen every byte may say that nothing is wrong.
 */
function parseAnswer(text: string, size: number): FormatReading | null {
  const message = parseJson(text);
  if (typeof message !== 'object' || message === null || !('format' in message) || !('fault' in message))
    return null;
  const { fault } = message;
  const format = message.format === null ? null : RESEARCH_FORMATS.find((known) => known === message.format);
  if (format === undefined) return null;
  if (fault === null) {
    const hasSeenAll = 'bytes' in message && message.bytes === size;
    return format !== null && hasSeenAll ? { known: true, format, fault } : null;
  }
  return typeof fault === 'string' && /^[ -~]{1,400}$/.test(fault) ? { known: true, format, fault } : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
