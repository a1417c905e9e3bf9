import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where distributions put libfaketime. */
const LIBRARIES = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib64/faketime/libfaketime.so.1',
  '/usr/lib/faketime/libfaketime.so.1',
] as const;

/** A wall clock that a test sets, for programs that run with `env`. Their monotonic clock stays as it is. */
export interface FakeTime {
  readonly env: NodeJS.ProcessEnv;
  /** How far the clock is ahead of the machine's now, in milliseconds. */
  readonly ahead: number;
  /** What time it is for those programs. */
  now(): number;
  /** Sets the clock so far ahead of the machine's own; running programs jump. */
  setAhead(millis: number): Promise<void>;
  /** Sets the clock. */
  setTo(instant: number): Promise<void>;
  remove(): Promise<void>;
}

/** Makes such a clock, which shows the machine's time at first. Throws where libfaketime is not installed. */
export async function makeFakeTime(): Promise<FakeTime> {
  const library = LIBRARIES.find((path) => existsSync(path));
  if (library === undefined) throw new Error('libfaketime is missing: install the package faketime');
  const folder = await mkdtemp(join(tmpdir(), 'havengate-time-'));
  const file = join(folder, 'now');
  let ahead = 0;
  const setAhead = async (millis: number) => {
    const seconds = Math.round(millis / 1000);
    // Replaced at once: a program that reads it while it is written would see the machine's time.
    await writeFile(`${file}.new`, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}`);
    await rename(`${file}.new`, file);
    ahead = seconds * 1000;
  };
  await setAhead(0);
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    },
    get ahead() {
      return ahead;
    },
    now: () => Date.now() + ahead,
    setAhead,
    setTo: (instant) => setAhead(instant - Date.now()),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
