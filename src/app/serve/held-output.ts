import { destination } from 'pino';

/**
 * Standard output whose first line is the `ready` line, as programs that start the daemon rely on: what is logged
 * before is held back until then, and follows it.
 */
export interface HeldOutput {
  /** Writes a line, or keeps it until the output is released. For the logger. */
  write(line: string): void;
  /** Writes at once what `first` logs, then what was held back; from now on lines are written as they come. */
  releaseAfter(first: () => void): void;
}

/** Makes the output. What is still held back when the process ends is written then. */
export function createHeldOutput(): HeldOutput {
  const stdout = destination({ dest: 1, sync: true });
  // A reader that went away is no reason for the daemon to end.
  stdout.on('error', () => undefined);
  const held: string[] = [];
  let holding = true;
  const output: HeldOutput = {
    write(line) {
      if (holding) held.push(line);
      else stdout.write(line);
    },
    releaseAfter(first) {
      holding = false;
      first();
      for (const line of held.splice(0)) stdout.write(line);
    },
  };
  process.once('exit', () => output.releaseAfter(() => undefined));
  return output;
}
