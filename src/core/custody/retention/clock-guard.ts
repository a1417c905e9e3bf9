import type { Actor, AuditRecord } from '../../audit/events.ts';
import { type Clock, DAY, type Instant, isoTime, MINUTE, type Millis } from '../../kit/clock.ts';
import { systemActor } from '../actors.ts';
import type { Ledger } from '../ports.ts';

/** How far wall and monotonic time may part in one process. */
const LARGEST_DRIFT: Millis = 5 * MINUTE;

/** How long an installation may have been off before its clock has to be confirmed. */
const LONGEST_PAUSE: Millis = 90 * DAY;

const MARK = 'clock-suspect';

/** The time that was trusted last. Rows of the audit log will not do: a verb writes them by whatever clock it has. */
const SEEN = 'clock-seen';

/** Why the clock is suspect, since when; null when it is trusted. While it is suspect nothing is destroyed. */
export async function clockSuspicion(ledger: Ledger): Promise<string | null> {
  const mark = await ledger.readMark(MARK);
  return mark === null || mark === '' ? null : mark;
}

/** The time that the daemon, or somebody who looked at the clock, has trusted last; null before the first. */
export async function lastTrustedTime(ledger: Ledger): Promise<Instant | null> {
  const mark = await ledger.readMark(SEEN);
  return mark === null ? null : Number(mark);
}

/** Notes that the daemon trusts this time. Does nothing while the clock is suspect. */
export async function noteTrustedTime(ledger: Ledger, at: Instant): Promise<void> {
  if ((await clockSuspicion(ledger)) === null) await ledger.writeMark(SEEN, String(at));
}

/**
 * Compares the clock with the time that was trusted last, at start: a time before it, or 90 days after, is suspect
 * (a battery that is empty, a restored image). Returns the suspicion that holds now.
 */
export async function checkClockAtStart(ledger: Ledger, clock: Clock): Promise<string | null> {
  const why = await clockAgainstLedger(ledger, clock);
  if (why !== null) await suspect(ledger, clock.now(), why);
  return clockSuspicion(ledger);
}

/**
 * What is wrong with a clock when it is compared with the time that was trusted last, or with the newest row of the
 * audit log where no daemon has run; null for nothing. Changes nothing.
 */
export async function clockAgainstLedger(ledger: Ledger, clock: Clock): Promise<string | null> {
  const last = (await lastTrustedTime(ledger)) ?? (await ledger.lastAuditTime());
  const now = clock.now();
  if (last === null) return null;
  // A time server may set a clock back a little.
  if (now < last - LARGEST_DRIFT) return `it is before the ledger's last time, ${isoTime(last)}`;
  if (now - last <= LONGEST_PAUSE) return null;
  return `it is more than 90 days after the ledger's last time, ${isoTime(last)}`;
}

/** Watches one process: whether the wall clock has moved against the one that cannot be set. */
export class ClockWatch {
  readonly #clock: Clock;
  #wall: Instant;
  #monotonic: Millis;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wall = clock.now();
    this.#monotonic = clock.monotonic();
  }

  /**
   * Looks now. A jump since the last look, or 5 minutes of drift in all, makes the clock suspect. Returns the time
   * that was looked at.
   */
  async look(ledger: Ledger): Promise<Instant> {
    const wall = this.#clock.now();
    const drift = wall - this.#wall - (this.#clock.monotonic() - this.#monotonic);
    if (Math.abs(drift) < LARGEST_DRIFT) return wall;
    // Told once for each jump; from here on the new time is the one to compare with.
    this.#wall = wall;
    this.#monotonic = this.#clock.monotonic();
    const seconds = Math.round(Math.abs(drift) / 1000);
    await suspect(
      ledger,
      wall,
      `it jumped ${seconds} s ${drift > 0 ? 'ahead' : 'back'} while the daemon ran`,
    );
    return wall;
  }
}

/**
 * A person has looked at the clock and says that it is right: retention goes on. Also before a start that would find
 * it suspect. False, and nothing changed, when there is no suspicion.
 */
export async function acceptClock(ledger: Ledger, clock: Clock, actor: Actor): Promise<boolean> {
  const why = (await clockSuspicion(ledger)) ?? (await clockAgainstLedger(ledger, clock));
  if (why === null) return false;
  const at = clock.now();
  await ledger.appendAudit([record(at, actor, 'clock-accepted', why)]);
  // The time first: after a crash between the two, the next start has nothing new to suspect.
  await ledger.writeMark(SEEN, String(at));
  await ledger.writeMark(MARK, '');
  return true;
}

async function suspect(ledger: Ledger, at: Instant, why: string): Promise<void> {
  // The mark first: destruction stops even if the event cannot be written.
  await ledger.writeMark(MARK, why);
  await ledger.appendAudit([record(at, systemActor('clock'), 'clock-suspected', why)]);
}

function record(
  at: Instant,
  actor: Actor,
  type: 'clock-suspected' | 'clock-accepted',
  why: string,
): AuditRecord {
  return { at, actor, event: { type, subjects: {}, data: { why } } };
}
