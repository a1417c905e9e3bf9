import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EICAR, EICAR_SIGNATURE, startClamd, type TestClamd } from '../inspect/clamd-for-tests.ts';
import { sftp } from '../support/clients.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';
import type { ListedFile } from '../support/listed-file.ts';
import { eventually, eventuallyIn } from '../support/wait.ts';

let work: string;
let clamd: TestClamd;
let site: Installation;
let daemon: Daemon;

describe('a quarantined file', () => {
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'havengate-work-'));
    clamd = await startClamd(join(work, 'clamd'));
    const scan = `{ clamd: ${clamd.socket}, too_large: hold, encrypted: hold }`;
    site = await makeInstallation({ scan, intake: '{ settle: 100ms }', notify: '{ gather: 100ms }' });
    const key = join(site.dir, 'demo/dana.key.pub');
    const colleague = ['--full-name', 'Dora Dunn', '--email', 'dora@example.org', '--role', 'data-team'];
    await site.json('account', 'add', 'dora', ...colleague, '--ssh-key', key);
    daemon = await startDaemon(site);
  });

  afterAll(async () => {
    await daemon?.end('SIGTERM');
    await clamd?.stop();
    await site?.remove();
    if (work !== undefined) await rm(work, { recursive: true, force: true });
  });

  /** Uploads malware and waits until it is in quarantine. */
  async function quarantined(name: string): Promise<ListedFile> {
    const path = join(work, name);
    await writeFile(path, `${EICAR}\n${name}\n`);
    expect(await sftp(site, daemon, 'alice', `put ${path} ${name}`)).toMatchObject({ code: 0 });
    return eventuallyIn(site, `${name} is quarantined`, async () => {
      const files = await site.json<ListedFile[]>('file', 'list', '--state', 'quarantined');
      return files.find((one) => one.name === name);
    });
  }

  const decide = async (
    verb: 'admit' | 'destroy' | 'ask-again',
    id: string,
    by: string,
    reason = 'looked at it',
  ) => {
    const ended = await site.havengate('file', verb, id, '--by', by, '--reason', reason, '--json');
    return { code: ended.code, answer: JSON.parse(ended.stdout) as unknown };
  };

  test('is let in by two people of the data team, and by no less', async () => {
    const { id, sha256 } = await quarantined('alarm.com');
    const refused = (code: string) => ({ code: 1, answer: { error: { code } } });
    expect(await decide('admit', id, 'alice')).toMatchObject(refused('not-data-team'));
    expect(await decide('admit', id, 'dana', ' ')).toMatchObject(refused('reason-missing'));
    expect(await decide('admit', id, 'dana')).toMatchObject(refused('second-person-needed'));
    expect(await decide('admit', id, 'dana')).toMatchObject(refused('same-person'));
    expect(existsSync(join(site.dir, 'data/arrivals/alice/alarm.com'))).toBe(false);
    expect(await decide('admit', id, 'dora')).toMatchObject({ code: 0, answer: { daemonTold: true } });
    await eventuallyIn(site, 'it arrived', async () => {
      return (await site.json<ListedFile>('file', 'show', id)).state === 'arrived';
    });
    // The label stays with the file.
    expect(await site.json('file', 'show', id)).toMatchObject({
      reason: 'malware',
      scan: 'infected',
      sha256,
    });
    expect(await readFile(join(site.dir, 'data/arrivals/alice/alarm.com'), 'utf8')).toContain('EICAR');
  });

  test('says what was found, and is destroyed early by the data team, with a certificate', async () => {
    const { id } = await quarantined('worm.com');
    const shown = await site.json<{ verdicts: { detail: string | null; version: string }[] }>(
      'file',
      'show',
      id,
    );
    expect(shown.verdicts.some(({ detail }) => detail === EICAR_SIGNATURE)).toBe(true);
    expect((await decide('destroy', id, 'olly')).code).toBe(1);
    expect(await decide('destroy', id, 'dana')).toMatchObject({ code: 0, answer: { daemonTold: true } });
    await eventuallyIn(site, 'it is destroyed', async () => {
      return (await site.json<ListedFile>('file', 'show', id)).state === 'destroyed';
    });
    const { body } = JSON.parse((await site.havengate('certificate', 'export', id)).stdout) as {
      body: { rule: string; linkCount: number };
    };
    expect(body.rule).toMatch(/^decision\/acct_/);
    expect(body.linkCount).toBe(0);
  });

  test('is asked for again: its sender gets a mail, and the file stays where it is', async () => {
    const { id } = await quarantined('again.com');
    expect((await decide('ask-again', id, 'alice')).code).toBe(1);
    expect(await decide('ask-again', id, 'dana', 'clean it and send it')).toMatchObject({
      code: 0,
      answer: { state: 'quarantined', daemonTold: true },
    });
    const mail = await eventually('the mail', async () => {
      const folder = join(site.dir, 'mail');
      const mails = await Promise.all(
        (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')),
      );
      return mails.find((text) => text.includes('asked for again'));
    });
    expect(mail).toContain('alice@example.org');
    expect(mail).toContain('clean it and send it');
    expect(await site.json('file', 'show', id)).toMatchObject({ state: 'quarantined' });
  });

  test('leaves everything sound', async () => {
    expect(await site.havengate('doctor')).toMatchObject({ code: 0 });
    expect(await site.havengate('audit', 'verify')).toMatchObject({ code: 0 });
  });
});
