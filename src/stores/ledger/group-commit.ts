import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** More writes than this do not wait for one commit, so that the first of them does not wait too long. */
const MOST_TOGETHER = 200;

/** A call that waits, and how to answer it. */
interface Waiting {
  readonly kind: 'read' | 'write';
  readonly run: () => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs calls on one SQLite connection, one after the other, so that their statements never mix.
 *
 * Writes that wait together share one `begin immediate … commit`, a savepoint each: one that throws undoes only
 * itself. Nobody is answered before the commit is on disk, and when it fails all of them get its error. Reads
 * that wait together share one snapshot, from before those writes: calls that overlap have no order.
 */
export class GroupCommit {
  readonly #raw: DatabaseSync;
  readonly #statements: Readonly<Record<'begin' | 'beginImmediate' | 'commit' | 'rollback', StatementSync>>;
  readonly #savepoint: Readonly<Record<'set' | 'release' | 'rollback', StatementSync>>;
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(raw: DatabaseSync) {
    this.#raw = raw;
    this.#statements = {
      begin: raw.prepare('begin'),
      beginImmediate: raw.prepare('begin immediate'),
      commit: raw.prepare('commit'),
      rollback: raw.prepare('rollback'),
    };
    this.#savepoint = {
      set: raw.prepare('savepoint one_call'),
      release: raw.prepare('release one_call'),
      rollback: raw.prepare('rollback to one_call'),
    };
  }

  /** Answers with what `run` resolves to, once it is on disk. `run` uses the connection until it settles. */
  call<T>(kind: 'read' | 'write', run: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('the ledger is closed'));
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    // The value is the one that `run` gave, which the list of mixed calls cannot say.
    this.#waiting.push({ kind, run: async () => run(), resolve: (value) => resolve(value as T), reject });
    this.#running ??= this.#runAll();
    return promise;
  }

  /** Takes no more calls, answers those that wait, and leaves the connection to the caller. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #runAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Calls that are already on their way, in messages from another thread for example, come along.
      await nextTurn();
      const calls = this.#waiting.splice(0, MOST_TOGETHER);
      await this.#runReads(calls.filter(({ kind }) => kind === 'read'));
      await this.#runWrites(calls.filter(({ kind }) => kind === 'write'));
    }
    this.#running = null;
  }

  async #runReads(calls: readonly Waiting[]): Promise<void> {
    if (calls.length === 0) return;
    try {
      this.#statements.begin.run();
    } catch (error) {
      return rejectAll(calls, error);
    }
    for (const { run, resolve, reject } of calls) await run().then(resolve, reject);
    if (this.#raw.isTransaction) this.#statements.rollback.run();
  }

  async #runWrites(calls: readonly Waiting[]): Promise<void> {
    if (calls.length === 0) return;
    try {
      this.#statements.beginImmediate.run();
    } catch (error) {
      return rejectAll(calls, error);
    }
    const answers: (() => void)[] = [];
    try {
      for (const call of calls) answers.push(await this.#runInSavepoint(call));
      this.#statements.commit.run();
    } catch (error) {
      if (this.#raw.isTransaction) this.#statements.rollback.run();
      return rejectAll(calls, error);
    }
    for (const answer of answers) answer();
  }

  /**
   * Returns how to answer the call once the commit has succeeded. Throws when SQLite has ended the whole
   * transaction by itself, as it does on a full disk: going on would write outside of any.
   */
  async #runInSavepoint(call: Waiting): Promise<() => void> {
    this.#savepoint.set.run();
    try {
      const value = await call.run();
      this.#savepoint.release.run();
      return () => call.resolve(value);
    } catch (error) {
      if (!this.#raw.isTransaction) throw error;
      this.#savepoint.rollback.run();
      this.#savepoint.release.run();
      return () => call.reject(error);
    }
  }
}

function rejectAll(calls: readonly Waiting[], error: unknown): void {
  for (const { reject } of calls) reject(error);
}
