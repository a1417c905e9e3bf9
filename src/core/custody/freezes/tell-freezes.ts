import type { Account } from '../../accounts/account.ts';
import type { Freeze } from '../../accounts/freeze.ts';
import { isoTime } from '../../kit/clock.ts';
import { systemActor } from '../actors.ts';
import type { Custody } from '../custody.ts';
import { DONE, type JobEnd } from '../inspect-file.ts';
import { handOver, MAIL_WAITS, mailRests } from '../mails/hand-over.ts';
import type { Mail } from '../ports.ts';
import type { FreezeNotice, FreezeNoticeKind } from './ports.ts';

const MOST = 100;

/**
 * Mails a person what was frozen and lifted, at once and in a mail of its own; one that is not taken waits (see
 * `handOver`). A crash between mail and mark sends the mail again under the same id.
 */
export async function tellFreezes(custody: Custody, person: Account): Promise<JobEnd> {
  const { ledger, clock, policy } = custody;
  const pending = await ledger.pendingFreezeNotices(person.id, MOST);
  const [first] = pending;
  if (first === undefined) return DONE;
  if (await mailRests(custody, person.id, 'freeze-notices')) return MAIL_WAITS;
  const parts = await Promise.all(pending.map((notice) => tell(custody, notice)));
  const mail = {
    id: `freezes-${first.id}-${pending.length}`,
    to: { name: person.fullName, address: person.email },
    subject: `[${policy.site}] ${SUBJECTS[first.kind]}${pending.length > 1 ? ', and more' : ''}`,
    text: [`Dear ${person.fullName},`, ...parts.flat(), ''].join('\n'),
    attachments: [],
  } satisfies Mail;
  const ids = pending.map(({ id }) => id);
  const handed = await handOver(custody, { account: person.id, kind: 'freeze-notices', items: ids, mail });
  if (handed !== 'taken') return handed === 'waits' ? MAIL_WAITS : DONE;
  const at = clock.now();
  await ledger.markFreezeNoticesSent(ids, at, {
    at,
    actor: systemActor('send-notices'),
    event: { type: 'notices-sent', subjects: { account: person.id }, data: { notices: ids } },
  });
  return DONE;
}

const SUBJECTS: Readonly<Record<FreezeNoticeKind, string>> = {
  'freeze-placed': 'something was frozen',
  'freeze-lift-proposed': 'a freeze waits for a second person',
  'freeze-lifted': 'a freeze was lifted',
};

async function tell({ ledger }: Custody, { kind, freeze: id }: FreezeNotice): Promise<string[]> {
  const freeze = await ledger.freezeById(id);
  if (freeze === null) return [];
  const nameOf = async (account: Freeze['placedBy'] | null) =>
    account === null ? 'nobody' : ((await ledger.accountById(account))?.name ?? account);
  const name = (await ledger.freezeTargetName(freeze.target)) ?? 'unknown';
  const what = freeze.target.kind === 'all' ? name : `${freeze.target.kind} ${name}`;
  const head = [
    '',
    `${what} (${freeze.id})`,
    `    frozen    ${isoTime(freeze.placedAt)} by ${await nameOf(freeze.placedBy)}`,
    `    why       ${freeze.reason.replaceAll(/[\s\p{C}]+/gu, ' ')}`,
  ];
  switch (kind) {
    case 'freeze-placed':
      return [
        ...head,
        '    now       Nobody acts through it, and nothing of it is admitted, moved, released or destroyed.',
        `    next      Two people lift it: havengate freeze lift ${freeze.id} --by NAME --reason TEXT`,
      ];
    case 'freeze-lift-proposed':
      return [
        ...head,
        `    proposed  to be lifted, by ${await nameOf(freeze.proposedBy)}; it takes one more person`,
        `    next      If you agree: havengate freeze lift ${freeze.id} --by NAME --reason TEXT`,
      ];
    case 'freeze-lifted':
      return [
        ...head,
        `    lifted    by ${await nameOf(freeze.proposedBy)} and ${await nameOf(freeze.liftedBy)}`,
        '    now       What waited goes on within a minute. Nothing of it is destroyed for a week.',
      ];
  }
}
