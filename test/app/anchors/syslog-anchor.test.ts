import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendOverTls } from '../../../src/app/anchors/send-over-tls.ts';
import { syslogFrame, syslogMessage } from '../../../src/app/anchors/syslog-message.ts';
import { type Authority, makeAuthority, pem } from '../../support/certificates.ts';
import { type SyslogServer, startSyslogServer } from '../../support/syslog-server.ts';
import { eventually } from '../../support/wait.ts';
import { type Haven, makeHaven } from '../demo-for-tests.ts';

let dir: string;
let authority: Authority;
let stranger: Authority;
/** Takes from anybody. */
let server: SyslogServer;
/** Takes from those alone who show a certificate of the authority. */
let picky: SyslogServer;
let haven: Haven;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'havengate-syslog-'));
  authority = await makeAuthority(dir);
  stranger = await makeAuthority(dir, 'stranger');
  const own = await authority.issue('server', 'IP:127.0.0.1');
  [server, picky, haven] = await Promise.all([
    startSyslogServer(join(dir, 'open'), authority.certificate, own),
    startSyslogServer(join(dir, 'picky'), authority.certificate, own, true),
    makeHaven(),
  ]);
});

afterAll(async () => {
  await Promise.all([server?.stop(), picky?.stop(), haven?.remove()]);
  await rm(dir, { recursive: true, force: true });
});

const anchorTo = (at: Haven, anchor: string) =>
  appendFile(join(at.dir, 'havengate.yaml'), `\naudit: { anchors: [{ ${anchor} }] }\n`);

test('a checkpoint reaches a syslog server over TLS, and its file verifies the log', async () => {
  const own = await haven.copy();
  await anchorTo(own, `kind: syslog, server: "127.0.0.1:${server.port}", ca_file: ${authority.certificate}`);
  await own.run(['token', 'add', 'alice', '--scope', 'upload', '--expires', '1d']);
  const before = await own.run(['doctor']);
  expect(before.stdout).not.toMatch(/syslog 127\.0\.0\.1:\d+ is up to date/);
  const made = await own.json(['audit', 'checkpoint']);
  const place = `syslog 127.0.0.1:${server.port}`;
  expect(made).toMatchObject({ code: 0, answer: { anchors: [{ place, state: 'written' }] } });
  const { size } = made.answer as { size: number };
  const line = await eventually('the message', async () =>
    (await server.taken()).split('\n').find((one) => one.includes(`has ${size} rows`)),
  );
  expect(line).toMatch(/ havengate\b.* havengate\/[0-9a-f]{16} has \d+ rows, root \S{44} -----BEGIN/);
  expect(await own.json(['audit', 'verify', '--checkpoint', server.file])).toMatchObject({
    code: 0,
    answer: { matched: 1, ignored: [] },
  });
  expect((await own.run(['doctor'])).stdout).toMatch(/checkpoints +ok +syslog \S+ is up to date/);

  // What was sent is not sent again; what the server has shows an older ledger that was put back.
  expect((await own.json(['audit', 'checkpoint'])).answer).toMatchObject({
    anchors: [{ place, state: 'up-to-date' }],
  });
  const older = await haven.run(['audit', 'verify', '--checkpoint', server.file]);
  expect([older.code, older.stderr]).toEqual([
    1,
    expect.stringMatching(/ signed and not there: .*an older copy was put back/),
  ]);
  await own.remove();
});

test('a new key is told at once, and both keys verify what syslog has', async () => {
  const own = await haven.copy();
  await anchorTo(own, `kind: syslog, server: "127.0.0.1:${server.port}", ca_file: ${authority.certificate}`);
  const start = (await server.taken()).length;
  await own.run(['audit', 'checkpoint']);
  expect((await own.run(['audit', 'rotate-key'])).code).toBe(0);
  await own.run(['token', 'add', 'alice', '--scope', 'upload', '--expires', '1d']);
  await own.run(['audit', 'checkpoint']);
  const saved = join(own.parent, 'saved');
  await eventually('three messages', async () => {
    const text = (await server.taken()).slice(start);
    await writeFile(saved, text);
    return text.split('\n').length > 3;
  });
  const verified = await own.json(['audit', 'verify', '--checkpoint', saved]);
  expect(verified.answer).toMatchObject({ matched: 3, faults: [] });
  await own.remove();
});

test('a server with a wrong certificate gets nothing: a warning, of the doctor too, and the next time it is tried again', async () => {
  const own = await haven.copy();
  const trusted = join(own.parent, 'trusted.pem');
  await writeFile(trusted, await readFile(stranger.certificate));
  await anchorTo(own, `kind: syslog, server: "127.0.0.1:${server.port}", ca_file: ${trusted}`);
  const size = (await server.taken()).length;
  const made = await own.run(['audit', 'checkpoint']);
  expect(made).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/warning: syslog \S+: (self-signed|unable to verify)/),
  });
  expect((await own.run(['doctor'])).stdout).toMatch(
    /checkpoints +warning +syslog \S+: (self-signed|unable to verify)/,
  );
  expect((await server.taken()).length).toBe(size);
  await writeFile(trusted, await readFile(authority.certificate));
  expect((await own.json(['audit', 'checkpoint'])).answer).toMatchObject({
    isNew: false,
    anchors: [{ state: 'written' }],
  });
  await own.remove();
});

/** What trusts our authority, and shows a certificate of another one or none. */
const trust = async (by: Authority | null) => {
  const ca = await pem(authority.certificate);
  if (by === null) return { ca, own: null };
  const { certificate, key } = await by.issue('haven', 'DNS:haven');
  return { ca, own: { certificate: await pem(certificate), key: await pem(key) } };
};

const frame = (text: string) =>
  syslogFrame(syslogMessage(`havengate/${text}\n1\nroot\n\n\u2014 a b\n`, { at: 0, host: 'a b', pid: 1 }));

test('a certificate for another name is not taken', async () => {
  const named = await startSyslogServer(
    join(dir, 'named'),
    authority.certificate,
    await authority.issue('named', 'DNS:elsewhere.example'),
  );
  try {
    const to = { host: '127.0.0.1', port: named.port };
    await expect(sendOverTls(to, frame('x'), await trust(null), 5000)).rejects.toThrow(
      /does not match certificate's altnames/,
    );
    expect(await named.taken()).toBe('');
  } finally {
    await named.stop();
  }
});

test('a server that asks for a certificate takes ours, and a refusal after the handshake is a failure', async () => {
  const to = { host: '127.0.0.1', port: picky.port };
  await sendOverTls(to, frame('mine'), await trust(authority), 10_000);
  await eventually('the message', async () => (await picky.taken()).includes('havengate/mine'));
  for (const by of [stranger, null])
    await expect(sendOverTls(to, frame('theirs'), await trust(by), 10_000)).rejects.toThrow(/alert/);
  expect(await picky.taken()).not.toContain('theirs');
});

test('a server that says nothing is left after the time given', async () => {
  const mute = createServer((socket) => void socket.on('error', () => undefined));
  await new Promise<void>((listening) => mute.listen(0, '127.0.0.1', listening));
  const { port } = mute.address() as { port: number };
  await expect(sendOverTls({ host: '127.0.0.1', port }, frame('x'), await trust(null), 200)).rejects.toThrow(
    /has not taken it within 200 ms/,
  );
  mute.close();
});

test('a message is what RFC 5424 and the framing of RFC 5425 ask for', () => {
  const at = Date.UTC(2026, 10, 21, 12, 0, 0);
  const message = syslogMessage('havengate/0\n7\nroot\n\n\u2014 a b\n', { at, host: 'h\u00fc\n1', pid: 9 });
  expect(message).toMatch(/^<109>1 2026-11-21T12:00:00\.000Z h1 havengate 9 checkpoint - havengate\/0 has 7/);
  expect(message).toMatch(/^[\x20-\x7e]+$/);
  expect(syslogFrame('abc\u00fc').toString()).toBe('5 abc\u00fc');
});
