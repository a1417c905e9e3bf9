import type { Mailer } from '../../core/custody/ports.ts';
import { createFileMailer } from '../../notify/file-mailer.ts';
import type { Config } from '../config/config.ts';
import { systemClock } from '../system-clock.ts';

/** Who mails come from when they only go to files. */
const LOCAL_SENDER = 'havengate@localhost';

/** What carries the site's mails: files in a folder. */
export function createMailer(config: Config): Mailer {
  if (config.mail.kind !== 'files') throw new Error('mail: this version writes mails to files only');
  const from = { name: config.site, address: LOCAL_SENDER };
  return createFileMailer({ dir: config.mail.folder, from, clock: systemClock });
}
