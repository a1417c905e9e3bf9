import { createHash } from 'node:crypto';
import { armourNoteInLines } from '../../core/audit/armoured-note.ts';
import type { Mail, Mailer } from '../../core/custody/ports.ts';
import type { MailAnchorConfig } from '../config/config.ts';
import type { Anchor } from './anchor.ts';
import { createSendingAnchor, type SendingMemory } from './sending-anchor.ts';

/** An anchor that is a mailbox. `mailer` is asked for when there is something to send. */
export function createMailAnchor(
  place: string,
  { to, every }: MailAnchorConfig,
  memory: SendingMemory,
  mailer: () => Promise<Mailer>,
): Anchor {
  return createSendingAnchor(place, every, memory, async (note) => {
    const sent = await (await mailer()).send(checkpointMail(note, to));
    if (!sent.ok) throw new Error(sent.detail ?? sent.refusal);
  });
}

/** The mail with a checkpoint. Its text is ASCII in short lines, so that no mail program changes the note. */
function checkpointMail(note: string, to: string): Mail {
  const [origin = '', size = '', root = ''] = note.split('\n');
  const text = [
    `This is a checkpoint of the audit log ${origin}: ${size} rows, root`,
    `${root}.`,
    '',
    'Please keep this mail as it is. If the log is ever changed, it is found by what you have:',
    'save the mail to a file, and let somebody run',
    '',
    '    havengate audit verify --checkpoint FILE --key KEYRING',
    '',
    armourNoteInLines(note),
    '',
  ].join('\n');
  const digest = createHash('sha256').update(note).digest('hex').slice(0, 16);
  return {
    id: `checkpoint-${size}-${digest}`,
    to: { name: '', address: to },
    subject: `Checkpoint of the audit log: ${size} rows`,
    text,
    attachments: [],
  };
}
