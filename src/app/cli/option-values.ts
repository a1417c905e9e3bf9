import { InvalidArgumentError } from 'commander';
import type { Instant, Millis } from '../../core/kit/clock.ts';
import { DURATION_FORM, parseDuration } from '../config/amounts.ts';
import { nearest } from '../config/nearest.ts';

/** A parser for an option that takes one of a few words. */
export function oneOf<W extends string>(known: readonly W[]): (text: string) => W {
  return (text) => {
    const found = known.find((word) => word === text);
    if (found !== undefined) return found;
    const meant = nearest(text, known);
    throw new InvalidArgumentError(
      meant === null ? `It is one of ${known.join(', ')}.` : `Did you mean ${meant}?`,
    );
  };
}

/** A parser for an option that takes several words, separated by commas or given one by one. */
export function someOf<W extends string>(
  known: readonly W[],
): (text: string, before?: readonly W[]) => readonly W[] {
  const one = oneOf(known);
  return (text, before = []) => [...new Set([...before, ...text.split(',').map((word) => one(word.trim()))])];
}

/** Parses a duration. */
export function duration(text: string): Millis {
  const millis = parseDuration(text);
  if (millis === null) throw new InvalidArgumentError(`It is ${DURATION_FORM}.`);
  return millis;
}

/** Parses a day or a time; what has no zone of its own is UTC, as everywhere. */
export function instant(text: string): Instant {
  const [, day, time = 'T00:00', zone = 'Z'] =
    /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)?(Z|[+-]\d{2}:\d{2})?$/.exec(text) ?? [];
  const at = day === undefined ? Number.NaN : Date.parse(`${day}${time}${zone}`);
  if (Number.isNaN(at)) throw new InvalidArgumentError('It is a day or time such as 2026-12-24T18:00:00Z.');
  return at;
}

/** Parses a whole number from 1. */
export function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1.');
  return Number(text);
}
