import { admitFile } from '../../core/custody/admit-file.ts';
import { checkFile } from '../../core/custody/check-file.ts';
import { clearAirlock } from '../../core/custody/clear-airlock.ts';
import type { Custody } from '../../core/custody/custody.ts';
import { releaseFile } from '../../core/custody/outbound/release-file.ts';
import { sealFile } from '../../core/custody/outbound/seal-file.ts';
import { destroyFile } from '../../core/custody/retention/destroy-file.ts';
import { sendSecurityMails } from '../../core/custody/security-mails/send-security-mails.ts';
import { sendNotices } from '../../core/custody/send-notices.ts';
import { moveFile } from '../../core/custody/shares/move-file.ts';
import type { JobHandlers } from '../../jobs/job-handlers.ts';
import type { ClockPatrol } from './clock-patrol.ts';
import type { RunningScrub } from './start-scrub.ts';
import { triggerRetention } from './trigger-retention.ts';

/** What handlers need beside custody. */
export interface HandlerParts {
  readonly patrol: ClockPatrol;
  readonly sweepSoon: () => void;
  readonly scrub: RunningScrub;
}

/** One thin handler for each job of the closed list: the core does the work. */
export function jobHandlers(custody: Custody, parts: HandlerParts): JobHandlers {
  const { patrol, sweepSoon, scrub } = parts;
  return {
    'inspect-file': (work) => checkFile(custody, work.ref),
    'admit-file': (work) => admitFile(custody, work.ref),
    'move-file': (work) => moveFile(custody, work.ref),
    'seal-file': (work) => sealFile(custody, work.ref),
    'release-file': (work) => releaseFile(custody, work.ref),
    'send-security-mails': (work) => sendSecurityMails(custody, work.account),
    'clear-airlock': (work) => clearAirlock(custody, work.ref),
    'scrub-files': () => scrub.run(),
    'send-notices': (work) => sendNotices(custody, work.account),
    async 'destroy-file'(work) {
      await patrol.lookNow();
      return destroyFile(custody, work.ref);
    },
    async 'run-retention'() {
      // The time of the run is taken before the look: a clock that jumps after it changes nothing of what is due.
      const at = custody.clock.now();
      await patrol.lookNow();
      const end = await triggerRetention({ ...custody, clock: { ...custody.clock, now: () => at } });
      // A large run begins more than hints are given for.
      sweepSoon();
      return end;
    },
  };
}
