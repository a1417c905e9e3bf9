import { type Instant, type Millis, SECOND } from '../../kit/clock.ts';
import type { Pause } from './ports.ts';

/** How long a wrong password takes, and how many of one pair may take that at once. */
const SLOW: Millis = 10 * SECOND;
const AT_ONCE = 4;

/** A code is looked at so seldom: there are a million of them, three of which are right. */
const CODE_EVERY: Millis = 30 * SECOND;

/**
 * Where people go who come from where they have signed in before, while their password is guessed at from there. The
 * right password opens at once, and a wrong one is answered late; so that somebody behind the same address slows them
 * at most, and learns little.
 */
export class SlowLane {
  readonly #pause: Pause;
  readonly #passwords = new Map<string, number>();
  readonly #codes = new Map<string, Instant>();

  constructor(pause: Pause) {
    this.#pause = pause;
  }

  /** Takes one of the places for passwords of a pair; when there is none, the instant at which to try again. */
  enter(pair: string, now: Instant): Instant | null {
    const inside = this.#passwords.get(pair) ?? 0;
    if (inside >= AT_ONCE) return now + SLOW;
    this.#passwords.set(pair, inside + 1);
    return null;
  }

  /** Gives a place back; resolves when the answer may be given. */
  async leave(pair: string, isRight: boolean): Promise<void> {
    try {
      if (!isRight) await this.#pause(SLOW);
    } finally {
      const left = (this.#passwords.get(pair) ?? 1) - 1;
      if (left > 0) this.#passwords.set(pair, left);
      else this.#passwords.delete(pair);
    }
  }

  /** Lets a code of a pair be looked at now, or says when. */
  code(pair: string, now: Instant): Instant | null {
    const last = this.#codes.get(pair);
    if (last !== undefined && now >= last && now - last < CODE_EVERY) return last + CODE_EVERY;
    this.#codes.delete(pair);
    this.#codes.set(pair, now);
    for (const [other, at] of this.#codes) {
      if (now - at < CODE_EVERY) break;
      this.#codes.delete(other);
    }
    return null;
  }
}
