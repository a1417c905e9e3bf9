import { type AccountName, parseAccountName } from '../../core/accounts/account.ts';
import type { Intake } from '../../core/custody/custody.ts';
import { createHomeMemory, type DrivesPolicy, type HomeMemory } from '../../core/custody/drives/drives.ts';
import type { FoundFolder } from '../../core/custody/drives/ports.ts';
import { rescanArrivals } from '../../core/custody/drives/rescan-arrivals.ts';
import { sendDrops } from '../../core/custody/drives/send-drops.ts';
import type { Instant, Millis } from '../../core/kit/clock.ts';
import type { AccountId, ShareId } from '../../core/kit/ids.ts';
import { startHomeWatch } from './home-watch.ts';
import { createRescanTimes, pauseAfter } from './rescan-times.ts';

/** What the drives need. */
export interface DrivesOptions {
  readonly intake: Intake;
  readonly policy: DrivesPolicy;
  /** How often everything is looked at. A round that takes long makes the next one later. */
  readonly rescan: Millis;
  /** How many folders are watched at most; 0 for none. */
  readonly watches: number;
  /** The folder of Arrivals. */
  readonly arrivals: string;
}

/** Drives that are looked after. */
export interface RunningDrives {
  /** What operators see. */
  counts(): DrivesCounts;
  /** Ends after the look under way. */
  stop(): Promise<void>;
}

/** How the looking goes. */
interface DrivesCounts {
  /** Homes that were looked at in the last round. */
  readonly homes: number;
  /** Folders that are watched. */
  readonly watches: number;
  /** When the last round ended; null before that. */
  readonly lastRescan: Instant | null;
}

/** How many homes wait for a look of their own at most. */
const MOST_WAITING = 10_000;

/**
 * Looks after what desktops do in Arrivals through mounted drives. Everything is compared with the ledger at once
 * and then every `rescan`, one home after the other, in no more than about a tenth of the time. The watch only
 * says where to look sooner. Shares are not watched: what leaves Arrivals for a share is seen by its leaving.
 */
export function startDrives(options: DrivesOptions): RunningDrives {
  const { intake, policy, watches } = options;
  const { clock, ledger, log } = intake;
  const memories = new Map<AccountId, HomeMemory>();
  const drops = new Map<ShareId, HomeMemory>();
  const times = createRescanTimes(MOST_WAITING);
  let stopped = false;
  let wake: () => void = () => undefined;
  let homes = 0;
  let lastRescan: Instant | null = null;

  function hint(home: string): void {
    const parsed = parseAccountName(home);
    if (!parsed.ok) return;
    times.hint(home, clock.monotonic());
    wake();
  }

  const watch = watches === 0 ? null : startHomeWatch({ root: options.arrivals, most: watches, hint, log });

  async function lookAt(name: AccountName): Promise<void> {
    const owner = await ledger.accountByName(name);
    if (owner === null) return;
    const memory = memories.get(owner.id) ?? createHomeMemory(intake, policy);
    memories.set(owner.id, memory);
    const started = clock.monotonic();
    const folders: FoundFolder[] = [];
    // One more than can be watched, so that the limit is noticed.
    const seeFolder = (folder: FoundFolder) => void (folders.length <= watches && folders.push(folder));
    try {
      const { again } = await rescanArrivals(intake, policy, owner, memory, seeFolder);
      if (again) times.again(name, clock.monotonic() + policy.grace);
    } catch (error) {
      log.error('drive-rescan-failed', { account: owner.id, error });
    }
    const isNew = !stopped && watch?.follow(name, folders) === true;
    if (isNew) times.again(name, clock.monotonic() + policy.grace);
    times.took(name, clock.monotonic(), clock.monotonic() - started);
  }

  /** Where nobody's uid is known, nothing can be sent, and there are no folders for it. */
  async function lookAtDrops(): Promise<void> {
    if (policy.users.size === 0) return;
    for (const share of await ledger.listShares()) {
      if (stopped) return;
      if (share.closedAt !== null) continue;
      const memory = drops.get(share.id) ?? createHomeMemory(intake, policy);
      drops.set(share.id, memory);
      await sendDrops(intake, policy, share, memory).catch((error: unknown) =>
        log.error('drive-rescan-failed', { share: share.id, error }),
      );
    }
  }

  async function lookAtHinted(): Promise<void> {
    for (;;) {
      const home = stopped ? null : times.take(clock.monotonic());
      if (home === null) return;
      await lookAt(home as AccountName);
    }
  }

  /** All homes, those first of which there was a hint meanwhile. */
  async function lookAtAll(): Promise<void> {
    const accounts = await ledger.listAccounts();
    for (const { name } of accounts) {
      if (stopped) return;
      await lookAt(name);
      await lookAtHinted();
    }
    await lookAtDrops();
    homes = accounts.length;
    lastRescan = clock.now();
  }

  function sleepUntil(at: Millis): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.max(0, at - clock.monotonic()));
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
    return promise;
  }

  async function run(): Promise<void> {
    while (!stopped) {
      const began = clock.monotonic();
      await lookAtAll().catch((error: unknown) => log.error('drive-rescan-failed', { error }));
      const ended = clock.monotonic();
      const nextRound = Math.max(began + options.rescan, ended + pauseAfter(ended - began));
      while (!stopped && clock.monotonic() < nextRound) {
        await sleepUntil(Math.min(nextRound, times.next() ?? nextRound));
        await lookAtHinted().catch((error: unknown) => log.error('drive-rescan-failed', { error }));
      }
    }
  }

  const running = run();
  return {
    counts: () => ({ homes, watches: watch?.count() ?? 0, lastRescan }),
    async stop() {
      stopped = true;
      wake();
      await running;
      await watch?.stop();
    },
  };
}
