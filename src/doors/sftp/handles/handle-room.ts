import type { AccountId } from '../../../core/kit/ids.ts';

/** How many handles people have open at a door, in all of their sessions. */
export class HandleRoom {
  readonly #most: number;
  readonly #open = new Map<AccountId, number>();

  constructor(most: number) {
    this.#most = most;
  }

  isFull(account: AccountId): boolean {
    return (this.#open.get(account) ?? 0) >= this.#most;
  }

  opened(account: AccountId): void {
    this.#open.set(account, (this.#open.get(account) ?? 0) + 1);
  }

  closed(account: AccountId): void {
    const left = (this.#open.get(account) ?? 0) - 1;
    if (left > 0) this.#open.set(account, left);
    else this.#open.delete(account);
  }

  /** The most that one account has open. */
  get fullest(): number {
    return Math.max(0, ...this.#open.values());
  }
}
