import type { Logger } from '../core/kit/logger.ts';

/** A log that nobody reads: verbs tell on the terminal what there is to tell. */
export const MUTE: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
