import { expect, test } from 'vitest';
import { addToken } from '../../src/core/accounts/change-account.ts';
import { addSshKey } from '../../src/core/accounts/change-keys.ts';
import { resetAccount } from '../../src/core/accounts/reset-account.ts';
import { actorOf } from '../../src/core/custody/actors.ts';
import { sendSecurityMails } from '../../src/core/custody/security-mails/send-security-mails.ts';
import { DAY, isoTime, MINUTE } from '../../src/core/kit/clock.ts';
import { custodyForTest } from './custody-for-tests.ts';

const CONSOLE = { kind: 'console' } as const;
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\tmy laptop';

test('what was changed about a sign-in is told to its owner in one mail, with who, when and what to do', async () => {
  const { custody, person, session, mails, hints } = await custodyForTest();
  const alice = await person('alice');
  const own = actorOf(session(alice));
  const request = { name: 'alice', scopes: ['upload', 'read'], side: 'outside', lifetime: DAY } as const;
  const issued = await addToken(custody, own, request);
  if (!issued.ok) throw new Error(issued.refusal);
  const key = await addSshKey(custody, CONSOLE, 'alice', KEY.replace('\t', ' '));
  if (!key.ok) throw new Error(key.refusal);
  expect(hints).toEqual([
    { job: 'send-security-mails', account: alice.id },
    { job: 'send-security-mails', account: alice.id },
  ]);
  expect(await sendSecurityMails(custody, alice.id)).toEqual({ end: 'done' });
  const [mail] = mails;
  expect(mail).toMatchObject({
    to: { name: 'The alice', address: 'alice@example.org' },
    subject: '[test] an access token was made for you, and more',
  });
  const lines = mail?.text.split('\n') ?? [];
  expect(lines).toContain('An access token was made for you');
  expect(lines).toContain('    by        you, at the outside sftp door');
  expect(lines).toContain('    scopes    upload, read');
  expect(lines).toContain(`    until     ${isoTime(issued.value.expiresAt)}`);
  expect(lines).toContain('A public key was added for you');
  expect(lines).toContain('    by        the people who run this haven, on its machine');
  expect(lines).toContain(`    key       ${key.value.fingerprint} my laptop`);
  expect(mail?.text).toContain('tell the people who run this haven at once');
  expect(mail?.text).not.toContain(issued.value.token);
  expect(await sendSecurityMails(custody, alice.id)).toEqual({ end: 'done' });
  expect(mails).toHaveLength(1);
});

test('a mail that could not be sent is sent later, under the same id', async () => {
  const { custody, person, mails, ledger, clock } = await custodyForTest();
  const alice = await person('alice');
  await resetAccount(custody, CONSOLE, 'alice', 'another long password');
  const ids: string[] = [];
  const broken = {
    ...custody,
    mailer: {
      async send({ id }: { readonly id: string }) {
        ids.push(id);
        throw new Error('no mail today');
      },
    },
  };
  expect(await sendSecurityMails(broken, alice.id)).toMatchObject({ end: 'later' });
  expect(await ledger.pendingSecurityNotices(alice.id, 10)).toHaveLength(1);
  clock.ahead += MINUTE;
  await sendSecurityMails(custody, alice.id);
  expect(mails.map(({ id }) => id)).toEqual(ids);
  expect(mails[0]?.subject).toBe('[test] your sign-in was reset');
  expect(await ledger.pendingSecurityNotices(alice.id, 10)).toEqual([]);
});

test('somebody who was locked out is told as well', async () => {
  const { custody, person, setStatus, mails } = await custodyForTest();
  const alice = await person('alice');
  await setStatus('alice', 'disabled');
  await resetAccount(custody, CONSOLE, 'alice', 'another long password');
  await sendSecurityMails(custody, alice.id);
  expect(mails).toHaveLength(1);
});
