import type { AuditRecord } from '../../audit/events.ts';
import { type Instant, MINUTE, type Millis } from '../../kit/clock.ts';

/** So many refusals of one source have a row each, in one window; what comes after is counted. */
const ROWS_PER_SOURCE = 20;
const WINDOW: Millis = 10 * MINUTE;

/** So many rows in all at once, and so many a second after that; what is beyond is counted without its source. */
const BURST = 200;
const ROWS_PER_SECOND = 2;

/** How often what was counted becomes a row. */
const COUNTED_EVERY: Millis = MINUTE;

/** How many sources are told apart. */
const MOST_SOURCES = 4096;

interface Source {
  readonly since: Instant;
  rows: number;
  counted: Map<string, number>;
  countedSince: Instant;
}

/** Where nothing is told of the source. */
const ELSEWHERE = '';

/**
 * Refused sign-ins for the audit: row by row as long as a person may have caused them, counted by source and reason
 * beyond that. However many refusals there are, their rows are bounded.
 */
export class DenialLog {
  readonly #sources = new Map<string, Source>();
  #rows: AuditRecord[] = [];
  #room = BURST;
  #roomAt: Instant = 0;

  /** Takes the record of a refusal, or counts it. */
  add(record: AuditRecord, source: string, reason: string): void {
    const { at } = record;
    const known = this.#sourceAt(source, at);
    this.#room = Math.min(BURST, this.#room + (Math.max(0, at - this.#roomAt) / 1000) * ROWS_PER_SECOND);
    this.#roomAt = at;
    if (known.rows < ROWS_PER_SOURCE && this.#room >= 1) {
      known.rows++;
      this.#room--;
      this.#rows.push(record);
    } else {
      this.count(source, reason, at);
    }
  }

  /** A refusal that is only counted. */
  count(source: string, reason: string, at: Instant): void {
    const known = this.#sourceAt(source, at);
    if (known.counted.size === 0) known.countedSince = at;
    known.counted.set(reason, (known.counted.get(reason) ?? 0) + 1);
  }

  /** Takes what is to be written now; `all` does not wait with what was counted. */
  take(now: Instant, all = false): readonly AuditRecord[] {
    const rows = this.#rows;
    this.#rows = [];
    const isDue = ({ counted, countedSince }: Source): boolean =>
      counted.size > 0 && (all || now - countedSince >= COUNTED_EVERY);
    for (const [source, known] of this.#sources) {
      if (source === ELSEWHERE) continue;
      if (isDue(known)) {
        if (this.#room >= 1) {
          this.#room--;
          rows.push(summary(source, known, now));
        } else {
          for (const [reason, times] of known.counted)
            this.#countElsewhere(reason, times, known.countedSince);
        }
        known.counted = new Map();
      }
      if (known.counted.size === 0 && now - known.since > WINDOW) this.#sources.delete(source);
    }
    const elsewhere = this.#sources.get(ELSEWHERE);
    if (elsewhere !== undefined && isDue(elsewhere)) {
      rows.push(summary(ELSEWHERE, elsewhere, now));
      this.#sources.delete(ELSEWHERE);
    }
    return rows;
  }

  /** Takes back what could not be written. */
  putBack(rows: readonly AuditRecord[]): void {
    this.#rows = [...rows, ...this.#rows].slice(0, 2 * BURST);
  }

  #countElsewhere(reason: string, times: number, since: Instant): void {
    const { counted } = this.#sourceAt(ELSEWHERE, since);
    counted.set(reason, (counted.get(reason) ?? 0) + times);
  }

  #sourceAt(source: string, at: Instant): Source {
    const found = this.#sources.get(source);
    if (found !== undefined) return found;
    if (source !== ELSEWHERE && this.#sources.size >= MOST_SOURCES) return this.#sourceAt(ELSEWHERE, at);
    const isElsewhere = source === ELSEWHERE;
    const fresh = {
      since: at,
      rows: isElsewhere ? ROWS_PER_SOURCE : 0,
      counted: new Map<string, number>(),
      countedSince: at,
    };
    this.#sources.set(source, fresh);
    return fresh;
  }
}

function summary(source: string, { counted, countedSince }: Source, at: Instant): AuditRecord {
  const count = [...counted.values()].reduce((sum, times) => sum + times, 0);
  return {
    at,
    actor: { kind: 'system', part: 'sign-in-guard' },
    event: {
      type: 'sign-ins-refused',
      subjects: {},
      data: { count, reasons: Object.fromEntries(counted), since: countedSince },
      ...(source !== ELSEWHERE && { personal: { source } }),
    },
  };
}
