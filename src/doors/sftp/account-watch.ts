import { type FootingLooks, lostFootings, type ShowOutReason } from '../../core/accounts/footing.ts';
import type { Session } from '../../core/accounts/sign-in.ts';
import type { Millis } from '../../core/kit/clock.ts';
import type { Logger } from '../../core/kit/logger.ts';

/** Somebody to be shown out when their session has lost its footing. */
export interface Watched {
  readonly session: Session;
  showOut(reason: ShowOutReason): void;
}

/** How many accounts are looked up at once. */
const AT_ONCE = 8;

/**
 * Looks again and again whether the people who are signed in still may act, and what let them in still stands, and
 * shows out the others (invariant 10). One look at each account, however many sessions it has. When the ledger cannot answer, sessions
 * stay: whatever they do is checked again by the use case.
 */
export class AccountWatch {
  readonly #looks: FootingLooks;
  readonly #log: Logger;
  readonly #watched = new Set<Watched>();
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;

  constructor(looks: FootingLooks, log: Logger, every: Millis) {
    this.#looks = looks;
    this.#log = log;
    this.#timer = setInterval(() => void this.#lookAtAll(), every);
    this.#timer.unref();
  }

  add(watched: Watched): void {
    this.#watched.add(watched);
  }

  remove(watched: Watched): void {
    this.#watched.delete(watched);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #lookAtAll(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const byAccount = Map.groupBy(this.#watched, ({ session }) => session.account);
      const accounts = [...byAccount.values()];
      while (accounts.length > 0) {
        await Promise.all(accounts.splice(0, AT_ONCE).map((all) => this.#look(all)));
      }
    } catch (error) {
      this.#log.warn('account-check-failed', { door: 'sftp', error });
    } finally {
      this.#isLooking = false;
    }
  }

  async #look(all: readonly Watched[]): Promise<void> {
    const lost = await lostFootings(
      this.#looks,
      all.map(({ session }) => session),
    );
    for (const watched of all) {
      const reason = lost.get(watched.session.id);
      if (reason !== undefined) watched.showOut(reason);
    }
  }
}
