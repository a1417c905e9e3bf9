import type { Account } from '../../accounts/account.ts';
import type { SecurityNotice } from '../../accounts/security-notice.ts';
import type { Actor } from '../../audit/events.ts';
import type { AccountId } from '../../kit/ids.ts';
import { systemActor } from '../actors.ts';
import type { Custody } from '../custody.ts';
import { DONE, type JobEnd } from '../inspect-file.ts';
import { handOver, MAIL_WAITS, mailRests } from '../mails/hand-over.ts';
import type { Mail } from '../ports.ts';
import { changeLines, changeOf, headingOf, isAlarming, NOT_YOU, type ToldChange } from './security-mail.ts';
import { sendMailedProofs } from './send-mailed-proofs.ts';

const MOST = 50;

/** What is mailed with. */
export type SecurityMailer = Pick<Custody, 'ledger' | 'clock' | 'mailer' | 'policy' | 'log'>;

/**
 * Mails a person the codes and links that they have asked for, then what was changed about their sign-in: at once, and
 * whether they may sign in or not. A mail that is not taken waits (see `handOver`). A crash between mail and mark sends the mail again under the same id. Safe to run
 * twice.
 */
export async function sendSecurityMails(custody: SecurityMailer, account: AccountId): Promise<JobEnd> {
  const person = await custody.ledger.accountById(account);
  if (person === null) return DONE;
  const proofs = await sendMailedProofs(custody, person);
  const changes = await tellAllChanges(custody, person);
  return changes.end === 'done' ? proofs : changes;
}

async function tellAllChanges(custody: SecurityMailer, person: Account): Promise<JobEnd> {
  const { ledger } = custody;
  for (;;) {
    const pending = await ledger.pendingSecurityNotices(person.id, MOST);
    if (pending.length === 0) return DONE;
    if (await mailRests(custody, person.id, 'security-notices')) return MAIL_WAITS;
    if (!(await tellChanges(custody, person, pending))) return MAIL_WAITS;
    if (pending.length < MOST) return DONE;
  }
}

/** False when the mail waits for another attempt. */
async function tellChanges(
  custody: SecurityMailer,
  person: Account,
  pending: readonly SecurityNotice[],
): Promise<boolean> {
  const { ledger, clock, policy } = custody;
  const changes: ToldChange[] = [];
  for (const { seq } of pending) changes.push(await readChange(custody, seq));
  const headings = [...new Set(changes.map(headingOf).filter((heading) => heading !== null))];
  const lines: string[] = [];
  for (const change of changes)
    lines.push(...changeLines(change, await whoDid(custody, person, change.actor)));
  const mail = {
    id: `security-${pending[0]?.id}-${pending.length}`,
    to: { name: person.fullName, address: person.email },
    subject: `[${policy.site}] ${headings[0] ?? 'your sign-in was changed'}${headings.length > 1 ? ', and more' : ''}`,
    text: [`Dear ${person.fullName},`, ...lines, '', ...(changes.some(isAlarming) ? [NOT_YOU, ''] : [])].join(
      '\n',
    ),
    attachments: [],
  } satisfies Mail;
  const ids = pending.map(({ id }) => id);
  const handed = await handOver(custody, { account: person.id, kind: 'security-notices', items: ids, mail });
  if (handed !== 'taken') return handed === 'given-up';
  const at = clock.now();
  await ledger.markSecurityNoticesSent(ids, at, {
    at,
    actor: systemActor('send-security-mails'),
    event: { type: 'notices-sent', subjects: { account: person.id }, data: { notices: ids } },
  });
  return true;
}

async function readChange({ ledger }: SecurityMailer, seq: number): Promise<ToldChange> {
  const [row] = await ledger.readAudit(seq, 1);
  if (row === undefined) throw new Error(`the audit log has no row ${seq}`);
  const values = await ledger.readPersonal(seq, 1);
  return changeOf(row, Object.fromEntries(values.map(({ field, value }) => [field, value])));
}

/** Who made a change, as its owner reads it. */
async function whoDid({ ledger }: SecurityMailer, owner: Account, actor: Actor): Promise<string> {
  switch (actor.kind) {
    case 'console':
      return 'the people who run this haven, on its machine';
    case 'system':
      return 'the haven itself';
    case 'account': {
      const place = `at the ${actor.side} ${actor.door} door`;
      if (actor.account === owner.id) return `you, ${place}`;
      const other = await ledger.accountById(actor.account);
      return `${other?.fullName ?? 'somebody else'}, ${place}`;
    }
  }
}
