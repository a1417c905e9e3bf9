import type { Actor } from '../audit/events.ts';
import { type Failpoint, reach } from '../kit/failpoint.ts';
import { fileRecord } from './actors.ts';
import { findArrivalName } from './arrival-name.ts';
import type { Custody } from './custody.ts';
import { type ArrivalPath, type CustodyFile, type FileRef, isSettled } from './file.ts';
import { waitWhileFrozen } from './freezes/frozen-work.ts';
import { DONE, type JobEnd } from './inspect-file.ts';
import type { FileMove } from './ports.ts';
import { publishedPlace } from './published.ts';
import { clockSuspicion } from './retention/clock-guard.ts';
import { holdFile, quarantineFile } from './stop-file.ts';
import { freePlace, takePlaceOfEarlier } from './supersede-file.ts';
import { judge, newestVerdicts, type ResearchFormat } from './verdict.ts';

/** One of the two ways through the wall, in or out: how an inspected file passes it. */
export interface Passage {
  readonly actor: Actor;
  /** The durable intent: a name is reserved, and the disk may have been touched. */
  readonly intent: 'admitting' | 'releasing';
  readonly begun: 'admission-begun' | 'release-begun';
  readonly renamed: 'arrival-renamed' | 'release-renamed';
  /** The name is reserved in the ledger. */
  readonly reserved: Failpoint;
  /** Asked before a name is reserved, and again before anything is published. Otherwise it has stopped the file. */
  mayPass(custody: Custody, file: CustodyFile): Promise<boolean>;
  /** The bytes have their published name. */
  finish(custody: Custody, file: CustodyFile): Promise<JobEnd>;
  /** The same bytes are published under the same name already: no second copy is made (invariant 5). */
  passAgain(custody: Custody, file: CustodyFile, published: CustodyFile): Promise<JobEnd>;
}

/**
 * Decides what becomes of an inspected file that has settled, and carries it out: publishes it under a reserved
 * name, or holds or quarantines it. Safe to run twice, also at once, and after a crash at any line: the reserved
 * name is durable before the disk is touched, and our own inode under it counts as done.
 */
export async function passFile(custody: Custody, passage: Passage, ref: FileRef): Promise<JobEnd> {
  const file = await custody.ledger.fileById(ref.id);
  if (file === null || file.generation !== ref.generation) return DONE;
  const frozen = await waitWhileFrozen(custody, file);
  if (frozen !== null) return frozen;
  if (file.state === passage.intent) return publish(custody, passage, file);
  if (file.state !== 'inspecting' || file.inspectedAt === null) return DONE;
  if (!isSettled(file, custody.clock.now())) return { end: 'later', why: 'the file has not settled' };
  // The time for which it is kept would be counted from a wrong moment.
  if ((await clockSuspicion(custody.ledger)) !== null)
    return { end: 'later', why: 'the clock is not trusted' };
  const verdicts = newestVerdicts(await custody.ledger.verdictsOf(file.id), file.sha256);
  const judgement = judge(verdicts, custody.policy.scan);
  if (judgement.outcome === 'quarantine')
    return quarantineFile(custody, passage.actor, file, judgement.reason);
  if (judgement.outcome === 'hold') return holdFile(custody, passage.actor, file, judgement.reason);
  if (!(await passage.mayPass(custody, file))) return DONE;
  return reserveName(custody, passage, file, judgement.unscanned ?? null);
}

/** `unscanned` is the format that it passes as without a scan, for the audit log. */
async function reserveName(
  custody: Custody,
  passage: Passage,
  file: CustodyFile,
  unscanned: ResearchFormat | null,
): Promise<JobEnd> {
  const place = await takePlaceOfEarlier(custody, file, begun(custody, passage, file, unscanned));
  if (place.kind === 'wait') return { end: 'later', why: place.why };
  if (place.kind === 'taken') return publish(custody, passage, place.file);
  const found = await findArrivalName(custody, file);
  if (found.kind === 'wait') return { end: 'later', why: 'the same bytes are just being published' };
  if (found.kind === 'none') return holdFile(custody, passage.actor, file, 'name-unavailable');
  if (found.kind === 'same-bytes') return passage.passAgain(custody, file, found.published);
  const moved = await custody.ledger.moveFile(begun(custody, passage, file, unscanned)(found.path));
  if (moved === 'lost-race') return DONE;
  if (moved === 'name-taken') return reserveName(custody, passage, file, unscanned);
  reach(passage.reserved);
  return publish(custody, passage, { ...file, state: passage.intent, arrival: found.path });
}

/** The move that reserves a name. */
function begun(
  custody: Custody,
  passage: Passage,
  file: CustodyFile,
  unscanned: ResearchFormat | null,
): (path: ArrivalPath) => FileMove {
  const at = custody.clock.now();
  return (path) => ({
    ref: file,
    from: 'inspecting',
    to: passage.intent,
    settledAt: at,
    changes: { arrival: path },
    audit: fileRecord(at, passage.actor, passage.begun, file, {
      ...(unscanned !== null && { data: { unscanned } }),
      path,
    }),
  });
}

async function publish(custody: Custody, passage: Passage, file: CustodyFile): Promise<JobEnd> {
  if (file.arrival === null || file.sha256 === null) {
    throw new Error(`file ${file.id} is ${file.state} without a name or a digest`);
  }
  if (!(await passage.mayPass(custody, file))) return DONE;
  const { id, size, sha256 } = file;
  const free = await freePlace(custody, file);
  if (free.end === 'later') return free;
  if (file.zone === 'quarantine') await leaveQuarantine(custody, passage, file);
  const { zone, name } = await publishedPlace(custody, file, file.arrival);
  const frozen = await waitWhileFrozen(custody, file);
  if (frozen !== null) return frozen;
  const outcome = await zone.publish({ file: id, ...name, size, sha256 });
  switch (outcome) {
    case 'published':
    case 'already-published':
      return passage.finish(custody, { ...file, inode: await zone.markOf(name) });
    case 'name-occupied':
      return takeNextName(custody, passage, file);
    case 'bytes-missing':
    case 'bytes-differ':
      custody.log.error('airlock-bytes-differ', { file: id, outcome });
      return holdFile(custody, passage.actor, file, 'bytes-differ');
  }
}

/** Two people have let a quarantined file pass: it is published from the airlock, as every other. */
async function leaveQuarantine(custody: Custody, passage: Passage, file: CustodyFile): Promise<void> {
  await custody.zones.quarantine.giveBack(file.id);
  const audit = fileRecord(custody.clock.now(), passage.actor, 'quarantine-left', file);
  await custody.ledger.moveBytes(file, 'quarantine', 'airlock', audit);
}

/** Something that the ledger does not know has the name on disk: it is left alone, and the next name is taken. */
async function takeNextName(custody: Custody, passage: Passage, file: CustodyFile): Promise<JobEnd> {
  const found = await findArrivalName(custody, file);
  if (found.kind !== 'free') return holdFile(custody, passage.actor, file, 'name-unavailable');
  const moved = await custody.ledger.moveFile({
    ref: file,
    from: passage.intent,
    to: passage.intent,
    changes: { arrival: found.path },
    audit: fileRecord(custody.clock.now(), passage.actor, passage.renamed, file, { path: found.path }),
  });
  if (moved === 'lost-race') return DONE;
  return moved === 'moved'
    ? publish(custody, passage, { ...file, arrival: found.path })
    : takeNextName(custody, passage, file);
}
