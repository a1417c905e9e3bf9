import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino';
import type { Logger } from '../core/kit/logger.ts';
import { safeFields } from './safe-fields.ts';

/** How much is logged; `silent` is for tests. */
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Makes a logger that writes one JSON line per event to stdout: `time` (ISO 8601 with Z), `level`, `event`, and the
 * fields. Values of secret-like names are replaced, errors become their message, stack, code and cause.
 *
 * A line is written before the call returns, so that none is lost when the process ends. It never throws; when
 * nobody reads stdout any more, lines are dropped.
 */
export function createLogger(options: {
  readonly level: LogLevel;
  readonly destination?: DestinationStream;
}): Logger {
  const out = pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.destination ?? standardOutput(),
  );
  return {
    debug: (event, fields = {}) => out.debug({ event, ...safeFields(fields) }),
    info: (event, fields = {}) => out.info({ event, ...safeFields(fields) }),
    warn: (event, fields = {}) => out.warn({ event, ...safeFields(fields) }),
    error: (event, fields = {}) => out.error({ event, ...safeFields(fields) }),
  };
}

function standardOutput(): DestinationStream {
  const stream = destination({ dest: 1, sync: true });
  // A reader that went away is no reason for the daemon to end.
  stream.on('error', () => undefined);
  return stream;
}
