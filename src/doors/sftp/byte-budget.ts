/** How many bytes of requests a door holds that are not done yet. */
export interface BudgetLimits {
  /** For one session, while there is enough for all. */
  readonly perSession: number;
  /** For all sessions together; beyond it each is held to `floor`. */
  readonly total: number;
  /** What every session may always hold, so that each of them moves. */
  readonly floor: number;
}

/** Room for unfinished requests, shared by all sessions of a door: many uploads at once hold less each. */
export class ByteBudget {
  readonly #limits: BudgetLimits;
  #used = 0;

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
  }

  take(bytes: number): void {
    this.#used += bytes;
  }

  giveBack(bytes: number): void {
    this.#used -= bytes;
  }

  /** What all hold now. */
  get used(): number {
    return this.#used;
  }

  /** What one session may hold now. */
  get share(): number {
    return this.#used > this.#limits.total ? this.#limits.floor : this.#limits.perSession;
  }
}
