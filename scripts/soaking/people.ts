import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Counts } from './counts.ts';
import type { Dice } from './dice.ts';
import type { Haven } from './haven.ts';
import type { Model } from './model.ts';

/** What somebody who works with the haven has. */
export interface Desk {
  readonly name: string;
  readonly haven: Haven;
  readonly model: Model;
  readonly dice: Dice;
  readonly counts: Counts;
  readonly seed: string;
  /** A folder of their own. */
  readonly home: string;
  /** Aborted when they are interrupted. */
  readonly signal: () => AbortSignal;
  /** A name that nobody has used. */
  freshName(): string;
}

/** One thing after the other, for as long as it is asked to. */
export type Work = (desk: Desk) => Promise<void>;

/** People at work. */
export interface People {
  /** Keeps everybody from beginning anything, and waits until they have ended, or were interrupted in, what they do. */
  pause(how: 'finish' | 'interrupt'): Promise<void>;
  resume(): void;
  /** Lets everybody finish, for good. Throws what one of them threw. */
  stop(): Promise<void>;
  /** Rejects when one of them finds a broken promise. Never resolves. */
  readonly failed: Promise<never>;
}

/** Sets people to work, each with dice of their own. */
export async function startPeople(
  workers: Readonly<Record<string, Work>>,
  parts: Omit<Desk, 'name' | 'home' | 'signal' | 'freshName'>,
): Promise<People> {
  let [stopped, gate] = [false, Promise.withResolvers<void>()];
  gate.resolve();
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  let interruption = new AbortController();
  let busy = 0;

  async function live(name: string, work: Work): Promise<void> {
    const home = join(parts.haven.work, 'people', name);
    await mkdir(home, { recursive: true });
    let count = 0;
    const desk: Desk = {
      ...parts,
      name,
      home,
      dice: parts.dice.of(name),
      signal: () => interruption.signal,
      freshName: () => `${name}-${++count}.${desk.dice.pick(['bin', 'csv', 'txt', 'dat'])}`,
    };
    while (!stopped) {
      await gate.promise;
      if (stopped) return;
      busy++;
      try {
        await work(desk);
      } finally {
        busy--;
      }
      await sleep(desk.dice.between(10, 200) + (parts.haven.daemon === null ? 500 : 0));
    }
  }

  const lives = Object.entries(workers).map(([name, work]) =>
    live(name, work).catch((error: unknown) => failure.reject(error)),
  );
  const pause: People['pause'] = async (how) => {
    gate = Promise.withResolvers<void>();
    if (how === 'interrupt') interruption.abort();
    while (busy > 0) await Promise.race([sleep(50), failure.promise]);
  };
  return {
    pause,
    resume() {
      interruption = new AbortController();
      gate.resolve();
    },
    async stop() {
      await pause('finish');
      stopped = true;
      gate.resolve();
      await Promise.all(lives);
    },
    failed: failure.promise,
  };
}

/** Removes what was only for sending; it may not be there. */
export async function discard(...paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(path, { force: true });
}
