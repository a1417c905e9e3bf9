import type { Ledger } from '../../core/custody/ports.ts';
import { type Instant, isoTime } from '../../core/kit/clock.ts';
import type { DoctorFinding } from './finding.ts';

const CHECK = 'mails';

/** Looks at the mails that were not taken. Only ever warns. */
export async function checkMails(ledger: Ledger, now: Instant): Promise<readonly DoctorFinding[]> {
  const mails = await ledger.untakenMails(now);
  if (mails.length === 0) return [{ check: CHECK, outcome: 'ok', detail: 'no mail waits for its carrier' }];
  const [waiting, givenUp] = [true, false].map((waits) =>
    mails.filter(({ nextAt }) => (nextAt !== null) === waits),
  );
  const found: DoctorFinding[] = [];
  const [oldest] = waiting ?? [];
  if (oldest !== undefined)
    found.push(
      warning(
        `${waiting?.length} mails wait, the oldest since ${isoTime(oldest.since)}: ${oldest.reply}; each is tried again`,
      ),
    );
  const last = givenUp?.at(-1);
  if (last !== undefined)
    found.push(
      warning(
        `${givenUp?.length} mails were given up, the last at ${isoTime(last.lastAt)}: ${last.reply}; \`havengate mail list\` shows them, \`mail send\` sends them again`,
      ),
    );
  return found;
}

function warning(detail: string): DoctorFinding {
  return { check: CHECK, outcome: 'warning', detail };
}
