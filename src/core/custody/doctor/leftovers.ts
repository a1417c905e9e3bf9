import { MINUTE, type Millis } from '../../kit/clock.ts';
import { parseId } from '../../kit/ids.ts';
import type { Intake } from '../custody.ts';
import { type Finding, warning } from '../custody-finding.ts';
import { type CustodyFile, isInCustody } from '../file.ts';
import { publishedPlace } from '../published.ts';
import { whyRestored } from '../retention/restored-guard.ts';
import type { FileState } from '../states.ts';
import type { Leftover } from '../zone-ports.ts';
import type { Pace } from './pace.ts';

/** What passes through the daemon's own folders does so in a moment; a copy in the making is written to. */
const AT_WORK: Millis = MINUTE;

/** States whose job takes up what an earlier run of it has left. */
const TAKEN_UP: readonly FileState[] = ['moving', 'admitting', 'releasing'];

/** A copy of a file in the making: the file's id, and something random. */
const COPY = /^(file_[0-9a-z]+)-[0-9a-f]{16}$/;

/** The old name of a working file that was renamed, after the new one was given. */
const RENAMED = /^renamed-[0-9a-f]{16}$/;

/** An empty file that a folder is tried with; it is taken away where it is made. */
const PROBE = /^probe-[0-9a-f]{16}(?:-link)?$/;

/**
 * What a name in one of the daemon's own folders is.
 * - `at-work`: somebody is at it, or a job will be.
 * - `spare`: a second copy, or a second name, of bytes that stand where the ledger or people know them.
 * - `unknown`: it may be the only name of its bytes.
 */
type Judgement = 'at-work' | 'spare' | 'unknown';

/** Warns of what a crash has left in the folders where copies are made and names pass through. */
export async function checkLeftovers(intake: Intake, pace: Pace): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for await (const left of intake.zones.leftovers.list()) {
    await pace();
    const judged = await judge(intake, left);
    if (judged === 'at-work') continue;
    const what =
      judged === 'spare'
        ? 'is a second copy or name that a crash left; the next start removes it'
        : 'may be the only name of its bytes, and nobody accounts for it; look at it, then move it to where it belongs or remove it';
    findings.push(warning(left.name, `${left.path} ${what}`));
  }
  return findings;
}

/**
 * Unlinks what is spare, so that a copy of a destroyed file does not outlive it. Nothing whose bytes may have no other
 * name is touched, and nothing at all by a ledger that was put back from a backup. A failure is logged. To be run at
 * start. Returns how many names were unlinked.
 */
export async function dropSpareLeftovers(intake: Intake): Promise<number> {
  const { zones, ledger, log } = intake;
  if ((await whyRestored(ledger)) !== null) return 0;
  let dropped = 0;
  for await (const left of zones.leftovers.list()) {
    if ((await judge(intake, left)) !== 'spare') continue;
    try {
      if (!(await zones.leftovers.drop(left))) continue;
      dropped++;
      log.info('leftover-dropped', { place: left.place, name: left.name, size: left.size });
    } catch (error) {
      log.warn('leftover-kept', { place: left.place, name: left.name, error });
    }
  }
  return dropped;
}

async function judge(intake: Intake, left: Leftover): Promise<Judgement> {
  if (intake.clock.now() - left.changedAt < AT_WORK) return 'at-work';
  if (left.size === 0 && PROBE.test(left.name)) return 'at-work';
  if (!left.isFile) return 'unknown';
  const id = parseId('file', COPY.exec(left.name)?.[1] ?? '');
  if (id === null) return RENAMED.test(left.name) && left.links > 1 ? 'spare' : 'unknown';
  const file = await intake.ledger.fileById(id);
  if (file === null) return 'unknown';
  if (TAKEN_UP.includes(file.state)) return 'at-work';
  return left.links > 1 || (await hasItsBytes(intake, file)) ? 'spare' : 'unknown';
}

/** Whether a file has no need of a copy: its bytes stand where its row says, or it is done with. */
async function hasItsBytes(intake: Intake, file: CustodyFile): Promise<boolean> {
  const { zones } = intake;
  if (!isInCustody(file.zone)) return true;
  switch (file.zone) {
    case 'airlock':
      return (await zones.airlock.sizeOf(file.id)) === file.size;
    case 'quarantine':
      return (await zones.quarantine.sizeOf(file.id)) === file.size;
    default: {
      if (file.arrival === null) return false;
      const { zone, name } = await publishedPlace(intake, file, file.arrival);
      return (await zone.sizeOf(name)) === file.size;
    }
  }
}
