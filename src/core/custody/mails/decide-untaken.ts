import type { Actor, AuditEventType, AuditRecord } from '../../audit/events.ts';
import type { Clock } from '../../kit/clock.ts';
import { type MailId, parseId } from '../../kit/ids.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import type { Ledger } from '../ports.ts';
import type { UntakenMail } from './ports.ts';

/** What deciding works with. */
export interface MailOffice {
  readonly ledger: Ledger;
  readonly clock: Clock;
}

/** Why nothing is done about a mail. */
export type UntakenMailRefusal = 'mail-unknown' | 'mail-not-given-up' | 'proof-not-sent-again';

/**
 * Has what a mail told mailed again, at once: one that was given up, or one that rests. The mail is written anew, with
 * what has happened since. A code or link is not sent again: whoever needs one asks for a new one.
 */
export async function sendAgain(
  office: MailOffice,
  actor: Actor,
  text: string,
): Promise<Result<UntakenMail, UntakenMailRefusal>> {
  const mail = await untaken(office, text);
  if (mail === null) return refuse('mail-unknown');
  if (mail.kind === 'mailed-proofs' && mail.nextAt === null) return refuse('proof-not-sent-again');
  const sent = await office.ledger.sendUntakenMail(mail.id, record(office, actor, 'mail-sent-again', mail));
  return sent ? accept(mail) : refuse('mail-unknown');
}

/** Takes a mail that was given up off the list. What it told is mailed no more; the audit log keeps that it was not. */
export async function dismissMail(
  office: MailOffice,
  actor: Actor,
  text: string,
): Promise<Result<UntakenMail, UntakenMailRefusal>> {
  const mail = await untaken(office, text);
  if (mail === null) return refuse('mail-unknown');
  if (mail.nextAt !== null) return refuse('mail-not-given-up');
  const gone = await office.ledger.dismissUntakenMail(mail.id, record(office, actor, 'mail-dismissed', mail));
  return gone ? accept(mail) : refuse('mail-unknown');
}

async function untaken({ ledger }: MailOffice, text: string): Promise<UntakenMail | null> {
  const id: MailId | null = parseId('mail', text);
  return id === null ? null : ledger.untakenMailById(id);
}

function record(
  { clock }: MailOffice,
  actor: Actor,
  type: AuditEventType,
  { id, account, kind }: UntakenMail,
): AuditRecord {
  return { at: clock.now(), actor, event: { type, subjects: { account, mail: id }, data: { kind } } };
}
