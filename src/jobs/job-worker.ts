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
   * Lets all running jobs wait again, whatever their locks say. Only for the one process that works on these queues,
   * before it runs: whoever had begun them is gone. Adding them again would not help, for their ids are taken.
   */
  async giveBackOrphans(): Promise<void> {
    const client: RedisClient = await this.getBackend().client;
    const orphans = await client.lrange(this.#runningKey, 0, -1);
    for (const id of orphans) {
      await client.del(this.#lockKey(id));
      await this.getBackend()
        .moveJobFromActiveToWait(id)
        .catch(async () => this.getBackend().remove(id, true));
    }
    if (orphans.length > 0)
      this.#log.info('orphan-jobs-given-back', { queue: this.name, jobs: orphans.length });
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
    const client: RedisClient = await this.getBackend().client;
    for (const id of await client.lrange(this.#runningKey, 0, -1)) {
      if (isReadable(await client.hgetall(this.toKey(id)))) continue;
      this.#log.warn('job-dropped', { queue: this.name, job: id.slice(0, 100), why: 'it cannot be read' });
      await client.del(this.#lockKey(id));
      await this.getBackend().remove(id, true);
    }
  }

  get #runningKey(): string {
    return this.toKey('active');
  }

  #lockKey(id: string): string {
    return `${this.toKey(id)}:lock`;
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
