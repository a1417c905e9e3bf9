import { expect, test } from 'vitest';
import type { Account } from '../../src/core/accounts/account.ts';
import { inviteAccount } from '../../src/core/accounts/activation.ts';
import { resetAccount } from '../../src/core/accounts/reset-account.ts';
import type { Custody } from '../../src/core/custody/custody.ts';
import { dismissMail, sendAgain } from '../../src/core/custody/mails/decide-untaken.ts';
import type { Mail, Mailer } from '../../src/core/custody/ports.ts';
import { sendSecurityMails } from '../../src/core/custody/security-mails/send-security-mails.ts';
import { sendNotices } from '../../src/core/custody/send-notices.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/kit/clock.ts';
import { accept, refuse } from '../../src/core/kit/result.ts';
import { custodyForTest } from './custody-for-tests.ts';

const CONSOLE = { kind: 'console' } as const;

/** A carrier that answers as it is told to, and a person to whom a file has arrived that they were not told of. */
async function untold() {
  const site = await custodyForTest();
  const alice = await site.person('alice');
  await site.admit(alice, 'scan.csv');
  const tried: Mail[] = [];
  let answer: () => ReturnType<Mailer['send']> = async () => accept(null);
  const custody: Custody = {
    ...site.custody,
    mailer: {
      send(mail) {
        tried.push(mail);
        return answer();
      },
    },
  };
  const answers = {
    take: () => void (answer = async () => accept(null)),
    putOff: () => void (answer = () => Promise.reject(new Error('450 4.2.0 later'))),
    refuse: () => void (answer = async () => refuse('refused-for-good', '550 5.1.1 no such user')),
  };
  const untaken = () => site.ledger.untakenMails(site.clock.now());
  const rows = async (type: string) =>
    (await site.ledger.auditOf({ account: alice.id })).filter(
      ({ entry }) => (JSON.parse(entry) as { type: string }).type === type,
    );
  return { ...site, custody, alice, tried, ...answers, untaken, rows };
}

const change = (custody: Custody, { name }: Account) =>
  resetAccount(custody, CONSOLE, name, 'another long password');

test('a mail that is put off rests twice as long each time, up to half an hour, and is then taken once', async () => {
  const { custody, alice, clock, tried, putOff, take, untaken, ledger } = await untold();
  putOff();
  const pauses: number[] = [];
  for (let attempt = 1; attempt <= 12; attempt++) {
    expect(await sendNotices(custody, alice.id)).toMatchObject({ end: 'later' });
    expect(await sendNotices(custody, alice.id)).toMatchObject({ end: 'later' });
    expect(tried).toHaveLength(attempt);
    const [mail] = await untaken();
    expect(mail).toMatchObject({ kind: 'file-notices', attempts: attempt, reply: '450 4.2.0 later' });
    pauses.push((mail?.nextAt ?? 0) - (mail?.lastAt ?? 0));
    clock.ahead += pauses.at(-1) ?? 0;
  }
  expect(pauses.slice(0, 4)).toEqual([5 * SECOND, 10 * SECOND, 20 * SECOND, 40 * SECOND]);
  expect(pauses.slice(-3)).toEqual([30 * MINUTE, 30 * MINUTE, 30 * MINUTE]);
  take();
  expect(await sendNotices(custody, alice.id)).toEqual({ end: 'done' });
  expect([await untaken(), await ledger.pendingNotices(alice.id, 10)]).toEqual([[], []]);
  expect(new Set(tried.map(({ id }) => id)).size).toBe(1);
});

test('a mail that is refused for good is not tried again, is on record, and is sent again when somebody says so', async () => {
  const { custody, alice, tried, refuse: no, take, untaken, rows, logged, admit } = await untold();
  no();
  expect(await sendNotices(custody, alice.id)).toEqual({ end: 'done' });
  expect(await sendNotices(custody, alice.id)).toEqual({ end: 'done' });
  expect(tried).toHaveLength(1);
  const [mail] = await untaken();
  expect(mail).toMatchObject({
    account: alice.id,
    nextAt: null,
    attempts: 1,
    reply: '550 5.1.1 no such user',
  });
  expect(await custody.ledger.impliedWork(custody.clock.now(), 100)).toEqual([]);
  expect(logged.map(({ event }) => event)).toContain('mail-given-up');
  expect(await rows('mail-given-up')).toHaveLength(1);

  // What comes after it is told in a mail of its own.
  take();
  await admit(alice, 'other.csv');
  await sendNotices(custody, alice.id);
  expect(tried.at(-1)?.text).toContain('other.csv');
  expect(tried.at(-1)?.text).not.toContain('scan.csv');

  expect(await sendAgain(custody, CONSOLE, mail?.id ?? '')).toMatchObject({ ok: true });
  expect(await sendNotices(custody, alice.id)).toEqual({ end: 'done' });
  expect(tried.at(-1)?.text).toContain('scan.csv');
  expect([await untaken(), await rows('mail-sent-again')]).toEqual([[], [expect.anything()]]);
  expect(await sendAgain(custody, CONSOLE, mail?.id ?? '')).toMatchObject({ refusal: 'mail-unknown' });
});

test('a mail that is put off for five days and a hundred attempts is given up; neither alone is enough', async () => {
  const { custody, alice, clock, putOff, untaken } = await untold();
  putOff();
  await sendNotices(custody, alice.id);
  clock.ahead += 31 * DAY;
  await sendNotices(custody, alice.id);
  expect((await untaken())[0]?.nextAt).not.toBeNull();
  clock.ahead -= 31 * DAY;
  for (let attempt = 3; attempt <= 100; attempt++) {
    expect((await untaken())[0]?.nextAt).not.toBeNull();
    clock.ahead += HOUR;
    await sendNotices(custody, alice.id);
  }
  expect((await untaken())[0]).toMatchObject({ attempts: 100, nextAt: expect.any(Number) });
  clock.ahead += 5 * DAY;
  expect(await sendNotices(custody, alice.id)).toEqual({ end: 'done' });
  expect((await untaken())[0]).toMatchObject({ attempts: 101, nextAt: null });
});

test('a clock that was set back makes no mail wait', async () => {
  const { custody, alice, clock, tried, putOff } = await untold();
  await change(custody, alice);
  putOff();
  await sendSecurityMails(custody, alice.id);
  clock.ahead -= DAY;
  await sendSecurityMails(custody, alice.id);
  expect(tried).toHaveLength(2);
});

test('one that is told about their sign-in is told, whatever becomes of the mail about files', async () => {
  const { custody, alice, tried, refuse: no, putOff, take, untaken } = await untold();
  putOff();
  await sendNotices(custody, alice.id);
  await change(custody, alice);
  no();
  expect(await sendSecurityMails(custody, alice.id)).toEqual({ end: 'done' });
  expect((await untaken()).map(({ kind, nextAt }) => [kind, nextAt === null])).toEqual([
    ['file-notices', false],
    ['security-notices', true],
  ]);
  take();
  for (const { id } of await untaken()) await sendAgain(custody, CONSOLE, id);
  await sendSecurityMails(custody, alice.id);
  await sendNotices(custody, alice.id);
  expect(tried.slice(-2).map(({ subject }) => subject)).toEqual([
    '[test] your sign-in was reset',
    expect.stringContaining('arrived'),
  ]);
});

test('a link whose mail is refused for good is over, and the next one is mailed at once', async () => {
  const { custody, person, tried, refuse: no, take, untaken } = await untold();
  const bob = await person('bob');
  const invite = () => inviteAccount(custody, CONSOLE, bob.name, 'outside');
  expect(await invite()).toMatchObject({ ok: true });
  no();
  await sendSecurityMails(custody, bob.id);
  const [mail] = await untaken();
  expect(mail).toMatchObject({ kind: 'mailed-proofs', nextAt: null });
  const before = tried.length;
  await sendSecurityMails(custody, bob.id);
  expect(tried).toHaveLength(before);
  expect(await sendAgain(custody, CONSOLE, mail?.id ?? '')).toMatchObject({
    refusal: 'proof-not-sent-again',
  });
  take();
  expect(await invite()).toMatchObject({ ok: true });
  await sendSecurityMails(custody, bob.id);
  expect(tried).toHaveLength(before + 1);
  expect(await dismissMail(custody, CONSOLE, mail?.id ?? '')).toMatchObject({ ok: true });
  expect(await untaken()).toEqual([]);
});
