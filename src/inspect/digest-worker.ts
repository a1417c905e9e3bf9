/**
 * The thread that hashes large files, so that the event loop of the doors does not. It reads bytes from memory that
 * it shares with the thread that sends the messages, in the order of the messages.
 */
import { createHash, type Hash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';

/** What the thread is told of one digest. Offsets and lengths are bytes of the shared memory. */
export type DigestOrder =
  | { readonly job: number; readonly begin: SharedArrayBuffer }
  | { readonly job: number; readonly offset: number; readonly length: number }
  | { readonly job: number; readonly end: 'digest' | 'drop' };

/**
 * What it answers: the part of an order was read, or the end has come, with the digest in hexadecimal (null when it
 * was dropped). After the end it does not look at the shared memory again.
 */
export type DigestReport =
  | { readonly job: number; readonly read: true }
  | { readonly job: number; readonly digest: string | null };

interface Job {
  readonly hash: Hash;
  readonly memory: SharedArrayBuffer;
}

const jobs = new Map<number, Job>();

parentPort?.on('message', (order: DigestOrder) => {
  const report = obey(order);
  if (report !== null) parentPort?.postMessage(report);
});

function obey(order: DigestOrder): DigestReport | null {
  if ('begin' in order) {
    jobs.set(order.job, { hash: createHash('sha256'), memory: order.begin });
    return null;
  }
  const job = jobs.get(order.job);
  if (job === undefined) throw new Error(`there is no digest ${order.job}`);
  if ('length' in order) {
    job.hash.update(new Uint8Array(job.memory, order.offset, order.length));
    return { job: order.job, read: true };
  }
  jobs.delete(order.job);
  return { job: order.job, digest: order.end === 'drop' ? null : job.hash.digest('hex') };
}
