import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrive } from '../support/arrivals.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';
import { startSmtpServer, type TestSmtpServer } from '../support/smtp-server.ts';
import { eventually } from '../support/wait.ts';

/** Attempts are seconds apart. */
const LONG = 180_000;

let site: Installation;
let work: string;
let port: number;
/** Started last. */
let daemon: Daemon;
let server: TestSmtpServer | undefined;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'havengate-mail-'));
  port = await freePort();
  site = await makeInstallation({
    intake: '{ settle: 100ms }',
    notify: '{ gather: 100ms }',
    mail: `{ smtp: "127.0.0.1:${port}", from: havengate@haven.example }`,
    audit: '{ checkpoint: 200ms, anchors: [{ kind: mail, to: auditor@uni.example, every: 1h }] }',
  });
}, LONG);

afterAll(async () => {
  await daemon?.end('SIGKILL');
  await server?.stop();
  await site?.remove();
  await rm(work, { recursive: true, force: true });
});

const mailsTo = (address: string) => server?.mails.filter(({ to }) => to.includes(address)) ?? [];

const arrivalsTold = () => mailsTo('alice@example.org').filter(({ message }) => message.includes('scan.csv'));

async function sentNotices(): Promise<number> {
  const { stdout } = await site.havengate('audit', 'export');
  return stdout.match(/"type":"notices-sent"/g)?.length ?? 0;
}

test('a mail waits for a server that is away or takes nothing, and is sent once', {
  timeout: LONG,
}, async () => {
  daemon = await startDaemon(site);
  await writeFile(join(work, 'scan.csv'), 'a,b\n');
  await arrive(site, daemon, 'alice', join(work, 'scan.csv'), 'scan.csv');
  await daemon.logged('mail-not-taken', ({ kind }) => kind === 'file-notices');
  await daemon.logged('anchor-failed', ({ place }) => place === 'mail auditor@uni.example');
  expect((await site.havengate('doctor')).stdout).toMatch(
    /checkpoints +warning +mail auditor@uni\.example: .*ECONNREFUSED/,
  );
  expect(await sentNotices()).toBe(0);
  expect(await site.json('mail', 'list')).toContainEqual(
    expect.objectContaining({ to: 'alice', kind: 'file-notices', state: 'waiting' }),
  );

  // It is there, and its disk is full.
  let refused = 0;
  const full = await startSmtpServer({
    port,
    async onMail({ to }) {
      if (to.includes('alice@example.org')) refused++;
      throw new Error('the disk is full');
    },
  });
  await eventually('a refusal', async () => refused > 0);
  await full.stop();
  expect(await sentNotices()).toBe(0);

  // Whoever does not want to wait says so.
  server = await startSmtpServer({ port });
  expect((await site.havengate('mail', 'send', '--all')).code).toBe(0);
  await eventually('the notice', async () => arrivalsTold().length > 0, 90_000);
  await eventually('the row of it', async () => (await sentNotices()) > 0);
  await eventually('the checkpoint', async () => mailsTo('auditor@uni.example').length > 0, 90_000);
});

test('a saved mail with a checkpoint verifies the log; the next one is sent when it is due', {
  timeout: LONG,
}, async () => {
  const [mail] = mailsTo('auditor@uni.example');
  const saved = join(work, 'saved.eml');
  await writeFile(saved, mail?.message ?? '');
  const verified = await site.json<{ matched: number }>('audit', 'verify', '--checkpoint', saved);
  expect(verified.matched).toBe(1);
  expect((await site.havengate('token', 'add', 'alice', '--scope', 'upload', '--expires', '1d')).code).toBe(
    0,
  );
  await eventually('a checkpoint that is not sent', async () =>
    (await site.havengate('doctor')).stdout.includes('auditor@uni.example gets the next one when it is due'),
  );
  expect(mailsTo('auditor@uni.example')).toHaveLength(1);

  // A new key is told at once: nothing that was sent before knows it.
  await site.json('audit', 'rotate-key');
  await site.havengate('token', 'add', 'alice', '--scope', 'upload', '--expires', '1d');
  await eventually('a checkpoint by the new key', async () => mailsTo('auditor@uni.example').length === 2);
  await writeFile(
    saved,
    mailsTo('auditor@uni.example')
      .map(({ message }) => `> ${message}`)
      .join('\n'),
  );
  const both = await site.json<{ matched: number }>('audit', 'verify', '--checkpoint', saved);
  expect(both.matched).toBe(2);

  await daemon.end('SIGTERM');
  expect(arrivalsTold()).toHaveLength(1);
});

test('a mail that a server refuses for good is told to operators, and sent again when they say so', {
  timeout: LONG,
}, async () => {
  await server?.stop();
  const refuse = { at: 'recipient', code: 550, text: '5.1.1 no such user', to: 'alice@example.org' } as const;
  const strict = await startSmtpServer({ port, refuse });
  daemon = await startDaemon(site);
  await site.havengate('token', 'add', 'alice', '--scope', 'upload', '--expires', '1d');
  await daemon.logged('mail-given-up', ({ kind }) => kind === 'security-notices');
  const doctor = await site.havengate('doctor');
  expect(doctor.stdout).toMatch(/mails +warning +1 mails were given up.*550 5\.1\.1 no such user/);
  const [mail] = await site.json<{ id: string; to: string; state: string }[]>('mail', 'list');
  expect(mail).toMatchObject({ to: 'alice', state: 'given-up' });
  await strict.stop();

  server = await startSmtpServer({ port });
  expect((await site.havengate('mail', 'send', mail?.id ?? '')).code).toBe(0);
  await eventually('the mail', async () => mailsTo('alice@example.org').length > 0, 90_000);
  await eventually(
    'an empty list',
    async () => (await site.havengate('mail', 'list')).stdout === 'every mail was taken\n',
  );
  const { stdout } = await site.havengate('audit', 'export');
  expect(stdout).toMatch(/"type":"mail-given-up"[^]*"type":"mail-sent-again"/);
  expect(stdout).not.toMatch(/no such user/);
});
