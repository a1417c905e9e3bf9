import type { Intake } from '../../core/custody/custody.ts';
import type { Logger } from '../../core/kit/logger.ts';
import type { RunningDrives } from '../../doors/drives/start-drives.ts';
import type { Queues } from '../../jobs/queues.ts';
import type { HealthCheck } from '../../ops/ports.ts';
import { startOps } from '../../ops/start-ops.ts';
import type { Config } from '../config/config.ts';
import { loadOpsPassword } from '../keys/load-keys.ts';
import type { Closing } from './closing.ts';
import { explainListening } from './explain-listening.ts';
import type { RunningCheck } from './start-check.ts';
import type { RunningDoor } from './start-doors.ts';
import type { RunningGuard } from './start-guard.ts';
import type { RunningScrub } from './start-scrub.ts';

/** What the operations listener shows. */
export interface OpsParts {
  readonly config: Config;
  readonly intake: Intake;
  readonly queues: Queues;
  readonly doors: readonly RunningDoor[];
  /** Null where this process has no doors. */
  readonly guard: RunningGuard | null;
  /** Null where this process looks after none. */
  readonly drives: RunningDrives | null;
  readonly scrub: RunningScrub;
  /** Null where another process checks. */
  readonly check: RunningCheck | null;
  readonly log: Logger;
  readonly closing: Closing;
}

/** Starts the operations listener, last of all: it answers `ready` only when the rest is there. */
export async function startOpsListener(parts: OpsParts): Promise<{ host: string; port: number }> {
  const { config, intake, queues, doors, guard, drives, scrub, check, log, closing } = parts;
  const { listen } = config.ops;
  const password = await loadOpsPassword(config, (problem) => log.warn('key-readable', { ...problem }));
  const ops = await startOps({
    listen,
    password,
    checks: healthChecks(intake, queues),
    sources: {
      filesByState: () => intake.ledger.countByState(),
      freezes: () => countFreezes(intake.ledger),
      mails: () => countMails(intake),
      sessions: () => doors.map((door) => ({ door: door.kind, side: door.side, sessions: door.sessions() })),
      limits: () => [
        ...doors.flatMap((door) =>
          door.limits().map((use) => ({ door: door.kind, side: door.side, ...use })),
        ),
        ...(guard?.limits() ?? []).map((use) => ({ door: 'all', side: 'both', ...use })),
      ],
      drives: () => drives?.counts() ?? null,
      scrub: () => scrub.counts(),
      check: () => check?.counts() ?? null,
    },
    queueView: { queues: queues.all, isReachable: () => queues.isReachable() },
    log,
  }).catch((error: unknown) => {
    throw explainListening(error, 'the operations listener', listen);
  });
  closing.later('ops', () => ops.close());
  return { host: ops.host, port: ops.port };
}

async function countFreezes(ledger: Intake['ledger']): Promise<Readonly<Record<string, number>>> {
  const counts = { account: 0, project: 0, door: 0, all: 0 };
  for (const { target } of await ledger.listFreezes(true)) counts[target.kind]++;
  return counts;
}

async function countMails({ ledger, clock }: Intake): Promise<Record<'waiting' | 'given-up', number>> {
  const counts = { waiting: 0, 'given-up': 0 };
  for (const { nextAt } of await ledger.untakenMails(clock.now()))
    counts[nextAt === null ? 'given-up' : 'waiting']++;
  return counts;
}

function healthChecks(intake: Intake, queues: Queues): readonly HealthCheck[] {
  return [
    {
      name: 'ledger',
      async check() {
        await intake.ledger.auditHead();
      },
    },
    { name: 'queue', check: () => queues.ping() },
    {
      name: 'disk',
      async check() {
        if ((await intake.zones.airlock.room()) <= 0) throw new Error('no room is left for uploads');
      },
    },
  ];
}
