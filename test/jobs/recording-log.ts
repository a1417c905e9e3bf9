import type { LogFields, Logger } from '../../src/core/kit/logger.ts';

/** One line that was logged. */
interface LogLine {
  readonly level: keyof Logger;
  readonly event: string;
  readonly fields: LogFields;
}

/** A log that keeps its lines. */
export interface RecordingLog extends Logger {
  readonly lines: readonly LogLine[];
  /** The lines of an event, in order. */
  of(event: string): readonly LogLine[];
}

/** Makes an empty one. */
export function recordingLog(): RecordingLog {
  const lines: LogLine[] = [];
  const at =
    (level: keyof Logger) =>
    (event: string, fields: LogFields = {}): void => {
      lines.push({ level, event, fields });
    };
  return {
    lines,
    of: (event) => lines.filter((line) => line.event === event),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
}
