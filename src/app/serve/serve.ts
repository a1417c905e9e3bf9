import { publishAgreement } from '../../core/accounts/record-standing.ts';
import type { Actor, AuditRecord } from '../../core/audit/events.ts';
import type { Intake } from '../../core/custody/custody.ts';
import { lastTrustedTime } from '../../core/custody/retention/clock-guard.ts';
import { type Millis, SECOND } from '../../core/kit/clock.ts';
import type { Logger } from '../../core/kit/logger.ts';
import { inspectNativeBinding } from '../../doors/sftp/native-binding.ts';
import { openQueues, type Queues } from '../../jobs/queues.ts';
import { startRetentionSchedule } from '../../jobs/retention-schedule.ts';
import { type Sweeper, startSweeper } from '../../jobs/sweeper.ts';
import { createWorkHints } from '../../jobs/work-hints.ts';
import { createLogger } from '../../ops/logger.ts';
import type { Config } from '../config/config.ts';
import type { DaemonRole } from '../config/daemon-roles.ts';
import { programVersion } from '../program-version.ts';
import { systemClock } from '../system-clock.ts';
import { bootClock } from './boot-clock.ts';
import { startChores } from './chores.ts';
import { startClockPatrol } from './clock-patrol.ts';
import { type Closing, createClosing } from './closing.ts';
import { installCrashTest } from './crash-tests.ts';
import { createHeldOutput } from './held-output.ts';
import { noteConfiguration } from './note-configuration.ts';
import { openStores } from './open-custody.ts';
import { reconcileAtStart } from './reconcile-at-start.ts';
import { startCheck } from './start-check.ts';
import { startCheckpoints } from './start-checkpoints.ts';
import { type RunningDoor, startDoors } from './start-doors.ts';
import { startDrivesDoor } from './start-drives.ts';
import { startGuard } from './start-guard.ts';
import { startOpsListener } from './start-ops-listener.ts';
import { startQueue } from './start-queue.ts';
import { askForScrubs, createScrub } from './start-scrub.ts';
import { startCustodyWorkers } from './start-workers.ts';

/** How long the process may live on when the daemon has stopped. */
const LONGEST_FAREWELL: Millis = 5 * SECOND;

const SYSTEM: Actor = { kind: 'system', part: 'daemon' };

/**
 * Runs the daemon until SIGTERM or SIGINT, and resolves when it has stopped: nothing new is taken, running writes
 * get a bounded time, what is unfinished stays resumable. Rejects when it cannot start, with everything closed
 * again. A second signal ends the process at once.
 *
 * The first line on standard output is the `ready` line.
 */
export async function serve(
  config: Config,
  options: { readonly roles: readonly DaemonRole[] },
): Promise<void> {
  installCrashTest(process.env);
  const output = createHeldOutput();
  const log = createLogger({ level: config.log.level, destination: output });
  const closing = createClosing(log);
  const stopped = stopSignal();
  try {
    const ready = await start(config, options.roles, log, closing);
    output.releaseAfter(() => log.info('ready', ready));
    const signal = await stopped;
    log.info('stopping', { signal });
  } finally {
    await closing.closeAll();
    output.releaseAfter(() => undefined);
  }
  log.info('stopped');
  endSoon(log);
}

/** Everything is closed: what still keeps the process alive is a fault, and must not keep the next start waiting. */
function endSoon(log: Logger): void {
  setTimeout(() => {
    log.error('left-open', { resources: process.getActiveResourcesInfo() });
    process.exit();
  }, LONGEST_FAREWELL).unref();
}

type Ready = Readonly<Record<string, unknown>>;

async function start(
  config: Config,
  roles: readonly DaemonRole[],
  log: Logger,
  closing: Closing,
): Promise<Ready> {
  sayWhatMatters(config, log);
  const stores = await openStores(config, log, closing);
  // Before the first row of this start: its time would be the ledger's last.
  const usedUntil = await lastTrustedTime(stores.ledger);
  const patrol = await startClockPatrol(stores.ledger, bootClock, log, closing);
  const queue = await startQueue(config, log, closing);
  const queues = openQueues({ server: queue.server, log });
  closing.later('queues', () => queues.close());
  const intake = stores.intake(createWorkHints({ queues, log }));
  await reconcileAtStart(config, intake, roles, usedUntil, closing);
  const signSoon = roles.includes('workers')
    ? await startCheckpoints(config, stores.ledger, log, closing)
    : () => undefined;
  await recordStart(config, intake, roles, closing);
  const scrub = createScrub(config, intake);
  let sweeper: Sweeper | null = null;
  const sweepSoon = () => sweeper?.sweepSoon();
  const custody = roles.includes('workers')
    ? await startCustodyWorkers(config, intake, queue, { patrol, sweepSoon, scrub }, log, closing)
    : null;
  // After the workers, so that it ends before they are waited for.
  closing.later('scrub', async () => scrub.stop());
  const guard = roles.includes('doors') ? await startGuard(config, stores.ledger, queue, log, closing) : null;
  const doors = guard === null ? [] : await startDoors(config, intake, guard, log, closing);
  const drives = roles.includes('clock') ? await startDrivesDoor(config, intake, closing) : null;
  if (roles.includes('clock')) sweeper = startClock(config, intake, queues, log, closing);
  const check = custody !== null && roles.includes('clock') ? startCheck(config, custody, closing) : null;
  const seen = { doors, guard, drives, scrub, check };
  const ops = await startOpsListener({ config, intake, queues, ...seen, log, closing });
  signSoon();
  return { version: programVersion(), roles, doors: doors.map(describeDoor), ops };
}

function describeDoor({ kind, side, host, port }: RunningDoor): Ready {
  return { kind, side, host, port };
}

/** What an operator has to know of this installation, in the log of every start. */
function sayWhatMatters(config: Config, log: Logger): void {
  if (!config.scan.on) log.warn('scan-off', { message: 'files are admitted without a malware scan' });
  for (const door of config.doors) {
    if (door.kind !== 'portal' || !door.behindProxy || door.address !== null) continue;
    const message = 'no security keys and passkeys are taken: give the address that people open the pages by';
    log.warn('security-keys-off', { side: door.side, message });
  }
  const binding = inspectNativeBinding();
  if (binding.state === 'loaded') log.info('ssh-crypto', { native: true });
  else log.warn('ssh-crypto', { native: false, state: binding.state, reason: binding.reason });
}

function startClock(config: Config, intake: Intake, queues: Queues, log: Logger, closing: Closing): Sweeper {
  const sweeper = startSweeper({ ledger: intake.ledger, hints: intake.hints, clock: systemClock, log });
  queues.onReachable(() => sweeper.sweepSoon());
  closing.later('sweeper', () => sweeper.stop());
  const schedule = startRetentionSchedule({ queues, hints: intake.hints, log });
  closing.later('retention-schedule', async () => schedule.stop());
  startChores(intake, closing);
  if (config.scrub.on) askForScrubs(intake.hints, queues, closing);
  return sweeper;
}

async function recordStart(
  config: Config,
  intake: Intake,
  roles: readonly DaemonRole[],
  closing: Closing,
): Promise<void> {
  const { agreement } = intake.gates.site;
  if (agreement !== null) await publishAgreement(intake, agreement);
  const configuration = await noteConfiguration(intake.ledger, config, systemClock);
  const scan = intake.policy.scan.on ? 'on' : 'off';
  const data = { version: programVersion(), roles: [...roles], scan, configuration };
  await intake.ledger.appendAudit([record('daemon-started', data)]);
  closing.later('audit', () => intake.ledger.appendAudit([record('daemon-stopped', {})]));
}

function record(
  type: 'daemon-started' | 'daemon-stopped',
  data: AuditRecord['event']['data'] & object,
): AuditRecord {
  return { at: systemClock.now(), actor: SYSTEM, event: { type, subjects: {}, data } };
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((stop) => {
    const end = (signal: NodeJS.Signals) => {
      stop(signal);
      process.once(signal, () => process.exit(1));
    };
    process.once('SIGTERM', () => end('SIGTERM'));
    process.once('SIGINT', () => end('SIGINT'));
  });
}
