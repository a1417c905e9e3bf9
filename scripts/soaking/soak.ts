import { setTimeout as sleep } from 'node:timers/promises';
import { SFTP } from '../../test/sftp/clients/openssh-clients.ts';
import { LFTP, PARAMIKO, RCLONE } from '../../test/sftp/clients/other-clients.ts';
import { eventually } from '../../test/support/wait.ts';
import { administering } from './administering.ts';
import { BrokenPromise } from './broken-promise.ts';
import { checkModel, isSettled } from './check-model.ts';
import type { Counts } from './counts.ts';
import { type Dice, diceOf } from './dice.ts';
import { askDoctor, verifyAudit } from './doctor.ts';
import { FAULTS, type Fault } from './faults.ts';
import { type Haven } from './haven.ts';
import { hostKeyOf } from './host-key.ts';
import { createKnownBytes, type KnownBytes } from './known-bytes.ts';
import { listRows } from './listed-row.ts';
import { createModel, type Model } from './model.ts';
import type { Options } from './options.ts';
import { type People, startPeople } from './people.ts';
import { uploadingByTus, uploadingWith } from './uploading.ts';
import { watchPublished } from './watch-published.ts';
import { workingInside } from './working-inside.ts';

/** Whatever was sent has come to its end by then, when all is well. */
const LONGEST_SETTLING_MS = 900_000;

interface Scene {
  readonly haven: Haven;
  readonly model: Model;
  readonly bytes: KnownBytes;
  readonly people: People;
  readonly counts: Counts;
  readonly say: (text: string) => void;
}

/**
 * Runs people and faults against a haven until the time is over, and checks after every fault. Throws a
 * `BrokenPromise` at the first that does not hold.
 */
export async function soak(
  haven: Haven,
  options: Options,
  counts: Counts,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { seed } = options;
  const dice = diceOf(seed);
  const model = createModel();
  await haven.start();
  const workers = {
    sftp: uploadingWith(SFTP, hostKeyOf(haven)),
    lftp: uploadingWith(LFTP, hostKeyOf(haven)),
    rclone: uploadingWith(RCLONE, hostKeyOf(haven)),
    paramiko: uploadingWith(PARAMIKO, hostKeyOf(haven)),
    tus: uploadingByTus,
    inside: workingInside,
    team: administering,
  };
  const people = await startPeople(workers, { haven, model, dice, counts, seed });
  const watcher = watchPublished(haven, model, counts);
  const scene = { haven, model, bytes: createKnownBytes(), people, counts, say };
  const interrupted = new Promise<never>((_, fail) => {
    signal.addEventListener('abort', () => fail(new Error('interrupted')), { once: true });
  });
  try {
    await Promise.race([
      rounds(scene, options, dice.of('faults')),
      people.failed,
      watcher.failed,
      interrupted,
    ]);
  } finally {
    await Promise.race([people.pause('interrupt'), sleep(5000)]);
    await watcher.stop();
  }
}

async function rounds(scene: Scene, { lasts, faults: wanted }: Options, dice: Dice): Promise<void> {
  const { haven, counts, say } = scene;
  const end = performance.now() + lasts;
  const possible = FAULTS.filter((fault) => isPossible(fault, haven, wanted, say));
  for (let round = 1; performance.now() < end; round++) {
    await sleep(dice.between(300, 4000));
    const fault = dice.pick(possible);
    const before = performance.now();
    const done = await fault.strike(haven, dice);
    counts.add(`fault: ${fault.name}`);
    await expectAlive(scene);
    const how = dice.next();
    if (how < 0.4) await checkLive(scene);
    else if (how < 0.8) await checkStopped(scene, dice);
    else await checkSettled(scene);
    const seconds = ((performance.now() - before) / 1000).toFixed(1);
    say(`round ${round}: ${fault.name}: ${done}; checked in ${seconds} s`);
    counts.add('rounds');
  }
  await checkSettled(scene);
  await scene.people.stop();
  await checkSettled(scene);
  await haven.end('SIGTERM');
  await checkNow(scene, false);
}

function isPossible(
  fault: Fault,
  haven: Haven,
  wanted: readonly string[],
  say: (text: string) => void,
): boolean {
  if (wanted.length > 0 && !wanted.includes(fault.name)) return false;
  const why = fault.whyNot?.(haven) ?? null;
  if (why !== null) say(`without ${fault.name}: ${why}`);
  return why === null;
}

/** A fault that is no death of the daemon must not be one. */
async function expectAlive({ haven }: Scene): Promise<void> {
  const { daemon } = haven;
  if (daemon === null) {
    await haven.start();
    return;
  }
  const gone = await Promise.race([daemon.ended, sleep(0, null)]);
  if (gone === null) return;
  throw new BrokenPromise('a daemon lives through every fault but its own death', [
    `it ended with ${gone.code ?? gone.signal}`,
    daemon.stderr().slice(-2000),
  ]);
}

/** While everybody goes on. */
async function checkLive({ haven, counts }: Scene): Promise<void> {
  await askDoctor(haven);
  counts.add('checks of the live installation');
}

/** Nobody works, and the daemon is gone in one way or the other. */
async function checkStopped(scene: Scene, dice: Dice): Promise<void> {
  const { haven, people, counts } = scene;
  await haven.end(dice.chance(0.5) ? 'SIGKILL' : 'SIGTERM');
  await people.pause('interrupt');
  await checkNow(scene, false);
  await haven.start();
  people.resume();
  counts.add('checks of the stopped installation');
}

/** As the message of a failed sync asks for. */
async function restart(haven: Haven): Promise<void> {
  await haven.end('SIGTERM');
  await haven.start();
}

/** Nobody works, and the daemon has done everything that there was to do. */
async function checkSettled(scene: Scene): Promise<void> {
  const { haven, people, counts } = scene;
  await people.pause('finish');
  if (haven.hasFailedSync) await restart(haven);
  await acceptClock(haven);
  await eventually(
    'nothing is under way',
    async () => isSettled(await listRows(haven.site)),
    LONGEST_SETTLING_MS,
  ).catch(async (error: unknown) => {
    const stuck = (await listRows(haven.site)).filter((row) => !isSettled([row]));
    throw new BrokenPromise(
      `a haven that is left alone finishes its work: ${String(error)}`,
      stuck.map((row) => JSON.stringify(row)),
    );
  });
  await checkNow(scene, true);
  people.resume();
  counts.add('checks of the settled installation');
}

async function checkNow({ haven, model, bytes, counts }: Scene, settled: boolean): Promise<void> {
  await askDoctor(haven);
  await verifyAudit(haven);
  const faults = await checkModel(haven, model, bytes, settled);
  if (faults.length > 0) throw new BrokenPromise('what was acknowledged is there, with its digest', faults);
  counts.add(
    'uploads looked after',
    model.sent.filter(({ acknowledged }) => acknowledged).length - counts.of('uploads looked after'),
  );
}

/** A start with an earlier clock than the last makes it suspect, which a person clears. */
async function acceptClock({ site }: Haven): Promise<void> {
  await site.havengate('clock', 'accept');
}
