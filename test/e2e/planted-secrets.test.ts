import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'ssh2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrive } from '../support/arrivals.ts';
import { tusUpload } from '../support/clients.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';
import { eventually } from '../support/wait.ts';

/** Planted where people put secrets, also wrong ones. */
const PLANTED = {
  mailPassword: 'planted-mail-password-5f1c',
  wrongPassword: 'planted-wrong-password-77ab',
  wrongToken: 'hg_planted_wrong_token_90cd',
  content: 'planted-content-of-a-file-e3d2',
  query: 'planted-query-41fe',
};

/** A name that would clear a terminal, and add a line to a log of text. */
const CONTROL_NAME = 'mallory\u001b[2J\r\n{"event":"ready"}\u0000\u009b';

let site: Installation;
let daemon: Daemon;
let work: string;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'havengate-secrets-'));
  await writeFile(join(work, 'mail-password'), PLANTED.mailPassword, { mode: 0o600 });
  site = await makeInstallation(
    {
      intake: '{ settle: 100ms }',
      mail: `{ smtp: "127.0.0.1:9", from: a@b.example, user: haven, password_file: ${work}/mail-password }`,
      log: '{ level: debug }',
    },
    {},
  );
  daemon = await startDaemon(site);
}, 180_000);

afterAll(async () => {
  await daemon?.end('SIGKILL');
  await rm(work, { recursive: true, force: true });
  await site?.remove();
});

function refusedSignIn(username: string, password: string): Promise<void> {
  return new Promise((ended) => {
    const client = new Client();
    client.on('error', () => undefined);
    client.on('close', () => ended());
    client.connect({ host: '127.0.0.1', port: daemon.port('sftp'), username, password });
  });
}

async function exportedLines(): Promise<readonly string[]> {
  return (await site.havengate('audit', 'export')).stdout.trimEnd().split('\n');
}

test('planted secrets are in no log, no mail and no row of the audit', { timeout: 180_000 }, async () => {
  await refusedSignIn('alice', PLANTED.wrongPassword);
  const http = `http://127.0.0.1:${daemon.port('portal')}/api/v1`;
  for (const token of [PLANTED.wrongToken, PLANTED.wrongPassword])
    await fetch(`${http}/uploads?token=${PLANTED.query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, cookie: `session=${PLANTED.wrongPassword}` },
    });
  await writeFile(join(work, 'scan.csv'), PLANTED.content);
  await arrive(site, daemon, 'alice', join(work, 'scan.csv'), 'scan.csv');
  await tusUpload(site, daemon, 'bob', { path: join(work, 'scan.csv'), as: 'scan.csv' });
  await daemon.end('SIGTERM');

  const secrets: string[] = Object.values(PLANTED);
  for (const name of await readdir(join(site.dir, 'demo'))) {
    const text = (await readFile(join(site.dir, 'demo', name), 'utf8')).trim();
    secrets.push(...text.split('\n').filter((line) => line.length > 16 && !line.startsWith('-----')));
  }
  secrets.push((await readFile(join(site.dir, 'keys/ops-password'), 'utf8')).trim());
  expect(secrets.length).toBeGreaterThan(12);

  const told = new Map<string, string>([
    ['the log', daemon.log.map((line) => JSON.stringify(line)).join('\n')],
    ['standard error', daemon.stderr()],
    ['the audit', (await exportedLines()).join('\n')],
    ['the doctor', JSON.stringify(await site.havengate('doctor'))],
  ]);
  expect(told.get('the log')?.length).toBeGreaterThan(1000);
  for (const name of await readdir(site.dir))
    if (name.startsWith('ledger.sqlite3'))
      told.set(name, (await readFile(join(site.dir, name))).toString('latin1'));
  for (const [where, text] of told)
    for (const secret of secrets)
      expect(text.includes(secret), `${secret.slice(0, 24)} in ${where}`).toBe(false);
});

test('control characters in a name stay in their field, in the log and in the audit', {
  timeout: 120_000,
}, async () => {
  daemon = await startDaemon(site);
  const before = (await exportedLines()).length;
  await refusedSignIn(CONTROL_NAME, 'a password');
  // Every line of the log was parsed when it came; this one has not become several.
  expect(daemon.log.filter(({ event }) => event === 'ready')).toHaveLength(1);
  const lines = await eventually('the row', async () => {
    const all = await exportedLines();
    return all.length > before && all;
  });
  for (const line of lines) {
    expect(() => JSON.parse(line) as unknown).not.toThrow();
    // oxlint-disable-next-line no-control-regex
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  }
  expect((await site.havengate('audit', 'verify')).code).toBe(0);
});
