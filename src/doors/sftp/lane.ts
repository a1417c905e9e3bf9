import { setImmediate } from 'node:timers/promises';

/** Data for one place of a file, from one WRITE. */
export interface WriteTask {
  readonly kind: 'write';
  readonly id: number;
  readonly offset: number;
  readonly data: Buffer;
  /** Called when the data has been written, or never will be. */
  finish(): void;
}

/** Anything else that is done in its turn. `run` never throws. */
interface CallTask {
  readonly kind: 'call';
  run(): Promise<void>;
  /** Called when the task is done, or never will be. */
  finish(): void;
}

/** One piece of work of a lane. */
export type Task = WriteTask | CallTask;

/** What a lane works with. */
export interface LaneParts {
  /** Resolves when the next task may begin; null for at once. */
  readonly gate: () => Promise<void> | null;
  /** Writes that came one after the other, in order. Never throws. */
  readonly write: (batch: readonly WriteTask[]) => Promise<void>;
}

/**
 * A write of this many bytes is one of a stream: it waits until everything that has reached this machine has been
 * read, so that more of the stream goes with it. A short one is not kept waiting.
 */
const WORTH_WAITING = 32 * 1024;

/** The most bytes of one batch. */
const LARGEST_BATCH = 4 * 1024 * 1024;

/**
 * Does the work on one handle in the order in which it was asked for (draft-ietf-secsh-filexfer-02 section 6.1),
 * one task at a time. Writes that wait together and continue each other go as one batch.
 */
export class Lane {
  readonly #parts: LaneParts;
  #tasks: Task[] = [];
  #running: Promise<void> | null = null;

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  /** Adds a task. It begins after the turn at the earliest, so that the rest of what was received can join it. */
  push(task: Task): void {
    this.#tasks.push(task);
    this.#running ??= this.#run();
  }

  /** Resolves when everything that was asked for so far, and while waiting, is done. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  /** Drops what has not begun. */
  drop(): void {
    const dropped = this.#tasks;
    this.#tasks = [];
    for (const task of dropped) task.finish();
  }

  async #run(): Promise<void> {
    const [first] = this.#tasks;
    const isStream = first?.kind === 'write' && first.data.length >= WORTH_WAITING;
    await (isStream ? setImmediate() : Promise.resolve());
    while (this.#tasks.length > 0) {
      for (let gate = this.#parts.gate(); gate !== null; gate = this.#parts.gate()) await gate;
      const task = this.#tasks[0];
      if (task === undefined) break;
      if (task.kind === 'call') {
        this.#tasks.shift();
        await task.run();
        task.finish();
      } else {
        const batch = this.#takeBatch(task);
        await this.#parts.write(batch);
        for (const written of batch) written.finish();
      }
    }
    this.#running = null;
  }

  #takeBatch(first: WriteTask): readonly WriteTask[] {
    const batch = [first];
    let end = first.offset + first.data.length;
    let bytes = first.data.length;
    for (let i = 1; i < this.#tasks.length; i++) {
      const task = this.#tasks[i];
      if (task?.kind !== 'write' || task.offset !== end || bytes + task.data.length > LARGEST_BATCH) break;
      batch.push(task);
      end += task.data.length;
      bytes += task.data.length;
    }
    this.#tasks.splice(0, batch.length);
    return batch;
  }
}
