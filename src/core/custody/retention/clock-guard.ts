import type { Actor, AuditRecord } from '../../audit/events.ts';
import { type Clock, DAY, type Instant, isoTime, MINUTE, type Millis } from '../../kit/clock.ts';
import { systemActor } from '../actors.ts';
import type { Ledger } from '../ports.ts';

/** How far wall and monotonic time may part in one process. */
const LARGEST_DRIFT: Millis = 5 * MINUTE;

/** How long an installation may have been off before its clock has to be confirmed. */
const LONGEST_PAUSE: Millis = 90 * DAY;

const MARK = 'clock-suspect';

/** Why the clock is suspect, since when; null when it is trusted. While it is suspect nothing is destroyed. */
export async function clockSuspicion(ledger: Ledger): Promise<string | null> {
  const mark = await ledger.readMark(MARK);
  return mark === null || mark === '' ? null : mark;
}

/**
 * Compares the clock with the ledger's last time, at start: a time before it, or 90 days after, is suspect
 * (a battery that is empty, a restored image). Returns the suspicion that holds now.
 */
export async function checkClockAtStart(ledger: Ledger, clock: Clock): Promise<string | null> {
  const why = await clockAgainstLedger(ledger, clock);
  if (why !== null) await suspect(ledger, clock.now(), why);
  return clockSuspicion(ledger);
}

/** What is wrong with a clock when it is compared with the ledger's last time; null for nothing. Changes nothing. */
export async function clockAgainstLedger(ledger: Ledger, clock: Clock): Promise<string | null> {
  const last = await ledger.lastAuditTime();
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

  /** Looks now. A jump since the last look, or 5 minutes of drift in all, makes the clock suspect. */
  async look(ledger: Ledger): Promise<void> {
    const wall = this.#clock.now();
    const drift = wall - this.#wall - (this.#clock.monotonic() - this.#monotonic);
    if (Math.abs(drift) < LARGEST_DRIFT) return;
    // Told once for each jump; from here on the new time is the one to compare with.
    this.#wall = wall;
    this.#monotonic = this.#clock.monotonic();
    const seconds = Math.round(Math.abs(drift) / 1000);
    await suspect(
      ledger,
      wall,
      `it jumped ${seconds} s ${drift > 0 ? 'ahead' : 'back'} while the daemon ran`,
    );
  }
}

/**
 * A person has looked at the clock and says that it is right: retention goes on. Also before a start that would find
 * it suspect. False, and nothing changed, when there is no suspicion.
 */
export async function acceptClock(ledger: Ledger, clock: Clock, actor: Actor): Promise<boolean> {
  const why = (await clockSuspicion(ledger)) ?? (await clockAgainstLedger(ledger, clock));
  if (why === null) return false;
  await ledger.appendAudit([record(clock.now(), actor, 'clock-accepted', why)]);
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
