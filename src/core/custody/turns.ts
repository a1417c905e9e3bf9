import type { AccountId } from '../kit/ids.ts';
import type { Ledger } from './ports.ts';

/** Files that are read at once for one purpose: in all, and for one person. Uploads and downloads go on beside them. */
const AT_ONCE = 3;
const AT_ONCE_EACH = 2;

interface Waiting {
  readonly who: AccountId;
  readonly begin: () => void;
}

/** Lets a few readings run at once; the others wait in the order in which they came, except for who has enough. */
export class Turns {
  readonly #running: AccountId[] = [];
  #waiting: Waiting[] = [];

  /** How many readings are under way. */
  get running(): number {
    return this.#running.length;
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Does the work in its turn. Rejects with the signal's reason when it is aborted before. */
  async take<T>(who: AccountId, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#begin(who, signal);
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      this.#running.splice(this.#running.indexOf(who), 1);
      this.#next();
    }
  }

  /** Who is not waited for any more leaves the line. */
  #begin(who: AccountId, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const turn = Promise.withResolvers<void>();
    const one = { who, begin: turn.resolve };
    const leave = (): void => {
      this.#waiting = this.#waiting.filter((other) => other !== one);
      turn.reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#waiting.push(one);
    this.#next();
    return turn.promise.finally(() => signal.removeEventListener('abort', leave));
  }

  #next(): void {
    for (const one of this.#waiting) {
      if (this.#running.length >= AT_ONCE) return;
      if (this.#running.filter((who) => who === one.who).length >= AT_ONCE_EACH) continue;
      this.#waiting = this.#waiting.filter((other) => other !== one);
      this.#running.push(one.who);
      one.begin();
    }
  }
}

/** The turns of each installation that is open in this process. */
function turnsByLedger(): (ledger: Ledger) => Turns {
  const known = new WeakMap<Ledger, Turns>();
  return (ledger) => {
    const found = known.get(ledger) ?? new Turns();
    known.set(ledger, found);
    return found;
  };
}

/** For the readings of digests. */
export const digestTurnsOf = turnsByLedger();

/** For the copies that uploads begin with. */
export const copyTurnsOf = turnsByLedger();
