import { createHash } from 'node:crypto';

/** Chance that can be repeated: the same seed gives the same choices in the same order. */
export interface Dice {
  /** From 0 (inclusive) to 1 (exclusive). */
  next(): number;
  /** A whole number from `least` to `most`, both inclusive. */
  between(least: number, most: number): number;
  /** True in so many of all cases. */
  chance(share: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** Dice of somebody else, whose throws do not disturb these. */
  of(name: string): Dice;
}

/** Dice for a seed: the generator sfc32, begun with the seed's SHA-256. */
export function diceOf(seed: string): Dice {
  const state = new Uint32Array(
    Uint8Array.from(createHash('sha256').update(seed).digest()).buffer.slice(0, 16),
  );
  const next = (): number => {
    const [a = 0, b = 0, c = 0, d = 0] = state;
    const sum = (a + b + d) | 0;
    state.set([b ^ (b >>> 9), c + (c << 3), ((c << 21) | (c >>> 11)) + sum, d + 1]);
    return (sum >>> 0) / 2 ** 32;
  };
  for (let n = 0; n < 12; n++) next();
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    chance: (share) => next() < share,
    pick<T>(list: readonly T[]): T {
      if (list.length === 0) throw new Error('there is nothing to pick from');
      return list[between(0, list.length - 1)] as T;
    },
    of: (name) => diceOf(`${seed}/${name}`),
  };
}
