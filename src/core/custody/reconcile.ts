import { type Instant, MINUTE, type Millis } from '../kit/clock.ts';
import { type FileId, parseId, timeOfId } from '../kit/ids.ts';
import { fileRecord, systemActor } from './actors.ts';
import { undoIfHalfContinued } from './continue-upload.ts';
import type { Intake } from './custody.ts';
import type { CustodyFile } from './file.ts';
import { whyRestored } from './retention/restored-guard.ts';

const PAGE = 1000;
/** A daemon notes every two minutes that it works with the ledger. */
const UNNOTED: Millis = 3 * MINUTE;

const BOOT_MARK = 'boot-id';
const ACTOR = systemActor('reconcile');

/** What reconciliation did. */
export interface Reconciliation {
  /** Uploads that were cut back to what is known to be durable. */
  readonly truncated: number;
  /** Uploads whose airlock file had to be made again, because nothing of it had become durable. */
  readonly recreated: number;
  /** Uploads taken back that were to begin with the bytes of another file, and had not got them. */
  readonly undone: number;
  /** Small uploads that got their place in the airlock, as they have their row. */
  readonly placed: number;
  /** Small uploads that were cut off before their row, so that nobody was told of them. */
  readonly turnedAway: number;
}

/**
 * Gives unfinished work to the next generation, so that what an ended daemon may still have begun has no effect. To be
 * run at start, before any worker; safe while others work, whose work is then done again. Resolves with how many files.
 */
export async function renewWork({ ledger, clock }: Intake): Promise<number> {
  return ledger.renewGenerations((count) => ({
    at: clock.now(),
    actor: ACTOR,
    event: { type: 'generations-renewed', subjects: {}, data: { count } },
  }));
}

/**
 * Makes ledger and disk agree on uploads after any kind of end (invariant 9). To be run at start, before any door, and
 * while no other process has a door open: an upload that is under way looks like one that was cut off.
 *
 * `bootId` names this run of the machine. When it is another than at the last start, the page cache is gone: bytes
 * of unfinished uploads that were never synced may read as anything, so each is cut back to what the ledger knows
 * to be durable. After a mere kill of the daemon they are kept, except behind a gap; after a restoration from a backup
 * all are.
 *
 * `usedUntil` is when a daemon last noted in this ledger that it works with it; null when none has.
 */
export async function reconcile(
  intake: Intake,
  bootId: string,
  usedUntil: Instant | null,
): Promise<Reconciliation> {
  const { ledger } = intake;
  const coming = await settleComing(intake, usedUntil);
  const rebooted = (await ledger.readMark(BOOT_MARK)) !== bootId;
  const restored = (await whyRestored(ledger)) !== null;
  let truncated = 0;
  let recreated = 0;
  let undone = 0;
  for await (const file of unfinishedUploads(intake)) {
    const mended = restored ? await keepWhatIsThere(intake, file) : await mendUpload(intake, file, rebooted);
    if (mended === 'truncated') truncated++;
    if (mended === 'recreated') recreated++;
    if (mended === 'undone') undone++;
  }
  await ledger.writeMark(BOOT_MARK, bootId);
  return { truncated, recreated, undone, ...coming };
}

/**
 * What a crash left on its way into the airlock. Without a row it was never acknowledged; unless this is an older
 * ledger, which knows nothing of that time: then it may be somebody's only copy, and is left alone.
 */
async function settleComing(
  intake: Intake,
  usedUntil: Instant | null,
): Promise<{ placed: number; turnedAway: number }> {
  const { ledger, zones, log } = intake;
  let [placed, turnedAway] = [0, 0];
  for await (const { name } of zones.airlock.coming()) {
    const id = parseId('file', name);
    const file = id === null ? null : await ledger.fileById(id);
    if (file?.zone === 'airlock') {
      await zones.airlock.place(file.id);
      placed++;
    } else if (id !== null && file === null && isOfThisLedger(id, usedUntil)) {
      await zones.airlock.turnAway(id);
      turnedAway++;
    } else {
      log.error('airlock-stranger', { name });
    }
  }
  return { placed, turnedAway };
}

function isOfThisLedger(id: FileId, usedUntil: Instant | null): boolean {
  return usedUntil !== null && timeOfId(id) <= usedUntil + UNNOTED;
}

async function* unfinishedUploads(intake: Intake): AsyncGenerator<CustodyFile> {
  let before: CustodyFile['id'] | undefined;
  for (;;) {
    const page = await intake.ledger.listFiles({
      states: ['receiving'],
      limit: PAGE,
      ...(before !== undefined && { before }),
    });
    yield* page;
    before = page.at(-1)?.id;
    if (page.length < PAGE) return;
  }
}

/** A client goes on at the size that it is shown: the row has to say what is there, and it has to be durable. */
async function keepAll(intake: Intake, file: CustodyFile, size: number): Promise<void> {
  const handle = await intake.zones.airlock.open(file.id);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await intake.ledger.noteProgress(file, { size, gap: false, at: file.lastByteAt });
}

/**
 * By an older ledger that was put back: bytes behind what it knows may have been received and acknowledged since, so
 * none are cut off. What is whole is taken for what was received; what has a gap waits for a person.
 */
async function keepWhatIsThere(intake: Intake, file: CustodyFile): Promise<'kept'> {
  const found = await intake.zones.airlock.sizeOf(file.id);
  if (found !== null && found > file.size && !file.gap) await keepAll(intake, file, found);
  if (found === null || file.gap)
    intake.log.warn('restored-upload-left', { file: file.id, size: file.size, found });
  return 'kept';
}

async function mendUpload(
  intake: Intake,
  file: CustodyFile,
  rebooted: boolean,
): Promise<'kept' | 'truncated' | 'recreated' | 'undone'> {
  const { ledger, zones, clock, log } = intake;
  if (await undoIfHalfContinued(intake, file)) return 'undone';
  const found = await zones.airlock.sizeOf(file.id);
  if (found === null) {
    if (file.size > 0) {
      log.error('bytes-missing', { file: file.id, state: file.state, expected: file.size });
      return 'kept';
    }
    await zones.airlock.create(file.id);
    return 'recreated';
  }
  if (found < file.size)
    log.error('bytes-missing', { file: file.id, state: file.state, expected: file.size, found });
  if (found <= file.size) return 'kept';
  if (!rebooted && !file.gap) {
    await keepAll(intake, file, found);
    return 'kept';
  }
  const data = { from: found, to: file.size, rebooted };
  await ledger.appendAudit([fileRecord(clock.now(), ACTOR, 'upload-truncated', file, { data })]);
  const handle = await zones.airlock.open(file.id);
  try {
    await handle.truncate(file.size);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await ledger.noteProgress(file, { size: file.size, gap: false, at: file.lastByteAt });
  return 'truncated';
}
