import { join } from 'node:path';
import type { Intake } from '../../core/custody/custody.ts';
import { waitingSince } from '../../core/custody/doctor/waiting-since.ts';
import type { ImpliedWork } from '../../core/custody/implied-work.ts';
import { isoTime, MINUTE } from '../../core/kit/clock.ts';
import { lookAtQueue, type QueueLook } from '../../jobs/look-at-queue.ts';
import type { QueueServer } from '../../jobs/queue-server.ts';
import { findRedisSocket } from '../../jobs/redis-place.ts';
import type { Config } from '../config/config.ts';
import { readSecretText } from '../keys/secret-file.ts';
import { MUTE } from '../mute-log.ts';
import type { DoctorFinding } from './finding.ts';

const CHECK = 'queue against ledger';

/** The sweeper comes by every minute: what waits longer without a job waits for nobody. */
const GRACE = 3 * MINUTE;

/** As much as one sweep hints at. */
const MOST_WORK = 10_000;

/** Each kind of finding names so many. */
const MOST_NAMED = 5;

/**
 * Compares what the ledger's states imply with what the queue of a running daemon holds. Only ever warns: the queue is
 * a hint, and what it has lost is late, not gone.
 */
export async function checkQueueAgainstLedger(
  config: Config,
  intake: Intake,
): Promise<readonly DoctorFinding[]> {
  const server = await findServer(config);
  if (typeof server === 'string') return [warning(server)];
  let work: readonly ImpliedWork[] = [];
  const implied = async () => {
    work = await intake.ledger.impliedWork(intake.clock.now(), MOST_WORK);
    return work;
  };
  const look = server === null ? null : await lookAtQueue({ server, implied, log: MUTE });
  if (look === null) {
    const detail =
      config.queue.kind === 'managed'
        ? 'no daemon runs, so there is no queue to compare; the next start makes it from the ledger'
        : 'the Redis of the site does not answer, so there is no queue to compare';
    return [{ check: CHECK, outcome: 'ok', detail }];
  }
  const found = await findingsOf(intake, look, work.length === MOST_WORK);
  const detail = `${look.jobs} jobs were compared with ${work.length} pieces of work that the ledger implies`;
  return [{ check: CHECK, outcome: found.length > 0 ? 'warning' : 'ok', detail }, ...found];
}

async function findServer({ data, queue }: Config): Promise<QueueServer | null | string> {
  if (queue.kind === 'managed') {
    const path = await findRedisSocket(join(data, '..', 'queue'));
    return path === null ? null : { kind: 'socket', path };
  }
  const { server, passwordFile } = queue;
  if (passwordFile === null || server.kind !== 'network') return server;
  try {
    return { ...server, password: await readSecretText(passwordFile, () => undefined) };
  } catch (error) {
    return `the queue could not be compared: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function findingsOf(
  intake: Intake,
  look: QueueLook,
  isCut: boolean,
): Promise<readonly DoctorFinding[]> {
  const old = intake.clock.now() - GRACE;
  const found: DoctorFinding[] = [];
  const late: string[] = [];
  for (const work of look.missing) {
    const since = await waitingSince(intake, work);
    if (since === null || since >= old) continue;
    late.push(`${work.job} of ${'ref' in work ? work.ref.id : nameOf(work)} since ${isoTime(since)}`);
  }
  if (late.length > 0)
    found.push(
      warning(`work waits and has no job: ${named(late)}; the sweeper finds it within a minute, if it runs`),
    );
  // With more work than was asked for, a job may be of the rest.
  const stray = isCut ? [] : look.unimplied.filter(({ since }) => since < old).map(({ id }) => id);
  if (stray.length > 0)
    found.push(
      warning(`jobs wait that nothing implies any more: ${named(stray)}; they will find nothing to do`),
    );
  const failed = look.failed.map(({ id, why }) => `${id} (${why})`);
  if (failed.length > 0)
    found.push(
      warning(
        `jobs have failed for good: ${named(failed)}; their ids are taken until they are removed at the queue board`,
      ),
    );
  if (look.foreign.length > 0)
    found.push(
      warning(`the queue holds what is no job of this version: ${named(look.foreign)}; workers drop it`),
    );
  return found;
}

function nameOf(work: ImpliedWork): string {
  return 'account' in work ? work.account : 'the clock';
}

function named(all: readonly string[]): string {
  const some = all.slice(0, MOST_NAMED).join(', ');
  return all.length > MOST_NAMED ? `${some} and ${all.length - MOST_NAMED} more` : some;
}

function warning(detail: string): DoctorFinding {
  return { check: CHECK, outcome: 'warning', detail };
}
