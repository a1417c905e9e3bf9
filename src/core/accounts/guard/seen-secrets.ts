import { createHmac, randomBytes } from 'node:crypto';

/** Wrong secrets that are remembered of each visitor. */
const PER_VISITOR = 4;

/** Remembers wrong secrets, as digests under a key that ends with the process: a program repeats one over and over. */
export class SeenSecrets {
  readonly #most: number;
  readonly #key = randomBytes(32);
  readonly #seen = new Map<string, readonly string[]>();

  /** Of so many visitors. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Whether a visitor has given it before; remembers it. */
  isRepeated(visitor: string, secret: string): boolean {
    const print = createHmac('sha256', this.#key).update(secret).digest('base64').slice(0, 12);
    const seen = this.#seen.get(visitor) ?? [];
    if (seen.includes(print)) return true;
    this.#seen.delete(visitor);
    this.#seen.set(visitor, [...seen, print].slice(-PER_VISITOR));
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > this.#most && oldest !== undefined) this.#seen.delete(oldest);
    return false;
  }
}
