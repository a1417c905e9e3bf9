/** Fields of a log line: plain data, ids and numbers; never a secret and never file content. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * One line per event. `event` is a stable kebab-case name that operators may alert on;
 * an `Error` goes into the field `error`.
 */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}
