import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Millis, SECOND } from '../core/kit/clock.ts';
import type { Logger } from '../core/kit/logger.ts';
import type { ContentType, TypeReading } from './content-type.ts';

/** What a reader of types works with. The last three are for tests. */
export interface TypeReaderOptions {
  readonly log: Logger;
  /** The program of the child process. */
  readonly script?: string;
  /** How long one file may take. */
  readonly patience?: Millis;
  /** How long the child may take to start, on top. */
  readonly startUp?: Millis;
}

/** Tells the content type of files, in a process of its own. */
export interface TypeReader {
  /** Looks at the first bytes of a file. One file at a time; never rejects. */
  read(head: Uint8Array): Promise<TypeReading>;
  /** Ends the child process. Later reads answer "not known". */
  close(): void;
}

const SCRIPT = fileURLToPath(new URL('type-child.ts', import.meta.url));

/** Megabytes of JavaScript heap. A head is 64 KiB. */
const HEAP = 64;

const FORMAT = /^[a-z0-9.]{1,20}$/i;
const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]{1,60}\/[a-z0-9!#$&^_.+-]{1,120}(; ?[a-z0-9=._-]{1,60})?$/i;

/**
 * Starts the child when it is first needed, and anew after it crashed or was killed for taking too long. An idle
 * child does not keep this process alive.
 */
export function createTypeReader({
  log,
  script = SCRIPT,
  patience = 5 * SECOND,
  startUp = 20 * SECOND,
}: TypeReaderOptions): TypeReader {
  let child: ChildProcess | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;

  async function readOne(head: Uint8Array): Promise<TypeReading> {
    if (closed) return { known: false, why: 'the daemon is stopping' };
    const started = child === null;
    child ??= startChild(script, (ended) => {
      if (child === ended) child = null;
    });
    const asked = child;
    try {
      return { known: true, type: await ask(asked, head, started ? patience + startUp : patience) };
    } catch (error) {
      asked.kill('SIGKILL');
      child = null;
      const why = error instanceof Error ? error.message : String(error);
      log.warn('content-type-unknown', { why });
      return { known: false, why };
    }
  }

  return {
    read(head) {
      const reading = last.then(() => readOne(head));
      last = reading;
      return reading;
    },
    close() {
      closed = true;
      child?.kill('SIGKILL');
      child = null;
    },
  };
}

/** The child may read the code that it is made of, and nothing else: no file, no process, no worker, no addon. */
function startChild(script: string, ended: (child: ChildProcess) => void): ChildProcess {
  const code = fileURLToPath(import.meta.resolve('file-type'));
  const packages = code.slice(0, code.lastIndexOf('/node_modules/') + '/node_modules/'.length);
  const child = fork(script, [], {
    env: {},
    cwd: '/',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    // Answers come from a process that hostile bytes may have taken over: JSON, nothing that builds objects.
    serialization: 'json',
    execArgv: [
      '--permission',
      `--allow-fs-read=${script}`,
      `--allow-fs-read=${packages}*`,
      `--max-old-space-size=${HEAP}`,
    ],
  });
  // Between two reads nobody waits for its exit, and a failure to start reaches the read as that.
  child.on('error', () => undefined);
  child.once('exit', () => ended(child));
  return child;
}

function ask(child: ChildProcess, head: Uint8Array, patience: Millis): Promise<ContentType | null> {
  const { promise, resolve, reject } = Promise.withResolvers<ContentType | null>();
  const timer = setTimeout(
    () => reject(new Error(`the content took longer than ${patience} ms to read`)),
    patience,
  );
  const onMessage = (message: unknown): void => {
    const type = parseAnswer(message);
    if (type === undefined) reject(new Error('the reader of content types answered nonsense'));
    else resolve(type);
  };
  const onEnd = (): void => reject(new Error('the reader of content types crashed on the content'));
  child.once('message', onMessage).once('exit', onEnd).once('error', onEnd);
  child.ref();
  child.channel?.ref();
  // A dead child fails the sending; its exit may have been reported before.
  child.send({ head: Buffer.from(head).toString('base64') }, (error) => {
    if (error !== null) onEnd();
  });
  return promise.finally(() => {
    clearTimeout(timer);
    child.off('message', onMessage).off('exit', onEnd).off('error', onEnd);
    child.unref();
    child.channel?.unref();
  });
}

/** The type in an answer; undefined when it is no answer. */
function parseAnswer(message: unknown): ContentType | null | undefined {
  if (typeof message !== 'object' || message === null || !('type' in message)) return undefined;
  const { type } = message;
  if (type === null) return null;
  if (typeof type !== 'object' || !('ext' in type) || !('mime' in type)) return undefined;
  const { ext, mime } = type;
  if (typeof ext !== 'string' || typeof mime !== 'string') return undefined;
  return FORMAT.test(ext) && MEDIA_TYPE.test(mime) ? { ext, mime } : undefined;
}
