import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Mail } from '../../src/core/custody/ports.ts';
import { createSmtpMailer, type SmtpMailerOptions } from '../../src/notify/smtp-mailer.ts';
import { type Authority, type Certified, makeAuthority, pem } from '../support/certificates.ts';
import { startSmtpServer, type TestSmtpOptions } from '../support/smtp-server.ts';

const mail: Mail = {
  id: 'noti_01k000000000000000000000aa',
  to: { name: 'Alice Ångström', address: 'alice@uni.example' },
  subject: 'scan.csv has arrived',
  text: 'Dear Alice,\n\nscan.csv has arrived.\n.\nfin\n',
  attachments: [{ name: 'receipt.json', json: '{"body":{"π":3}}' }],
};

let dir: string;
let authority: Authority;
let good: Certified;
let forElsewhere: Certified;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'havengate-smtp-'));
  authority = await makeAuthority(dir);
  good = await authority.issue('good', 'IP:127.0.0.1');
  forElsewhere = await authority.issue('other', 'DNS:elsewhere.example');
});

afterAll(() => rm(dir, { recursive: true, force: true }));

async function serverAnd(server: TestSmtpOptions, mailer: Partial<SmtpMailerOptions> = {}) {
  const running = await startSmtpServer(server);
  onTestFinished(() => running.stop());
  const made = createSmtpMailer({
    host: '127.0.0.1',
    port: running.port,
    protection: server.implicit ? 'implicit' : server.tls === undefined ? 'off' : 'starttls',
    ca: await pem(authority.certificate),
    login: null,
    from: { name: 'Havengate', address: 'havengate@haven.example' },
    timeout: 20_000,
    clock: { now: () => Date.UTC(2026, 10, 21, 12, 0, 0), monotonic: () => 0 },
    ...mailer,
  });
  return { server: running, mailer: made };
}

describe('a mail by SMTP', () => {
  test('is taken by the server whole, for one mailbox', async () => {
    const { server, mailer } = await serverAnd({});
    await mailer.send(mail);
    expect(server.mails).toMatchObject([
      { from: 'havengate@haven.example', to: ['alice@uni.example'], secure: false },
    ]);
    const { message = '' } = server.mails[0] ?? {};
    expect(message).toContain('Message-ID: <noti_01k000000000000000000000aa@haven.example>');
    expect(message).toContain('scan.csv has arrived.\r\n.\r\nfin');
    expect(message).toContain(Buffer.from(mail.attachments[0]?.json ?? '').toString('base64'));
  });

  test.each([
    ['STARTTLS', false],
    ['TLS from the first byte', true],
  ])('goes over %s, with a sign-in', async (_, implicit) => {
    const login = { user: 'haven', password: 'a secret of ours' };
    const { server, mailer } = await serverAnd({ tls: good, implicit, login }, { login });
    await mailer.send(mail);
    expect(server.mails).toMatchObject([{ secure: true, user: 'haven' }]);
  });

  test('is not sent in the clear to a server that offers no STARTTLS', async () => {
    const { server, mailer } = await serverAnd({}, { protection: 'starttls' });
    await expect(mailer.send(mail)).rejects.toThrow(/has not taken the mail: .*STARTTLS/);
    expect(server.mails).toEqual([]);
  });

  test('is not sent to a server whose certificate is another’s, or of nobody we know', async () => {
    const elsewhere = await serverAnd({ tls: forElsewhere });
    await expect(elsewhere.mailer.send(mail)).rejects.toThrow(/does not match certificate's altnames/);
    const unknown = await serverAnd({ tls: good }, { ca: null });
    await expect(unknown.mailer.send(mail)).rejects.toThrow(/certificate/);
    expect([...elsewhere.server.mails, ...unknown.server.mails]).toEqual([]);
  });

  test('fails when the sign-in is refused, and never tells the password', async () => {
    const login = { user: 'haven', password: 'a secret of ours' };
    const { server, mailer } = await serverAnd(
      { tls: good, login: { user: 'haven', password: 'another' } },
      { login },
    );
    const failure = await mailer.send(mail).catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: expect.stringMatching(/has not taken the mail: .*535/) });
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain(login.password);
    expect(server.mails).toEqual([]);
  });

  test('fails when the server does not take it, and when it is away or silent', async () => {
    const { mailer, server } = await serverAnd({
      onMail: () => Promise.reject(new Error('the disk is full')),
    });
    await expect(mailer.send(mail)).rejects.toThrow(/the disk is full/);
    await server.stop();
    await expect(mailer.send(mail)).rejects.toThrow(/ECONNREFUSED/);

    const mute = createServer((socket) => void socket.on('error', () => undefined));
    await new Promise<void>((listening) => mute.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void mute.close());
    const { port } = mute.address() as { port: number };
    const silent = (await serverAnd({}, { port, timeout: 100 })).mailer;
    await expect(silent.send(mail)).rejects.toThrow(/has not taken the mail: (Timeout|Greeting)/);
  });

  test.each([
    ['to its recipient', 'recipient', 550, '5.1.1 no such user'],
    ['to its recipient, in the old way', 'recipient', 550, 'no such user here'],
    ['to its bytes', 'message', 554, '5.7.1 this looks like spam'],
    ['as too large', 'sender', 552, '5.3.4 too big'],
  ] as const)('is refused for good when the server says no %s', async (_, at, code, text) => {
    const { server, mailer } = await serverAnd({ refuse: { at, code, text } });
    expect(await mailer.send(mail)).toMatchObject({
      ok: false,
      refusal: 'refused-for-good',
      detail: expect.stringContaining(`${code} ${text}`),
    });
    expect(server.mails).toEqual([]);
  });

  test.each([
    ['puts its recipient off', 'recipient', 450, '4.2.0 greylisted'],
    ['has a full mailbox, which may be emptied', 'recipient', 552, '5.2.2 mailbox full'],
    ['says 5, and 4 in the enhanced code', 'recipient', 550, '4.7.1 come back later'],
    ['has no room for its bytes', 'message', 452, '4.3.1 disk full'],
    ['wants a sign-in that the site has not given', 'recipient', 530, '5.7.0 authentication required'],
    ['does not take our sender', 'sender', 550, '5.1.8 bad sender'],
    ['talks to nobody', 'connection', 554, '5.3.2 not now'],
  ] as const)('is to be tried again when the server %s', async (_, at, code, text) => {
    const { server, mailer } = await serverAnd({ refuse: { at, code, text } });
    await expect(mailer.send(mail)).rejects.toThrow(`${code} ${text}`);
    expect(server.mails).toEqual([]);
  });

  test('has no header or recipient that a name has put there', async () => {
    const { server, mailer } = await serverAnd({});
    const evil = 'x\r\nBcc: everybody@uni.example\r\nRCPT TO:<eve@evil.example>\r\n\r\nhello';
    await mailer.send(mail);
    await mailer.send({
      ...mail,
      subject: evil,
      to: { name: `"<eve@evil.example>, ${evil}`, address: 'alice@uni.example' },
      attachments: [{ name: evil, json: '{}' }],
    });
    const heads = server.mails.map(({ message }) =>
      message
        .slice(0, message.indexOf('\r\n\r\n'))
        .split(/\r\n(?![ \t])/)
        .map((line) => line.slice(0, line.indexOf(':')).toLowerCase())
        .toSorted(),
    );
    expect(heads[1]).toEqual(heads[0]);
    expect(server.mails.map(({ to }) => to)).toEqual([['alice@uni.example'], ['alice@uni.example']]);
    for (const address of ['a@b>\r\nRCPT TO:<eve@evil.example', 'a@b, c@d', '<a@b>'])
      expect(await mailer.send({ ...mail, to: { name: '', address } })).toMatchObject({
        refusal: 'refused-for-good',
        detail: expect.stringMatching(/not an address/),
      });
    expect(server.mails).toHaveLength(2);
  });
});
