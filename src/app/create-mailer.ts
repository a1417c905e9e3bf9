import type { Mailer } from '../core/custody/ports.ts';
import { createFileMailer } from '../notify/file-mailer.ts';
import { createSmtpMailer } from '../notify/smtp-mailer.ts';
import type { Config } from './config/config.ts';
import { readCertificates } from './keys/certificates.ts';
import type { WarnOfKey } from './keys/key-fault.ts';
import { readSecretText } from './keys/secret-file.ts';
import { systemClock } from './system-clock.ts';

/** Who mails come from when they only go to files. */
const LOCAL_SENDER = 'havengate@localhost';

/**
 * What carries the site's mails: files in a folder, or an SMTP server. Throws `KeyFault` when the password or the
 * certificates for it cannot be read; asks the server nothing.
 */
export async function createMailer({ site, mail }: Config, warn: WarnOfKey): Promise<Mailer> {
  if (mail.kind === 'files') {
    const from = { name: site, address: LOCAL_SENDER };
    return createFileMailer({ dir: mail.folder, from, clock: systemClock });
  }
  const { server, from, user, passwordFile, tls, caFile, timeout } = mail;
  return createSmtpMailer({
    ...server,
    protection: tls,
    ca: caFile === null ? null : await readCertificates(caFile),
    login:
      user === null || passwordFile === null
        ? null
        : { user, password: await readSecretText(passwordFile, warn) },
    from: { name: site, address: from },
    timeout,
    clock: systemClock,
  });
}
