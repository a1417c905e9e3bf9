import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Mail } from '../../src/core/custody/ports.ts';
import { createFileMailer } from '../../src/notify/file-mailer.ts';

const from = { name: 'Havengate', address: 'havengate@haven.example' };
const clock = { now: () => Date.UTC(2026, 10, 21, 12, 0, 0), monotonic: () => 0 };

const mail: Mail = {
  id: 'noti_01k000000000000000000000aa',
  to: { name: 'Alice Ångström', address: 'alice@uni.example' },
  subject: 'scan.csv has arrived – übersicht',
  text: 'Dear Alice,\n\nscan.csv has arrived.\n',
  attachments: [{ name: 'receipt.json', json: '{"body":{"kind":"havengate-receipt"},"π":3}' }],
};

async function mailFolder() {
  const parent = await mkdtemp(join(tmpdir(), 'havengate-mail-'));
  onTestFinished(async () => rm(parent, { recursive: true, force: true }));
  const dir = join(parent, 'mail');
  return { parent, dir, mailer: createFileMailer({ dir, from, clock }) };
}

/** Sends one mail; resolves with the lines of its head, unfolded, and its whole text. */
async function sent(changes: Partial<Mail>): Promise<{ headers: string[]; text: string }> {
  const { dir, mailer } = await mailFolder();
  await mailer.send({ ...mail, ...changes });
  const [name = ''] = await readdir(dir);
  const text = await readFile(join(dir, name), 'utf8');
  const head = text.slice(0, text.indexOf('\r\n\r\n')).replaceAll(/\r\n[ \t]+/g, ' ');
  return { headers: head.split('\r\n'), text };
}

function headerNames(headers: readonly string[]): string[] {
  return headers.map((line) => line.slice(0, line.indexOf(':')).toLowerCase()).toSorted();
}

describe('a mail in a file', () => {
  test('is a message that mail programs read', async () => {
    const { headers, text } = await sent({});
    expect(headers).toContain('From: Havengate <havengate@haven.example>');
    expect(headers).toContainEqual(expect.stringMatching(/^To: =\?UTF-8\?.*\?= <alice@uni\.example>$/));
    expect(headers).toContain('Message-ID: <noti_01k000000000000000000000aa@haven.example>');
    expect(headers).toContain('Date: Sat, 21 Nov 2026 12:00:00 +0000');
    expect(headers).toContain('MIME-Version: 1.0');
    expect(headers).toContain('Auto-Submitted: auto-generated');
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
    expect(text).toMatch(/Content-Type: application\/json; name=receipt\.json/);
  });

  test('carries a signed document byte for byte', async () => {
    const { text } = await sent({});
    const part = text.slice(text.indexOf('Content-Type: application/json'));
    const encoded = part.slice(part.indexOf('\r\n\r\n') + 4, part.indexOf('\r\n--'));
    expect(Buffer.from(encoded, 'base64').toString()).toBe(mail.attachments[0]?.json);
  });

  test('is for the daemon only', async () => {
    const { dir, mailer } = await mailFolder();
    await mailer.send(mail);
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    expect((await stat(join(dir, `${mail.id}.eml`))).mode & 0o777).toBe(0o600);
  });

  test('replaces itself when it is sent again', async () => {
    const { dir, mailer } = await mailFolder();
    await mailer.send(mail);
    await mailer.send({ ...mail, text: 'the second time' });
    expect(await readdir(dir)).toEqual([`${mail.id}.eml`]);
    expect(await readFile(join(dir, `${mail.id}.eml`), 'utf8')).toContain('the second time');
  });

  test('leaves nothing behind, and says so, when it cannot be written', async () => {
    const { dir, mailer } = await mailFolder();
    await mkdir(join(dir, `${mail.id}.eml`), { recursive: true });
    await expect(mailer.send(mail)).rejects.toThrow('EISDIR');
    expect(await readdir(dir)).toEqual([`${mail.id}.eml`]);
  });

  test.each(['../../evil', '/etc/cron.d/x', '.hidden', 'a\0b', '', 'x'.repeat(300)])(
    'stays in its folder whatever its id: %j',
    async (id) => {
      const { parent, dir, mailer } = await mailFolder();
      await mailer.send({ ...mail, id });
      expect(await readdir(parent)).toEqual(['mail']);
      expect(await readdir(dir)).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.eml$/)]);
    },
  );
});

describe('names that people choose', () => {
  const evil = 'x\r\nBcc: everybody@uni.example\r\n\r\nhello';

  test.each<[string, Partial<Mail>]>([
    ['a subject', { subject: evil }],
    ['a subject with bare line feeds', { subject: 'x\nBcc: everybody@uni.example' }],
    ['a subject with bare returns', { subject: 'x\rBcc: everybody@uni.example' }],
    ['a subject beyond ASCII', { subject: `ü${evil}` }],
    ['a person’s name', { to: { name: evil, address: 'alice@uni.example' } }],
    [
      'a person’s name that closes its quotes',
      { to: { name: `"<eve@evil.example>, ${evil}`, address: 'alice@uni.example' } },
    ],
    ['a file name', { attachments: [{ name: evil, json: '{}' }] }],
    [
      'a file name with separators',
      { attachments: [{ name: 'x\u2028Bcc: everybody@uni.example', json: '{}' }] },
    ],
  ])('cannot add a header: %s', async (_what, changes) => {
    const plain = await sent({});
    const { headers, text } = await sent(changes);
    expect(headerNames(headers)).toEqual(headerNames(plain.headers));
    expect(text).not.toMatch(/^bcc:/im);
    expect(headers.filter((line) => line.startsWith('To:'))).toEqual([
      expect.stringMatching(/<alice@uni\.example>$/),
    ]);
  });

  test.each(['', 'alice', 'a@b, eve@evil.example', 'a@b\r\nBcc: c@d', 'a b@c', '<a@b>', 'a@b;c@d'])(
    'are no addresses: %j',
    async (address) => {
      const { dir, mailer } = await mailFolder();
      expect(await mailer.send({ ...mail, to: { name: 'Alice', address } })).toMatchObject({
        refusal: 'refused-for-good',
        detail: expect.stringMatching(/not an address/),
      });
      await expect(readdir(dir)).rejects.toThrow('ENOENT');
    },
  );

  test('cannot write on a terminal', async () => {
    const { headers } = await sent({ subject: 'a\u001b[2J\u009bb' });
    expect(headers).toContain('Subject: a [2J b');
  });

  test('do not lead out of a folder in the name of an attachment', async () => {
    const { text } = await sent({ attachments: [{ name: '../../etc/passwd', json: '{}' }] });
    expect(text).not.toContain('../');
  });
});
