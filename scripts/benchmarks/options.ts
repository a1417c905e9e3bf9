import { parseArgs } from 'node:util';

/** What a run of the benchmarks was asked for. */
export interface Options {
  /** The benchmarks to run, by name; empty means all. */
  readonly names: readonly string[];
  /** Counted runs of each side; one more warms up. */
  readonly runs: number;
  /** How many seconds a run waits for a quiet machine before it begins all the same. */
  readonly patience: number;
  /** The size in bytes of the large file. */
  readonly size: number;
  /** How many files a purge destroys. */
  readonly files: number;
  /** JSON goes to stdout, and the table to stderr. */
  readonly json: boolean;
  /** A file that the JSON is written to as well. */
  readonly jsonFile: string | null;
  readonly list: boolean;
  readonly help: boolean;
}

/** The words of `--help`. */
export const USAGE = `usage: scripts/bench [NAME...] [options]
Measures Havengate against its peers on this machine, in turn, and prints medians as a table.
  --runs N          counted runs of each side, after one that warms up (default 5)
  --size SIZE       size of the large file, such as 64MiB for a quick trial (default 1GiB)
  --files N         files that a purge destroys (default 100000)
  --patience N      seconds that a run waits for a quiet machine (default 6)
  --json            JSON on stdout, the table on stderr
  --json-file FILE  the JSON to a file
  --list            the benchmarks' names`;

const UNITS: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** Reads the command line; throws an error that says what is wrong with it. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '5' },
      size: { type: 'string', default: '1GiB' },
      files: { type: 'string', default: '100000' },
      patience: { type: 'string', default: '6' },
      json: { type: 'boolean', default: false },
      'json-file': { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1 || runs > 100)
    throw new Error('--runs wants a number from 1 to 100');
  const files = Number(values.files);
  if (!Number.isInteger(files) || files < 100 || files > 10_000_000)
    throw new Error('--files wants a number from 100 to 10000000');
  const patience = Number(values.patience);
  if (!(patience >= 0 && patience <= 600)) throw new Error('--patience wants seconds, up to 600');
  return {
    names: positionals,
    runs,
    patience,
    size: parseSize(values.size),
    files,
    json: values.json,
    jsonFile: values['json-file'] ?? null,
    list: values.list,
    help: values.help,
  };
}

function parseSize(text: string): number {
  const [, number, unit] = /^(\d+)(KiB|MiB|GiB)$/.exec(text) ?? [];
  const bytes = Number(number) * (UNITS[unit ?? ''] ?? Number.NaN);
  if (!(bytes >= 2 ** 20 && bytes <= 2 ** 34)) throw new Error('--size wants 1MiB to 16GiB, such as 256MiB');
  return bytes;
}
