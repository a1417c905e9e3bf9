import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';

/** What a soak was asked for. */
export interface Options {
  /** How long it lasts, in milliseconds; the last check comes after it. */
  readonly lasts: number;
  /** Everything that is chosen at random follows from it. */
  readonly seed: string;
  /** The folder of the installation stays also when all went well. */
  readonly keep: boolean;
  /** Only these faults; empty means all. */
  readonly faults: readonly string[];
  readonly help: boolean;
}

/** The words of `--help`. */
export const USAGE = `usage: scripts/soak [--hours N | --minutes N | --seconds N] [options]
Runs the daemon under five clients and all faults, and checks every invariant after each fault.
  --seed S       repeats the choices of another run; printed by each (default: random)
  --fault NAME   only this fault; may be given several times
  --keep         keep the installation, also when nothing was broken
Ends with 0 when every invariant held, with 1, the seed and the folder at the first that did not.`;

/** Reads the command line; throws an error that says what is wrong with it. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      hours: { type: 'string' },
      minutes: { type: 'string' },
      seconds: { type: 'string' },
      seed: { type: 'string' },
      fault: { type: 'string', multiple: true, default: [] },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  });
  const { hours, minutes, seconds } = values;
  const given = [hours, minutes, seconds].filter((one) => one !== undefined);
  if (given.length > 1) throw new Error('give one of --hours, --minutes and --seconds');
  const lasts = Number(hours ?? 0) * 3_600_000 + Number(minutes ?? 0) * 60_000 + Number(seconds ?? 0) * 1000;
  if (given.length === 1 && !(lasts > 0)) throw new Error(`"${given[0]}" is no length of time`);
  return {
    lasts: given.length === 0 ? 3_600_000 : lasts,
    seed: values.seed ?? randomBytes(6).toString('hex'),
    keep: values.keep,
    faults: values.fault,
    help: values.help,
  };
}
