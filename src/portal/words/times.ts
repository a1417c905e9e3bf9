const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const FULL = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'short',
});

const ZONE = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' });

/** A time in the reader's own zone, which is named: `21 Nov 2026, 14:05 GMT`. */
export function timeInWords(iso: string): string {
  const date = new Date(iso);
  const zone = ZONE.formatToParts(date).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return `${FULL.format(date)} ${zone}`;
}

/** How much is left until a time, in whole days: never negative. */
export function daysLeft(iso: string, now = Date.now()): number {
  return Math.max(0, Math.floor((Date.parse(iso) - now) / DAY));
}

/** How long until a time: `29 days left`, `5 hours left`. */
export function leftInWords(iso: string, now = Date.now()): string {
  const left = Date.parse(iso) - now;
  if (left <= 0) return 'due now';
  if (left >= DAY) return plural(Math.floor(left / DAY), 'day');
  return left >= HOUR ? plural(Math.floor(left / HOUR), 'hour') : 'less than an hour left';
}

/** A duration as people wait for it: `about 3 minutes`. */
export function waitInWords(milliseconds: number): string {
  if (milliseconds < MINUTE) return 'less than a minute';
  if (milliseconds < HOUR) return `about ${count(Math.round(milliseconds / MINUTE), 'minute')}`;
  return `about ${count(Math.round(milliseconds / HOUR), 'hour')}`;
}

function plural(number: number, word: string): string {
  return `${count(number, word)} left`;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
