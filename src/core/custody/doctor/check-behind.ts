import { isoTime, type Millis, SECOND } from '../../kit/clock.ts';
import { checkCustody } from '../check-custody.ts';
import type { Custody, Intake } from '../custody.ts';
import type { CustodyCheck, Finding } from '../custody-finding.ts';
import type { Mail } from '../ports.ts';
import type { Pace } from './pace.ts';

/** How long something that seems amiss is left alone before everything is looked at again. */
const REST: Millis = 10 * SECOND;

/** A mail names so many things. */
const MOST_TOLD = 50;

/**
 * Checks custody beside a daemon that works. What seems to be a fault is looked for again in a second check, some time
 * later, and reported only when that finds the same; `wait` waits between the two.
 */
export async function checkBehind(
  intake: Intake,
  pace: Pace,
  wait: (time: Millis) => Promise<void>,
): Promise<CustodyCheck> {
  const first = await checkCustody(intake, pace);
  if (!first.findings.some(isFault)) return first;
  await wait(REST);
  const second = await checkCustody(intake, pace);
  const before = new Set(first.findings.map(keyOf));
  return { ...second, findings: second.findings.filter((one) => !isFault(one) || before.has(keyOf(one))) };
}

/**
 * Mails faults to all active operators and members of the data team. Throws, when all were tried, if a mail was not
 * taken: it is not tried again.
 */
export async function tellFaults(
  custody: Pick<Custody, 'ledger' | 'clock' | 'mailer' | 'policy'>,
  { findings }: CustodyCheck,
): Promise<void> {
  const { ledger, clock, mailer, policy } = custody;
  const faults = findings.filter(isFault);
  const at = clock.now();
  const readers = (await ledger.listAccounts()).filter(
    ({ role, status }) => status === 'active' && (role === 'operator' || role === 'data-team'),
  );
  const failures: unknown[] = [];
  for (const { id, fullName, email } of readers) {
    const mail: Mail = {
      id: `check-${at}-${id}`,
      to: { name: fullName, address: email },
      subject: `[${policy.site}] the check of custody found ${countOf(faults)}`,
      text: [
        `Dear ${fullName},`,
        '',
        `The check that runs after each start found ${countOf(faults)} at ${isoTime(at)}, and again some time later.`,
        'Nothing was changed or deleted because of it. `havengate doctor` looks at everything anew.',
        '',
        ...faults.slice(0, MOST_TOLD).map(lineOf),
        ...(faults.length > MOST_TOLD ? [`  and ${faults.length - MOST_TOLD} more`] : []),
        '',
      ].join('\n'),
      attachments: [],
    };
    try {
      const sent = await mailer.send(mail);
      if (!sent.ok) failures.push(new Error(sent.detail ?? sent.refusal));
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} of ${readers.length} mails were not taken`);
}

/** True for what breaks an invariant. */
export function isFault({ severity }: Finding): boolean {
  return severity === 'fault';
}

function keyOf({ severity, invariant, file, message }: Finding): string {
  return JSON.stringify([severity, invariant, file, message]);
}

function countOf(faults: readonly Finding[]): string {
  return faults.length === 1 ? 'a broken promise' : `${faults.length} broken promises`;
}

function lineOf({ invariant, file, message }: Finding): string {
  return `  invariant ${invariant ?? '?'}: ${file === null ? '' : `${file}: `}${message}`;
}
