import { verifyPassword } from './password.ts';

/** How many passwords are hashed at once, and how many may wait for it. */
export interface PasswordWorkLimits {
  readonly atOnce: number;
  readonly waiting: number;
}

/** What a site has that says nothing. Each hash takes 64 MiB, and one of the four threads that files are read on. */
export const DEFAULT_PASSWORD_WORK: PasswordWorkLimits = { atOnce: 2, waiting: 256 };

/** Called once: with true when it is somebody's turn, with false when they are sent away. */
type Turn = (isMyTurn: boolean) => void;

type Verify = (password: string, phc: string) => Promise<boolean>;

/**
 * Looks at passwords, a few at a time, whatever door they come from: a flood of them takes no more memory and threads
 * than that. People who come from where they have signed in before go first.
 */
export class PasswordWork {
  readonly #limits: PasswordWorkLimits;
  readonly #verify: Verify;
  readonly #known: Turn[] = [];
  readonly #strangers: Turn[] = [];
  #running = 0;
  #refused = 0;

  constructor(limits: PasswordWorkLimits, verify: Verify = verifyPassword) {
    this.#limits = limits;
    this.#verify = verify;
  }

  /**
   * Whether the password makes the hash; null, and nothing was done, when too many wait, or when it is not wanted any
   * more (`isWanted`) by the time that its turn has come.
   */
  async verify(
    password: string,
    phc: string,
    isKnown: boolean,
    isWanted: () => boolean = () => true,
  ): Promise<boolean | null> {
    if (this.#running >= this.#limits.atOnce) {
      if (this.waiting >= this.#limits.waiting && !this.#makeRoom(isKnown)) {
        this.#refused++;
        return null;
      }
      const isMyTurn = await this.#wait(isKnown ? this.#known : this.#strangers);
      if (!isMyTurn) return null;
    } else {
      this.#running++;
    }
    try {
      return isWanted() ? await this.#verify(password, phc) : null;
    } finally {
      this.#next();
    }
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#known.length + this.#strangers.length;
  }

  /** How many were sent away. */
  get refused(): number {
    return this.#refused;
  }

  #wait(queue: Turn[]): Promise<boolean> {
    return new Promise((resolve) => queue.push(resolve));
  }

  /** Somebody who is known takes the place of the stranger who came last. */
  #makeRoom(isKnown: boolean): boolean {
    const last = isKnown ? this.#strangers.pop() : undefined;
    if (last === undefined) return false;
    this.#refused++;
    last(false);
    return true;
  }

  #next(): void {
    const turn = this.#known.shift() ?? this.#strangers.shift();
    if (turn === undefined) this.#running--;
    else turn(true);
  }
}
