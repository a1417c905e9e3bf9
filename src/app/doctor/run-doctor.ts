import { checkCustody } from '../../core/custody/check-custody.ts';
import type { Intake } from '../../core/custody/custody.ts';
import { repairCustody } from '../../core/custody/doctor/repair.ts';
import type { Ledger } from '../../core/custody/ports.ts';
import { clockSuspicion } from '../../core/custody/retention/clock-guard.ts';
import { whyRestored } from '../../core/custody/retention/restored-guard.ts';
import { openSqliteLedger } from '../../stores/ledger/sqlite-ledger.ts';
import { openInstallationZones } from '../cli/installation-zones.ts';
import type { Config } from '../config/config.ts';
import { custodyPolicy } from '../config/custody-policy.ts';
import { siteGates } from '../config/site-gates.ts';
import { MUTE } from '../mute-log.ts';
import { systemClock } from '../system-clock.ts';
import { checkCheckpoints } from './check-checkpoints.ts';
import { checkMails } from './check-mails.ts';
import { checkQueueAgainstLedger } from './check-queue.ts';
import { checkSurroundings } from './check-surroundings.ts';
import type { DoctorFinding } from './finding.ts';

/** What the doctor saw, broken invariants first. */
export interface DoctorReport {
  readonly findings: readonly DoctorFinding[];
}

/**
 * Compares disk, ledger, audit log and the queue of a running daemon against the ordering invariants, and looks at
 * what the daemon stands on.
 * Changes no file and no row, unless told to `repair`: then it first mends what is safe, says what it did, and
 * reports what is still wrong. Works beside a running daemon. Throws when the ledger or the zones cannot be opened.
 */
export async function runDoctor(config: Config, repair = false): Promise<DoctorReport> {
  const zones = await openInstallationZones(config);
  const ledger = await openSqliteLedger({ file: config.ledger.file });
  try {
    const policy = custodyPolicy(config);
    const hints = { hint: () => undefined };
    const gates = await siteGates(config);
    const intake = { ledger, zones, hints, clock: systemClock, log: MUTE, policy, gates };
    const repaired = repair ? await repairCustody(intake) : [];
    const custody = await custodyFindings(intake);
    const queue = await checkQueueAgainstLedger(config, intake);
    const checkpoints = await checkCheckpoints(config, ledger);
    const surroundings = await checkSurroundings(config, zones);
    const mended = repaired.map(
      (detail): DoctorFinding => ({ check: 'repair', outcome: 'repaired', detail }),
    );
    return {
      findings: [
        ...mended,
        ...custody,
        ...queue,
        ...checkpoints,
        await checkClock(ledger),
        await checkFreezes(ledger),
        ...(await checkMails(ledger, systemClock.now())),
        ...(await checkRestored(ledger)),
        ...surroundings,
      ],
    };
  } finally {
    await ledger.close();
  }
}

async function checkClock(ledger: Ledger): Promise<DoctorFinding> {
  const why = await clockSuspicion(ledger);
  if (why === null) return { check: 'clock', outcome: 'ok', detail: 'the clock is trusted' };
  const next = 'nothing is destroyed until `havengate clock accept`';
  return { check: 'clock', outcome: 'warning', detail: `the clock is suspect: ${why}; ${next}` };
}

async function checkRestored(ledger: Ledger): Promise<readonly DoctorFinding[]> {
  const why = await whyRestored(ledger);
  if (why === null) return [];
  return [
    { check: 'restored', outcome: 'warning', detail: `${why}; look, then \`havengate restore accept\`` },
  ];
}

async function checkFreezes(ledger: Ledger): Promise<DoctorFinding> {
  const live = await ledger.listFreezes(true);
  if (live.length === 0) return { check: 'freezes', outcome: 'ok', detail: 'nothing is frozen' };
  const said = await Promise.all(
    live.map(async ({ id, target }) => {
      const name = (await ledger.freezeTargetName(target)) ?? 'unknown';
      return `${target.kind === 'all' ? name : `${target.kind} ${name}`} (${id})`;
    }),
  );
  const detail = `frozen: ${said.join(', ')}; two people lift it: \`havengate freeze lift ID\``;
  return { check: 'freezes', outcome: 'warning', detail };
}

async function custodyFindings(intake: Intake): Promise<readonly DoctorFinding[]> {
  const { files, auditRows, findings } = await checkCustody(intake);
  const summary = `${files} files with bytes and ${auditRows} audit rows were compared`;
  const seen = findings.map(
    ({ severity, invariant, file, message }): DoctorFinding => ({
      check: invariant === null ? 'custody' : `invariant ${invariant}`,
      outcome: severity === 'fault' ? 'broken' : 'warning',
      detail: file === null ? message : `${file}: ${message}`,
    }),
  );
  const broken = seen.filter(({ outcome }) => outcome === 'broken');
  const warned = seen.filter(({ outcome }) => outcome === 'warning');
  return [
    ...broken,
    { check: 'custody', outcome: broken.length > 0 ? 'warning' : 'ok', detail: summary },
    ...warned,
  ];
}
