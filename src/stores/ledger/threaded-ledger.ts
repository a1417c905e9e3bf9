import { Worker } from 'node:worker_threads';
import { type LedgerEngine, ledgerOver, type OpenLedger } from './ledger-engine.ts';
import {
  type Answer,
  CALL_NAMES,
  type LedgerCall,
  type LedgerCalls,
  OPERATIONS,
  type Operation,
} from './operations.ts';
import { openSqliteReader, type SqliteConnection } from './sqlite-connection.ts';
import {
  type CallMessage,
  type FromLedgerThread,
  fromPlainError,
  type ToLedgerThread,
} from './thread-messages.ts';

/**
 * Opens the ledger in a SQLite file as `openSqliteLedger` does, with a thread of its own for commits and long
 * reads: calls that are made while a commit is being written share the next one. Lookups are answered in the
 * calling thread, on a read-only connection: they take less time than the way to the other thread and back. When
 * that thread dies, every pending and later call rejects, lookups too.
 */
export async function openThreadedLedger({ file }: { readonly file: string }): Promise<OpenLedger> {
  const thread = new LedgerThread(file);
  try {
    await thread.opened;
    return ledgerOver(withLookups(thread, openSqliteReader(file)), CALL_NAMES);
  } catch (error) {
    await thread.close();
    throw error;
  }
}

/** Answers lookups in this thread, and has the rest answered by the other. */
function withLookups(thread: LedgerThread, { raw, db }: SqliteConnection): LedgerEngine {
  const underWay = new Set<Promise<unknown>>();
  return {
    call<Call extends LedgerCall>(name: Call, args: Parameters<LedgerCalls[Call]>) {
      const { kind, run }: Operation<Call> = OPERATIONS[name];
      if (kind !== 'lookup' || thread.hasEnded) return thread.call(name, args);
      const answer = run(db, ...args).finally(() => underWay.delete(answer));
      underWay.add(answer);
      return answer;
    },
    async close() {
      await thread.close();
      await Promise.allSettled(underWay);
      if (raw.isOpen) raw.close();
    },
  };
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** An engine that asks the ledger's thread. */
class LedgerThread implements LedgerEngine {
  /** Resolves when the ledger is open; rejects with the reason when it cannot be opened. */
  readonly opened: Promise<void>;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #exited: Promise<void>;
  readonly #open = Promise.withResolvers<void>();
  #unsent: CallMessage[] = [];
  #lastNumber = 0;
  #closing: Promise<void> | null = null;
  #death: Error | null = null;

  constructor(file: string) {
    this.opened = this.#open.promise;
    this.#worker = new Worker(new URL('./ledger-worker.ts', import.meta.url), {
      name: 'ledger',
      workerData: { file },
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#exited = promise;
    this.#worker.on('message', (message: FromLedgerThread) => this.#hear(message));
    this.#worker.on('messageerror', (cause) => this.#die(cause));
    this.#worker.on('error', (cause) => this.#die(cause));
    this.#worker.on('exit', (code) => {
      this.#die(code === 0 ? null : new Error(`exit code ${code}`));
      resolve();
    });
  }

  call<Call extends LedgerCall>(name: Call, args: Parameters<LedgerCalls[Call]>): Promise<Answer<Call>> {
    if (this.#closing !== null) return Promise.reject(new Error('the ledger is closed'));
    if (this.#death !== null) return Promise.reject(this.#death);
    const { promise, resolve, reject } = Promise.withResolvers<Answer<Call>>();
    const number = ++this.#lastNumber;
    // The thread answers a call with what the same call gives there.
    this.#pending.set(number, { resolve: (value) => resolve(value as Answer<Call>), reject });
    if (this.#unsent.push({ number, name, args }) === 1) process.nextTick(() => this.#send());
    return promise;
  }

  /** True once calls are refused. */
  get hasEnded(): boolean {
    return this.#closing !== null || this.#death !== null;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#send();
    if (this.#death === null) this.#post({ kind: 'close' });
    await this.#exited;
  }

  #send(): void {
    const calls = this.#unsent;
    this.#unsent = [];
    if (calls.length === 0) return;
    try {
      this.#post({ kind: 'calls', calls });
    } catch (cause) {
      // Something in the arguments is not plain data.
      for (const { number } of calls)
        this.#reject(number, new Error('a call cannot cross threads', { cause }));
    }
  }

  #reject(number: number, error: Error): void {
    this.#pending.get(number)?.reject(error);
    this.#pending.delete(number);
  }

  #post(message: ToLedgerThread): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromLedgerThread): void {
    switch (message.kind) {
      case 'open':
        return this.#open.resolve();
      case 'not-open':
        return this.#open.reject(fromPlainError(message.error));
      case 'answers':
        for (const answer of message.answers) {
          const pending = this.#pending.get(answer.number);
          this.#pending.delete(answer.number);
          if (answer.ok) pending?.resolve(answer.value);
          else pending?.reject(fromPlainError(answer.error));
        }
    }
  }

  #die(cause: unknown): void {
    const death = new Error('the ledger thread has ended: nothing can be read or written until a restart', {
      cause,
    });
    this.#death ??= death;
    this.#open.reject(this.#death);
    for (const pending of this.#pending.values()) pending.reject(this.#death);
    this.#pending.clear();
  }
}
