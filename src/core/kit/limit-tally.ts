/** How one limit stands, for whoever watches. */
export interface LimitUse {
  readonly limit: string;
  /** What it is set to, in the unit of the limit: a count, bytes or milliseconds. */
  readonly most: number;
  /** How much of it is used now, where the most used of its kind counts; null for what is not held, such as a time. */
  readonly used: number | null;
  /** How often it has refused or ended something since the start. */
  readonly refused: number;
}

/** Counts what limits have refused, and tells how they stand. */
export class LimitTally<Name extends string> {
  readonly #limits: Readonly<Record<Name, number>>;
  readonly #refused = new Map<Name, number>();
  readonly #used: Partial<Record<Name, () => number>>;

  /** `used` tells how much of a limit is used when it is asked. */
  constructor(limits: Readonly<Record<Name, number>>, used: Partial<Record<Name, () => number>>) {
    this.#limits = limits;
    this.#used = used;
  }

  /** The limit has refused or ended something. */
  refused(name: Name): void {
    this.#refused.set(name, (this.#refused.get(name) ?? 0) + 1);
  }

  all(): readonly LimitUse[] {
    const names = Object.keys(this.#limits) as Name[];
    return names.map((limit) => ({
      limit,
      most: this.#limits[limit],
      used: this.#used[limit]?.() ?? null,
      refused: this.#refused.get(limit) ?? 0,
    }));
  }
}
