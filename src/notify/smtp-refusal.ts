import type { SMTPError } from 'nodemailer/lib/smtp-connection';

/** The commands whose refusal is about one mail; any other is about us, the server, or the way to it. */
const ABOUT_THE_MAIL = ['RCPT TO', 'DATA'];

/** Too large (RFC 1870 section 6.1): the one thing that MAIL FROM says about a mail, and not about us. */
const TOO_LARGE = 552;

/** Replies that speak of the order of commands, or of our sign-in, whatever command they answer. */
const ABOUT_US = [503, 530, 534, 535, 538];

/** RFC 3463 calls a full mailbox and a full mail system "persistent transient", also where the reply says 5. */
const MAY_PASS = ['5.2.2', '5.3.1'];

/**
 * Whether a server has refused a mail so that the same one would be refused again: a reply 5yz (RFC 5321 section 4.2.1)
 * to the recipient or the message, without an enhanced code (RFC 3463, 2034) that says otherwise. What is wrong with
 * our sign-in, our address or the connection can be set right by the site, and is not the mail's fault.
 */
export function isRefusedForGood(error: unknown): boolean {
  const { command = '', code, responseCode, response = '' } = error as SMTPError;
  // nodemailer compares with the SIZE that the server has announced, and asks nothing.
  if (responseCode === undefined) return code === 'EMESSAGE' && command === 'MAIL FROM';
  if (responseCode < 500 || responseCode > 599 || ABOUT_US.includes(responseCode)) return false;
  if (!ABOUT_THE_MAIL.includes(command) && !(command === 'MAIL FROM' && responseCode === TOO_LARGE))
    return false;
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1];
  return enhanced === undefined || (enhanced.startsWith('5') && !MAY_PASS.includes(enhanced));
}
