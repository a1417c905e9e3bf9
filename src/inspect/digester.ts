import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { MIB } from '../core/kit/bytes.ts';
import { parseSha256, type Sha256 } from '../core/kit/digest.ts';
import type { DigestOrder, DigestReport } from './digest-worker.ts';

/** The digest of one file in the making. */
export interface Digest {
  /** Takes the next bytes. They may change once it has resolved; wait for it before the next call. */
  update(piece: Uint8Array): Promise<void>;
  /** The digest of all bytes taken. Call it last, once. */
  finish(): Promise<Sha256>;
  /** Gives the digest up; harmless after `finish`. */
  drop(): void;
}

/** Makes SHA-256 digests: of small files at once, of others in a thread beside the event loop. */
export interface Digester {
  /** Begins the digest of a file of about so many bytes; the size only decides where it is made. */
  begin(size: number): Digest;
  /** Ends the thread; digests that are not finished reject. */
  close(): Promise<void>;
}

/** Below this, handing bytes over costs more than it saves. */
const INLINE = MIB;

/** The shared memory of one digest: so many pieces may be on their way to the thread. */
const SLOTS = 4;
const SLOT_BYTES = MIB;

/** A digest that the thread works on. */
interface RunningJob {
  read(): void;
  ended(digest: string | null): void;
  failed(error: Error): void;
}

/**
 * The thread starts with the first large file, and anew after it failed; then the digests it had reject. It keeps the
 * process alive only while there are some.
 */
export function createDigester(): Digester {
  const jobs = new Map<number, RunningJob>();
  // Memory that the thread has done with. It is used again, because the thread, whose own heap hardly grows, would
  // not collect it for a long time.
  const spare: SharedArrayBuffer[] = [];
  let worker: Worker | null = null;
  let lastJob = 0;

  function startWorker(): Worker {
    const started = new Worker(new URL('digest-worker.ts', import.meta.url), { name: 'digest' });
    const fail = (error: Error): void => {
      if (worker !== started) return;
      worker = null;
      for (const job of jobs.values()) job.failed(error);
      jobs.clear();
    };
    started.on('message', (report: DigestReport) => {
      if ('read' in report) jobs.get(report.job)?.read();
      else jobs.get(report.job)?.ended(report.digest);
    });
    started.on('error', (error) => fail(new Error('the digest thread failed', { cause: error })));
    started.on('exit', () => fail(new Error('the digest thread ended')));
    return started;
  }

  return {
    begin(size) {
      if (size <= INLINE) return inlineDigest();
      worker ??= startWorker();
      const thread = worker;
      const id = ++lastJob;
      const memory = spare.pop() ?? new SharedArrayBuffer(SLOTS * SLOT_BYTES);
      const end = (): void => {
        spare.push(memory);
        if (jobs.delete(id) && jobs.size === 0) thread.unref();
      };
      const post = (order: DigestOrder): void => thread.postMessage(order);
      const { digest, job } = threadDigest({ id, memory, post, end });
      jobs.set(id, job);
      thread.ref();
      return digest;
    },
    async close() {
      await worker?.terminate();
    },
  };
}

function inlineDigest(): Digest {
  const hash = createHash('sha256');
  return {
    update: async (piece) => void hash.update(piece),
    finish: async () => toSha256(hash.digest('hex')),
    drop: () => undefined,
  };
}

function threadDigest({
  id,
  memory,
  post,
  end,
}: {
  readonly id: number;
  readonly memory: SharedArrayBuffer;
  readonly post: (order: DigestOrder) => void;
  /** Called once the thread has done with the memory. */
  readonly end: () => void;
}): { digest: Digest; job: RunningJob } {
  const result = Promise.withResolvers<Sha256>();
  // Whoever waits gets the failure; nobody may be waiting yet.
  result.promise.catch(() => undefined);
  let posted = 0;
  let hashed = 0;
  let open = true;
  let slotFreed: PromiseWithResolvers<void> | null = null;
  post({ job: id, begin: memory });

  async function hand(part: Uint8Array): Promise<void> {
    if (posted - hashed === SLOTS) {
      slotFreed = Promise.withResolvers<void>();
      await Promise.race([slotFreed.promise, result.promise]);
    }
    const offset = (posted % SLOTS) * SLOT_BYTES;
    new Uint8Array(memory, offset, part.byteLength).set(part);
    posted++;
    post({ job: id, offset, length: part.byteLength });
  }

  const digest: Digest = {
    async update(piece) {
      for (let at = 0; at < piece.byteLength; at += SLOT_BYTES) {
        await hand(piece.subarray(at, at + SLOT_BYTES));
      }
    },
    async finish() {
      open = false;
      post({ job: id, end: 'digest' });
      return await result.promise;
    },
    drop() {
      if (!open) return;
      open = false;
      post({ job: id, end: 'drop' });
    },
  };

  const job: RunningJob = {
    read() {
      hashed++;
      slotFreed?.resolve();
    },
    ended(found) {
      if (found === null) result.reject(new Error('the digest was dropped'));
      else result.resolve(toSha256(found));
      end();
    },
    failed: (error) => result.reject(error),
  };
  return { digest, job };
}

function toSha256(hex: string): Sha256 {
  const digest = parseSha256(hex);
  if (digest === null) throw new Error('SHA-256 gave no SHA-256');
  return digest;
}
