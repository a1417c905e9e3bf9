import { GIB, KIB, MIB } from '../../core/kit/bytes.ts';
import { DAY, HOUR, MINUTE, type Millis, SECOND } from '../../core/kit/clock.ts';

const DURATIONS: Readonly<Record<string, Millis>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY };
const SIZES: Readonly<Record<string, number>> = { B: 1, KiB: KIB, MiB: MIB, GiB: GIB, TiB: 1024 * GIB };

/** What a duration looks like, for messages. */
export const DURATION_FORM = 'a duration such as 5s, 10m, 12h or 30d';

/** What a size looks like, for messages. */
export const SIZE_FORM = 'a size such as 64KiB, 500MiB, 1GiB or 5TiB';

/** Reads `30d`, `12h`, `10m`, `5s` or `250ms`; null when the text is none of them. */
export function parseDuration(text: string): Millis | null {
  return parseAmount(text, DURATIONS);
}

/** Reads `512B`, `64KiB`, `500MiB`, `1.5GiB` or `5TiB` as whole bytes; null when the text is none of them. */
export function parseSize(text: string): number | null {
  return parseAmount(text, SIZES);
}

function parseAmount(text: string, units: Readonly<Record<string, number>>): number | null {
  const [, count, unit = ''] = /^(\d{1,15}(?:\.\d{1,3})?) ?([A-Za-z]+)$/.exec(text.trim()) ?? [];
  const factor = units[unit];
  if (count === undefined || factor === undefined) return null;
  const amount = Math.round(Number(count) * factor);
  return Number.isSafeInteger(amount) ? amount : null;
}
