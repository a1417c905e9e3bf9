import type { ConnectionOptions } from 'node:tls';
import nodemailer from 'nodemailer';
import type { Mail, Mailer } from '../core/custody/ports.ts';
import type { Clock, Millis } from '../core/kit/clock.ts';
import { accept, refuse } from '../core/kit/result.ts';
import { composeMail, type Sender } from './compose-mail.ts';
import { isMailAddress, NO_ADDRESS } from './mail-address.ts';
import { isRefusedForGood } from './smtp-refusal.ts';

/** How the connection is protected: STARTTLS that the server has to offer, TLS from the first byte, or not at all. */
export type SmtpProtection = 'starttls' | 'implicit' | 'off';

/** The server that mails are handed to, and who they are from. */
export interface SmtpMailerOptions {
  readonly host: string;
  readonly port: number;
  readonly protection: SmtpProtection;
  /** Certificates (PEM) that the server's is checked against, in place of the system's; null for those. */
  readonly ca: string | null;
  /** Who signs in at the server; null when nobody does. */
  readonly login: { readonly user: string; readonly password: string } | null;
  readonly from: Sender;
  /** The longest silence of the server at any step. */
  readonly timeout: Millis;
  readonly clock: Clock;
}

/**
 * Hands each mail to an SMTP server, on a connection of its own. A mail is refused for good when the server says so of
 * the mail itself (`isRefusedForGood`). Rejects when the server is away, cannot be trusted, refuses the sign-in, or does
 * not take the mail now: it is to be tried again. A server that takes a mail
 * and is gone before it says so gets it twice, with the same Message-ID.
 */
export function createSmtpMailer(options: SmtpMailerOptions): Mailer {
  const { host, port, protection, login, from, timeout, clock } = options;
  const transport = nodemailer.createTransport({
    host,
    port,
    secure: protection === 'implicit',
    requireTLS: protection === 'starttls',
    ignoreTLS: protection === 'off',
    tls: tlsOptions(options),
    ...(login !== null && { auth: { user: login.user, pass: login.password } }),
    dnsTimeout: timeout,
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(mail: Mail) {
      if (!isMailAddress(mail.to.address)) return refuse('refused-for-good', NO_ADDRESS);
      const message = await composeMail(mail, from, clock.now());
      const envelope = { from: from.address, to: mail.to.address };
      try {
        await transport.sendMail({ envelope, raw: message });
      } catch (cause) {
        const said = `${host}:${port} has not taken the mail: ${whyNot(cause)}`;
        if (isRefusedForGood(cause)) return refuse('refused-for-good', said);
        throw new Error(said, { cause });
      }
      return accept(null);
    },
  };
}

function tlsOptions({ ca }: SmtpMailerOptions): ConnectionOptions {
  return { minVersion: 'TLSv1.2', ...(ca !== null && { ca }) };
}

function whyNot(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
