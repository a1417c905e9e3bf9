import { createHash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { Mail } from '../core/custody/ports.ts';
import type { Instant } from '../core/kit/clock.ts';
import { isMailAddress, NO_ADDRESS } from './mail-address.ts';

/** Who a mail is from. */
export interface Sender {
  readonly name: string;
  readonly address: string;
}

/** What would end a header line or confuse a terminal: C0, DEL, C1, and the Unicode separators. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/**
 * Writes a mail as an RFC 5322 message, lines ended by CR LF. Attachments are `application/json`, in base64, so that
 * a signed document arrives byte for byte. Its Message-ID is made from the mail's id.
 *
 * Names, subjects and file names come from people: control characters in them become spaces. Throws when an address
 * is not that of one mailbox.
 */
export async function composeMail(mail: Mail, from: Sender, at: Instant): Promise<Buffer> {
  const composer = new MailComposer({
    from: mailbox(from),
    to: mailbox(mail.to),
    subject: oneLine(mail.subject),
    date: new Date(at),
    messageId: `<${mailToken(mail)}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`,
    text: mail.text.replaceAll(/\r\n?|\n/g, '\r\n'),
    attachments: mail.attachments.map(({ name, json }) => ({
      filename: oneLine(name).replaceAll(/[/\\]/g, '_'),
      content: Buffer.from(json),
      contentType: 'application/json',
      contentTransferEncoding: 'base64',
    })),
    headers: { 'auto-submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/** The mail's id as a word that is safe in a file name and a Message-ID: the id itself, or else its digest. */
export function mailToken(mail: Pick<Mail, 'id'>): string {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(mail.id)
    ? mail.id
    : createHash('sha256').update(mail.id).digest('hex');
}

function mailbox(person: Sender): { name: string; address: string } {
  if (!isMailAddress(person.address)) throw new Error(NO_ADDRESS);
  return { name: oneLine(person.name), address: person.address };
}

function oneLine(text: string): string {
  return text.replaceAll(CONTROL, ' ').toWellFormed().trim();
}
