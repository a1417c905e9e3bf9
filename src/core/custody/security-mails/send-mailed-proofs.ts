import type { Account } from '../../accounts/account.ts';
import { MAILED_PROOFS, type MailedProof, makeMailedSecret } from '../../accounts/mailed-proof.ts';
import { isoTime } from '../../kit/clock.ts';
import { systemActor } from '../actors.ts';
import { DONE, type JobEnd } from '../inspect-file.ts';
import { handOver, MAIL_WAITS, mailRests } from '../mails/hand-over.ts';
import type { Mail } from '../ports.ts';
import type { SecurityMailer } from './send-security-mails.ts';

/**
 * Mails a person the codes and links that wait for them. The secret is made here, and the ledger has its digest before
 * the mail leaves. A crash in between, or a mail that is not taken, makes a new one, and only the newest mail holds a
 * secret that opens something. One that was refused for good ends the code or link.
 */
export async function sendMailedProofs(custody: SecurityMailer, person: Account): Promise<JobEnd> {
  const { ledger, clock } = custody;
  const { id: account } = person;
  for (const proof of await ledger.pendingMailedProofs(person.id, clock.now())) {
    if (await mailRests(custody, account, 'mailed-proofs')) return MAIL_WAITS;
    const secret = makeMailedSecret(proof);
    const until = clock.now() + MAILED_PROOFS[proof.purpose].life;
    if (!(await ledger.armMailedProof(proof.id, secret.digest, until))) continue;
    const mail = composeProofMail(custody, person, proof, secret.text, isoTime(until));
    const handed = await handOver(custody, { account, kind: 'mailed-proofs', items: [proof.id], mail });
    if (handed === 'waits') return MAIL_WAITS;
    if (handed === 'given-up') continue;
    const at = clock.now();
    await ledger.markMailedProofSent(proof.id, at, {
      at,
      actor: systemActor('send-security-mails'),
      event: {
        type: 'mailed-proof-sent',
        subjects: { account },
        data: { proof: proof.id, purpose: proof.purpose },
      },
    });
  }
  return DONE;
}

function composeProofMail(
  { policy }: SecurityMailer,
  { fullName, email }: Account,
  { id, purpose, side }: MailedProof,
  secret: string,
  until: string,
): Mail {
  const { form, page, subject, before, after } = MAILED_PROOFS[purpose];
  const shown = form === 'code' ? secret : `${addressOf(policy.portals[side])}${page}#${secret}`;
  const once = `It holds once, until ${until}, and only the newest one does.`;
  return {
    id: `proof-${id}`,
    to: { name: fullName, address: email },
    subject: `[${policy.site}] ${subject}`,
    text: [`Dear ${fullName},`, '', before, '', `    ${shown}`, '', once, '', after, ''].join('\n'),
    attachments: [],
  };
}

function addressOf(portal: string | null): string {
  if (portal === null)
    throw new Error('links cannot be mailed: the portal has no `address` in the configuration');
  return portal.replace(/\/$/, '');
}
