import { isoTime } from '../../kit/clock.ts';
import { type AccountId, newId } from '../../kit/ids.ts';
import { systemActor } from '../actors.ts';
import type { Custody } from '../custody.ts';
import type { JobEnd } from '../inspect-file.ts';
import type { Mail } from '../ports.ts';
import { isHopeless, isResting, pauseAfter } from './patience.ts';
import type { MailKind, UntakenMail } from './ports.ts';

/** What handing over works with. */
export type MailDesk = Pick<Custody, 'ledger' | 'clock' | 'mailer' | 'log'>;

/** A mail with what it tells. */
export interface Letter {
  readonly account: AccountId;
  readonly kind: MailKind;
  /** The ids of the notices that it tells, or of the proof that it brings. */
  readonly items: readonly string[];
  readonly mail: Mail;
}

/**
 * How handing over ended. `taken`: the caller marks the items as sent. `waits`: they are handed over again, later.
 * `given-up`: they are not, unless somebody says so; the ledger has them as given up already.
 */
export type HandedOver = 'taken' | 'waits' | 'given-up';

/** A mail was not taken, and it is not yet time for the next attempt. */
export const MAIL_WAITS: JobEnd = {
  end: 'later',
  why: 'a mail was not taken; it is handed over again later',
};

/** What of an answer is kept. */
const LONGEST_REPLY = 300;

/** Whether the mail of a kind to an account rests after an attempt that failed. Asked before it is written. */
export async function mailRests(
  { ledger, clock }: MailDesk,
  account: AccountId,
  kind: MailKind,
): Promise<boolean> {
  const waiting = await ledger.waitingMail(account, kind);
  return waiting !== null && isResting(waiting, clock.now());
}

/**
 * Hands a mail to its carrier. One that is not taken waits, each time twice as long, from 5 seconds up to half an
 * hour, and is given up when it was refused for good, or after five days and a hundred attempts. Either way the
 * ledger says so. Only the ledger's own failures are thrown.
 */
export async function handOver(desk: MailDesk, letter: Letter): Promise<HandedOver> {
  const { ledger, clock } = desk;
  const before = await ledger.waitingMail(letter.account, letter.kind);
  const refusal = await attempt(desk, letter.mail);
  if (refusal === null) {
    if (before !== null) await ledger.dropWaitingMail(before.id);
    return 'taken';
  }
  const mail = attempted(letter, before, clock.now(), refusal.reply);
  if (refusal.isForGood || isHopeless(mail)) return giveUp(desk, letter, mail, refusal.isForGood);
  await ledger.keepWaitingMail(mail);
  desk.log.warn('mail-not-taken', {
    mail: mail.id,
    account: mail.account,
    kind: mail.kind,
    attempt: mail.attempts,
    next: isoTime(mail.nextAt ?? mail.lastAt),
    why: refusal.reply,
  });
  return 'waits';
}

async function attempt(
  { mailer }: MailDesk,
  mail: Mail,
): Promise<{ readonly isForGood: boolean; readonly reply: string } | null> {
  try {
    const sent = await mailer.send(mail);
    return sent.ok ? null : { isForGood: true, reply: short(sent.detail ?? sent.refusal) };
  } catch (error) {
    return { isForGood: false, reply: short(error instanceof Error ? error.message : String(error)) };
  }
}

function attempted(
  { account, kind }: Letter,
  before: UntakenMail | null,
  now: number,
  reply: string,
): UntakenMail {
  const attempts = (before?.attempts ?? 0) + 1;
  const id = before?.id ?? newId('mail', now);
  const since = before?.since ?? now;
  return { id, account, kind, attempts, since, lastAt: now, nextAt: now + pauseAfter(attempts), reply };
}

async function giveUp(
  { ledger, log }: MailDesk,
  { items }: Letter,
  mail: UntakenMail,
  isForGood: boolean,
): Promise<'given-up'> {
  const { id, account, kind, attempts, lastAt, reply } = mail;
  const why = isForGood ? 'refused' : 'too-long';
  await ledger.giveUpMail({ ...mail, nextAt: null }, items, {
    at: lastAt,
    actor: systemActor('mail'),
    event: {
      type: 'mail-given-up',
      subjects: { account, mail: id },
      data: { kind, items: [...items], attempts, why },
      personal: { reply },
    },
  });
  log.error('mail-given-up', { mail: id, account, kind, attempts, why: reply });
  return 'given-up';
}

function short(reply: string): string {
  return reply.replaceAll(/[\s\p{C}]+/gu, ' ').slice(0, LONGEST_REPLY);
}
