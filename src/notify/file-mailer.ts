import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mail, Mailer } from '../core/custody/ports.ts';
import type { Clock } from '../core/kit/clock.ts';
import { accept, refuse } from '../core/kit/result.ts';
import { composeMail, mailToken, type Sender } from './compose-mail.ts';
import { isMailAddress, NO_ADDRESS } from './mail-address.ts';

/** Where the mails go, and who they are from. */
export interface FileMailerOptions {
  /** The folder; made with mode 0700 when the first mail comes. */
  readonly dir: string;
  readonly from: Sender;
  readonly clock: Clock;
}

/**
 * For sites without SMTP: writes each mail to one file `ID.eml`, mode 0600, that shows up whole or not at all and is
 * on disk when `send` resolves. Sending a mail again replaces its file.
 */
export function createFileMailer(options: FileMailerOptions): Mailer {
  const { dir, from, clock } = options;
  return {
    async send(mail: Mail) {
      if (!isMailAddress(mail.to.address)) return refuse('refused-for-good', NO_ADDRESS);
      const message = await composeMail(mail, from, clock.now());
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const temporary = join(dir, `.${randomUUID()}.tmp`);
      try {
        await writeSynced(temporary, message);
        await rename(temporary, join(dir, `${mailToken(mail)}.eml`));
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      await syncFolder(dir);
      return accept(null);
    },
  };
}

async function writeSynced(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
