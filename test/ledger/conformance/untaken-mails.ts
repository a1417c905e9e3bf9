import { expect, test } from 'vitest';
import type { MailKind, UntakenMail } from '../../../src/core/custody/mails/ports.ts';
import { HOUR } from '../../../src/core/kit/clock.ts';
import { type AccountId, newId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import { addPerson, NOW, nextInstant, record, unwritable } from '../fixtures.ts';

const LIMIT = { since: NOW - 1000, most: 10 };

/** Mails that their carrier has not taken. */
export function describeUntakenMails(scene: Scene): void {
  test('how a mail stands that waits is replaced, and forgotten when it was taken', async () => {
    const owner = await person();
    const mail = mailTo(owner, 'file-notices');
    await scene.ledger.keepWaitingMail(mail);
    const later = { ...mail, attempts: 2, lastAt: NOW + 5, nextAt: NOW + 10, reply: 'still not' };
    await scene.ledger.keepWaitingMail(later);
    expect(await scene.other.waitingMail(owner, 'file-notices')).toEqual(later);
    expect(await scene.other.waitingMail(owner, 'security-notices')).toBeNull();
    expect(await listed(owner)).toEqual([later]);
    await scene.ledger.dropWaitingMail(mail.id);
    await scene.ledger.dropWaitingMail(mail.id);
    expect(await listed(owner)).toEqual([]);
  });

  test('what a mail told that was given up implies no work, until it is sent again', async () => {
    const owner = await person();
    await scene.ledger.appendAudit([record('password-changed', { account: owner })]);
    const told = await ids(owner);
    const mail = givenUp(owner, 'security-notices');
    const failing = scene.ledger.giveUpMail(mail, told, unwritable('mail-given-up'));
    await expect(failing).rejects.toThrow(/surrogate/);
    expect([await ids(owner), await listed(owner)]).toEqual([told, []]);
    await scene.ledger.giveUpMail(mail, told, record('mail-given-up', { account: owner, mail: mail.id }));
    expect([await ids(owner), await work(owner), await listed(owner)]).toEqual([[], [], [mail]]);

    // What happens afterwards is told as ever.
    await scene.ledger.appendAudit([record('token-revoked', { account: owner })]);
    expect(await ids(owner)).toHaveLength(1);

    const again = record('mail-sent-again', { account: owner, mail: mail.id });
    expect(await scene.ledger.sendUntakenMail(mail.id, again)).toBe(true);
    expect(await scene.ledger.sendUntakenMail(mail.id, again)).toBe(false);
    expect(await ids(owner)).toEqual(expect.arrayContaining([...told]));
    expect([await work(owner), await listed(owner)]).toEqual([
      [{ job: 'send-security-mails', account: owner }],
      [],
    ]);
  });

  test('a mail that waits is not dismissed, and one that was given up is, once', async () => {
    const owner = await person();
    const waiting = mailTo(owner, 'freeze-notices');
    await scene.ledger.keepWaitingMail(waiting);
    const dismissed = record('mail-dismissed', { account: owner });
    expect(await scene.ledger.dismissUntakenMail(waiting.id, dismissed)).toBe(false);
    await scene.ledger.giveUpMail({ ...waiting, nextAt: null }, [], record('mail-given-up'));
    expect(await scene.other.untakenMailById(waiting.id)).toEqual({ ...waiting, nextAt: null });
    expect(await scene.ledger.dismissUntakenMail(waiting.id, dismissed)).toBe(true);
    expect(await scene.ledger.dismissUntakenMail(waiting.id, dismissed)).toBe(false);
  });

  test('a code or link ends when its mail is given up; a new one waits for nothing before it', async () => {
    const owner = await person();
    const first = proof(owner);
    await scene.ledger.addMailedProof(first, LIMIT, record('mailed-proof-asked'));
    const mail = mailTo(owner, 'mailed-proofs');
    await scene.ledger.keepWaitingMail(mail);
    expect(await listed(owner)).toEqual([mail]);
    expect(await scene.ledger.untakenMails(first.expiresAt)).not.toContainEqual(mail);
    await scene.ledger.addMailedProof(proof(owner), LIMIT, record('mailed-proof-asked'));
    expect(await scene.ledger.waitingMail(owner, 'mailed-proofs')).toBeNull();

    const last = proof(owner);
    await scene.ledger.addMailedProof(last, LIMIT, record('mailed-proof-asked'));
    const hopeless = givenUp(owner, 'mailed-proofs');
    await scene.ledger.giveUpMail(hopeless, [last.id], record('mail-given-up'));
    expect(await scene.ledger.pendingMailedProofs(owner, NOW)).toEqual([]);
    expect((await scene.ledger.mailedProofById(last.id))?.proof.endedAt).toBe(hopeless.lastAt);
    expect(await listed(owner)).toEqual([hopeless]);
  });

  const person = () => addPerson(scene.ledger, `mail.${nextInstant()}`);

  function mailTo(account: AccountId, kind: MailKind): UntakenMail {
    const id = newId('mail', nextInstant());
    return { id, account, kind, attempts: 1, since: NOW, lastAt: NOW, nextAt: NOW + 5000, reply: 'not now' };
  }

  const givenUp = (account: AccountId, kind: MailKind) => ({ ...mailTo(account, kind), nextAt: null });

  function proof(account: AccountId) {
    const createdAt = nextInstant();
    return {
      id: newId('mlpr', createdAt),
      account,
      purpose: 'activation',
      side: 'outside',
      createdAt,
      expiresAt: NOW + HOUR,
      binding: null,
      mailedAt: null,
      attempts: 0,
      usedAt: null,
      endedAt: null,
    } as const;
  }

  async function listed(account: AccountId): Promise<readonly UntakenMail[]> {
    return (await scene.ledger.untakenMails(NOW)).filter((mail) => mail.account === account);
  }

  async function ids(account: AccountId): Promise<readonly string[]> {
    return (await scene.ledger.pendingSecurityNotices(account, 10)).map(({ id }) => id);
  }

  async function work(account: AccountId) {
    const implied = await scene.ledger.impliedWork(NOW, 10_000);
    return implied.filter((one) => 'account' in one && one.account === account);
  }
}
