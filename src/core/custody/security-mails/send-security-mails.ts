import type { Account } from '../../accounts/account.ts';
import type { SecurityNotice } from '../../accounts/security-notice.ts';
import type { Actor } from '../../audit/events.ts';
import type { AccountId } from '../../kit/ids.ts';
import { systemActor } from '../actors.ts';
import type { Custody } from '../custody.ts';
import { DONE, type JobEnd } from '../inspect-file.ts';
import type { Mail } from '../ports.ts';
import { changeLines, changeOf, headingOf, isAlarming, NOT_YOU, type ToldChange } from './security-mail.ts';
import { sendMailedProofs } from './send-mailed-proofs.ts';

const MOST = 50;

/** What is mailed with. */
export type SecurityMailer = Pick<Custody, 'ledger' | 'clock' | 'mailer' | 'policy'>;

/**
 * Mails a person the codes and links that they have asked for, then what was changed about their sign-in: at once, and
 * whether they may sign in or not. A crash between mail and mark sends the mail again under the same id. Safe to run
 * twice.
 */
export async function sendSecurityMails(custody: SecurityMailer, account: AccountId): Promise<JobEnd> {
  const { ledger } = custody;
  const person = await ledger.accountById(account);
  if (person === null) return DONE;
  await sendMailedProofs(custody, person);
  for (;;) {
    const pending = await ledger.pendingSecurityNotices(account, MOST);
    if (pending.length === 0) return DONE;
    await tellChanges(custody, person, pending);
    if (pending.length < MOST) return DONE;
  }
}

async function tellChanges(
  custody: SecurityMailer,
  person: Account,
  pending: readonly SecurityNotice[],
): Promise<void> {
  const { ledger, clock, mailer, policy } = custody;
  const changes: ToldChange[] = [];
  for (const { seq } of pending) changes.push(await readChange(custody, seq));
  const headings = [...new Set(changes.map(headingOf).filter((heading) => heading !== null))];
  const lines: string[] = [];
  for (const change of changes)
    lines.push(...changeLines(change, await whoDid(custody, person, change.actor)));
  await mailer.send({
    id: `security-${pending[0]?.id}-${pending.length}`,
    to: { name: person.fullName, address: person.email },
    subject: `[${policy.site}] ${headings[0] ?? 'your sign-in was changed'}${headings.length > 1 ? ', and more' : ''}`,
    text: [`Dear ${person.fullName},`, ...lines, '', ...(changes.some(isAlarming) ? [NOT_YOU, ''] : [])].join(
      '\n',
    ),
    attachments: [],
  } satisfies Mail);
  const at = clock.now();
  const ids = pending.map(({ id }) => id);
  await ledger.markSecurityNoticesSent(ids, at, {
    at,
    actor: systemActor('send-security-mails'),
    event: { type: 'notices-sent', subjects: { account: person.id }, data: { notices: ids } },
  });
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
