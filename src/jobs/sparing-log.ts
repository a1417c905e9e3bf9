import { MINUTE, type Millis } from '../core/kit/clock.ts';
import type { LogFields, Logger } from '../core/kit/logger.ts';

/**
 * Writes a warning at most once per `every` milliseconds for each event and `about`, and says how many were left
 * out since. For conditions that repeat many times a second while Redis is away.
 */
export interface SparingLog {
  warn(event: string, about: string, fields?: LogFields): void;
}

interface Spoken {
  at: number;
  leftOut: number;
}

/** More kinds than this are forgotten together: messages may hold ids. */
const MOST_KINDS = 1000;

/** Wraps a log; keeps a few bytes for each `event` and `about` that was seen. */
export function createSparingLog(log: Logger, every: Millis = MINUTE): SparingLog {
  const spoken = new Map<string, Spoken>();
  return {
    warn(event, about, fields = {}) {
      const key = `${event} ${about}`;
      const last = spoken.get(key);
      const now = performance.now();
      if (last !== undefined && now - last.at < every) {
        last.leftOut++;
        return;
      }
      if (spoken.size >= MOST_KINDS) spoken.clear();
      spoken.set(key, { at: now, leftOut: 0 });
      log.warn(
        event,
        last === undefined || last.leftOut === 0 ? fields : { ...fields, leftOut: last.leftOut },
      );
    },
  };
}
