import { expect, test } from 'vitest';
import { SECURITY_TELLINGS } from '../../../src/core/accounts/security-notice.ts';
import type { AuditEventType } from '../../../src/core/audit/events.ts';
import type { AccountId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import { addPerson, NOW, record, unwritable } from '../fixtures.ts';

/** The mails that tell people what was changed about their sign-in. */
export function describeSecurityNotices(scene: Scene): void {
  test.each(Object.keys(SECURITY_TELLINGS) as AuditEventType[])(
    '%s queues a mail to its owner, whichever way it is appended, until it is marked as sent',
    async (type) => {
      const owner = await addPerson(scene.ledger, `sec.${type}`.slice(0, 32));
      const { size } = await scene.ledger.auditHead();
      await scene.ledger.appendAudit([
        record('signed-in', { account: owner }),
        record(type, { account: owner }),
      ]);
      expect(await work(owner)).toEqual([{ job: 'send-security-mails', account: owner }]);
      const pending = await scene.other.pendingSecurityNotices(owner, 10);
      expect(pending).toEqual([{ id: expect.stringMatching(/^noti_/), account: owner, seq: size + 1 }]);
      const ids = pending.map(({ id }) => id);
      await scene.ledger.markSecurityNoticesSent(ids, NOW, record('notices-sent', { account: owner }));
      expect(await work(owner)).toEqual([]);
      const head = await scene.ledger.auditHead();
      await scene.ledger.markSecurityNoticesSent(ids, NOW, record('notices-sent', { account: owner }));
      await scene.ledger.markSecurityNoticesSent([], NOW, record('notices-sent', { account: owner }));
      expect(await scene.ledger.auditHead()).toEqual(head);
    },
  );

  test('the mail is queued with the change or not at all, and not for what names nobody', async () => {
    const owner = await addPerson(scene.ledger, 'sec.rolled.back');
    const change = { passwordHash: 'new' };
    const told = record('password-changed', { account: owner });
    const failing = scene.ledger.changeCredentials(owner, change, [told, unwritable('password-changed')]);
    await expect(failing).rejects.toThrow(/surrogate/);
    expect((await scene.ledger.credentialsOf(owner))?.passwordHash).not.toBe('new');
    await scene.ledger.appendAudit([record('password-changed')]);
    expect(await scene.ledger.pendingSecurityNotices(owner, 10)).toEqual([]);
    await scene.ledger.changeCredentials(owner, change, [told]);
    expect(await scene.ledger.pendingSecurityNotices(owner, 10)).toHaveLength(1);
  });

  test('who signs themselves out is told nothing', async () => {
    const owner = await addPerson(scene.ledger, 'sec.signed.out');
    const ended = record('web-sessions-ended', { account: owner });
    const how = (which: string) => ({ ...ended, event: { ...ended.event, data: { which } } });
    await scene.ledger.appendAudit([how('own')]);
    expect(await scene.ledger.pendingSecurityNotices(owner, 10)).toEqual([]);
    await scene.ledger.appendAudit([how('others')]);
    expect(await scene.ledger.pendingSecurityNotices(owner, 10)).toHaveLength(1);
  });

  async function work(owner: AccountId) {
    const implied = await scene.ledger.impliedWork(NOW, 10_000);
    return implied.filter((one) => 'account' in one && one.account === owner);
  }
}
