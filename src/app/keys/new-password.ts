import { randomInt } from 'node:crypto';

/** Without i, l, o, 0 and 1, which are taken for one another. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A password that nobody chose: four groups of five, 99 bits, fit to be read out and typed. */
export function newPassword(): string {
  const group = () => Array.from({ length: 5 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return [group(), group(), group(), group()].join('-');
}
