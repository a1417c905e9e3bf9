import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, type RedisClient, Worker, type WorkerOptions } from 'bullmq';
import { SECOND } from '../core/kit/clock.ts';
import type { Logger } from '../core/kit/logger.ts';
import type { JobPayload } from './job-payload.ts';

type Hash = Readonly<Record<string, string>>;

/** The members of a job that BullMQ reads as JSON, without a guard, when it takes it. */
const JSON_MEMBERS = ['data', 'opts', 'progress', 'parent'] as const;

/**
 * BullMQ's worker with two repairs: a job that cannot be read is dropped (BullMQ would bring it back for ever),
 * and an error in taking the next job is followed by a pause (BullMQ would ask again at once, for ever).
 */
export class JobWorker extends Worker<JobPayload> {
  readonly #log: Logger;

  constructor(
    name: string,
    process: (job: Job<JobPayload>) => Promise<void>,
    options: WorkerOptions,
    log: Logger,
  ) {
    super(name, process, { ...options, autorun: false });
    this.#log = log;
    // How a job that cannot be read shows itself, wherever BullMQ came upon it.
    this.on('error', (error) => {
      if (!(error instanceof SyntaxError || error instanceof TypeError)) return;
      this.#dropUnreadable().catch((cause: unknown) => log.warn('job-not-dropped', { error: cause }));
    });
  }

  /**
   * Takes all running jobs out of the queue, locks and all. Only for the one process that works on these queues,
   * before it runs: they belonged to a process that is gone, and the ledger implies whatever they still had to do.
   */
  async dropOrphans(): Promise<void> {
    const dropped = await this.#dropRunning(() => true);
    if (dropped > 0) this.#log.info('orphan-jobs-dropped', { queue: this.name, jobs: dropped });
  }

  protected override async moveToActive(token: string, name?: string): Promise<Job<JobPayload>> {
    try {
      return await super.moveToActive(token, name);
    } catch (error) {
      await sleep(SECOND);
      throw error;
    }
  }

  async #dropUnreadable(): Promise<void> {
    const dropped = await this.#dropRunning((hash) => !isReadable(hash));
    if (dropped > 0)
      this.#log.warn('job-dropped', { queue: this.name, jobs: dropped, why: 'it cannot be read' });
  }

  async #dropRunning(which: (hash: Hash) => boolean): Promise<number> {
    const client: RedisClient = await this.getBackend().client;
    let dropped = 0;
    for (const id of await client.lrange(this.keys['active'] ?? '', 0, -1)) {
      if (!which(await client.hgetall(this.toKey(id)))) continue;
      await client.del(`${this.toKey(id)}:lock`);
      dropped += await this.getBackend().remove(id, true);
    }
    return dropped;
  }
}

function isReadable(hash: Hash): boolean {
  try {
    for (const member of JSON_MEMBERS) JSON.parse(hash[member] ?? 'null');
    const opts: unknown = JSON.parse(hash['opts'] ?? '{}');
    return typeof opts === 'object' && opts !== null;
  } catch {
    return false;
  }
}
