import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/system-clock.ts';
import { placeFreeze } from '../../src/core/custody/freezes/decide-freeze.ts';
import { openSqliteLedger } from '../../src/stores/ledger/sqlite-ledger.ts';
import { fileIn, mailWith } from '../support/arrivals.ts';
import { digestOf, sftp, sftpInside, startSftp, tusUpload } from '../support/clients.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Installation, makeInstallation, run } from '../support/installation.ts';
import { testPolicy } from '../support/policy.ts';
import { eventually } from '../support/wait.ts';

const SIZE = 24_000_000;

let site: Installation;
let daemon: Daemon;
let work: string;
let large: string;

beforeAll(async () => {
  site = await makeInstallation({ intake: '{ settle: 500ms }', notify: '{ gather: 100ms }' });
  work = await mkdtemp(join(tmpdir(), 'havengate-work-'));
  large = join(work, 'large.bin');
  await writeFile(large, Buffer.alloc(SIZE, 'Some rows of a table.\n'));
  daemon = await startDaemon(site);
});

afterAll(async () => {
  await daemon?.end('SIGTERM');
  if (work !== undefined) await rm(work, { recursive: true, force: true });
  await site?.remove();
});

interface FreezeView {
  readonly id: string;
  readonly proposedBy: string | null;
}

function freeze(...what: string[]): Promise<FreezeView> {
  return site.json('freeze', ...what, '--by', 'dana', '--reason', 'incident 17');
}

/** The same in this process: sooner than a file settles. */
async function freezeNow(name: string): Promise<FreezeView> {
  const ledger = await openSqliteLedger({ file: join(site.dir, 'ledger.sqlite3') });
  try {
    const people = await ledger.listAccounts();
    const [by, account] = ['dana', name].map((one) => people.find((person) => person.name === one));
    if (by === undefined || account === undefined)
      throw new Error('the demonstration has nobody of that name');
    const desk = { ledger, clock: systemClock, hints: { hint: () => undefined }, policy: testPolicy() };
    const target = { kind: 'account', account: account.id } as const;
    const placed = await placeFreeze(desk, { kind: 'console' }, target, { by, reason: 'incident 17' });
    if (!placed.ok) throw new Error(placed.refusal);
    return placed.value;
  } finally {
    await ledger.close();
  }
}

async function refusal(...args: string[]): Promise<string> {
  const { code, stdout } = await site.havengate(...args, '--json');
  expect(code).toBe(1);
  return (JSON.parse(stdout) as { error: { code: string } }).error.code;
}

const lifting = (id: string, by: string) => ['freeze', 'lift', id, '--by', by, '--reason', 'it is over'];

async function lift({ id }: FreezeView): Promise<void> {
  expect(await refusal(...lifting(id, 'dana'))).toBe('second-person-needed');
  await site.json(...lifting(id, 'olly'));
}

/** What happened, from the audit log, newest last. */
async function events(type: string): Promise<{ type: string; data: Record<string, unknown> }[]> {
  const { stdout } = await site.havengate('audit', 'export');
  return stdout
    .split('\n')
    .filter((line) => line.includes(`"${type}"`))
    .map((line) => {
      const row = JSON.parse(line) as { entry?: unknown };
      return (typeof row.entry === 'string' ? JSON.parse(row.entry) : (row.entry ?? row)) as {
        type: string;
        data: Record<string, unknown>;
      };
    })
    .filter((row) => row.type === type);
}

describe('a frozen account', () => {
  test('is shown out in the middle of an upload, in words; the upload is kept, and resumed after two have lifted it', async () => {
    const port = String(daemon.port('sftp'));
    const key = ['-i', join(site.dir, 'demo/alice.key')];
    const known = [
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'UserKnownHostsFile=/dev/null',
      '-o',
      'IdentitiesOnly=yes',
    ];
    const client = spawn('sftp', ['-l', '12000', '-b', '-', ...key, ...known, '-P', port, 'alice@127.0.0.1']);
    let said = '';
    client.stderr.on('data', (text: Buffer) => {
      said += text;
    });
    client.stdin.end(`put ${large} large.bin\n`);
    const ended = once(client, 'exit');
    await eventually('some of it has come', async () => {
      const { stdout } = await sftp(site, daemon, 'alice', 'ls -l large.bin');
      return Number(/ (\d+) \w{3} +\d+ \d\d:\d\d /.exec(stdout)?.[1] ?? 0) > 500_000;
    });
    const placed = await freeze('account', 'alice');
    const [code] = await ended;
    expect(code).not.toBe(0);
    expect(said).toContain('frozen');
    expect(said).not.toContain('incident');

    const again = await run('sftp', ['-b', '-', ...key, ...known, '-P', port, 'alice@127.0.0.1'], {
      input: 'ls\n',
    });
    expect(again.code).not.toBe(0);
    expect(again.stderr).toContain('frozen');
    // Right after the answer the log was once seen without the row.
    await eventually(
      'the refusal is in the audit log',
      async () => (await events('sign-in-refused')).at(-1)?.data['reason'] === 'freeze',
    );
    const stranger = await run(
      'sftp',
      ['-b', '-', '-i', join(site.dir, 'demo/bob.key'), ...known, '-P', port, 'alice@127.0.0.1'],
      { input: 'ls\n' },
    );
    expect(stranger.code).not.toBe(0);
    expect(stranger.stderr).not.toContain('frozen');

    const kept = await fileIn(site, 'alice', 'large.bin', 'receiving');
    expect(kept.size).toBeGreaterThan(0);
    expect(await site.json('account', 'show', 'alice')).toMatchObject({
      freezes: [{ id: placed.id, kind: 'account', reason: 'incident 17', placedBy: 'dana' }],
    });
    const { code: sound, stdout } = await site.havengate('doctor', '--json');
    expect(sound).toBe(0);
    expect(stdout).toContain(`account alice (${placed.id})`);
    expect(await mailWith(site, placed.id, 'incident 17')).toContain('dana');

    expect(await refusal(...lifting(placed.id, 'alice'))).toBe('frozen');
    expect(await refusal(...lifting(placed.id, 'bob'))).toBe('not-freezer');
    expect(await refusal(...lifting(placed.id, 'dana'))).toBe('second-person-needed');
    expect(await refusal(...lifting(placed.id, 'dana'))).toBe('same-person');
    expect((await sftp(site, daemon, 'alice', 'ls')).code).not.toBe(0);
    await site.json(...lifting(placed.id, 'olly'));
    expect(await refusal(...lifting(placed.id, 'olly'))).toBe('freeze-unknown');
    expect(await sftp(site, daemon, 'alice', `reput ${large} large.bin`)).toMatchObject({ code: 0 });
    expect((await fileIn(site, 'alice', 'large.bin', 'arrived')).sha256).toBe(await digestOf(large));
    for (const type of ['freeze-placed', 'freeze-lift-proposed', 'freeze-lifted']) {
      expect((await events(type)).length, type).toBeGreaterThan(0);
    }
  });

  test('has what it sent wait before it is admitted, and arrive after the lift', async () => {
    const path = join(work, 'waits.csv');
    await writeFile(path, 'a,b\n1,2\n');
    expect(await sftp(site, daemon, 'bob', `put ${path} waits.csv`)).toMatchObject({ code: 0 });
    const placed = await freezeNow('bob');
    const { why } = await daemon.logged('job-later', (line) => String(line['why']).includes(placed.id));
    expect(why).toContain('frozen');
    expect(await site.json('file', 'list', '--owner', 'bob', '--state', 'arrived')).toEqual([]);
    await lift(placed);
    await fileIn(site, 'bob', 'waits.csv', 'arrived', 70_000);
  });
});

describe('a frozen door', () => {
  test('ends a tus upload in the middle, which the client waits with and goes on with after the lift', async () => {
    let placed: Promise<FreezeView> | null = null;
    const uploaded = tusUpload(site, daemon, 'alice', {
      path: large,
      as: 'tus.bin',
      chunkSize: 4_000_000,
      retry: true,
      onProgress: () => {
        placed ??= freeze('door', 'portal/outside');
      },
    });
    uploaded.catch(() => undefined);
    const frozen = await eventually('the door is frozen', async () => placed);
    const token = await site.secret('alice', 'token');
    const base = `http://127.0.0.1:${daemon.port('portal')}/api/v1`;
    const asked = await fetch(`${base}/me`, { headers: { authorization: `Bearer ${token}` } });
    expect(asked.status).toBe(423);
    expect(await asked.text()).toContain('frozen');
    const wrong = await fetch(`${base}/me`, { headers: { authorization: `Bearer ${token}x` } });
    expect(wrong.status).toBe(401);
    expect((await sftp(site, daemon, 'alice', 'ls')).code).toBe(0);
    await lift(frozen);
    await uploaded;
    expect((await fileIn(site, 'alice', 'tus.bin', 'arrived')).sha256).toBe(await digestOf(large));
  });
});

describe('a frozen project', () => {
  test('ends a download in the middle, and keeps people and verbs from its shares', async () => {
    expect(
      await sftpInside(site, daemon, 'alice', `put ${large} /outbound/cohort/results.bin`),
    ).toMatchObject({ code: 0 });
    const file = await fileIn(site, 'alice', 'results.bin', 'released');
    const got = join(work, 'got.bin');
    const client = startSftp(
      site,
      daemon,
      'alice',
      ['-l', '12000'],
      `get /outbound/cohort/results.bin ${got}`,
    );
    const ended = once(client, 'exit');
    await eventually('some of it is there', async () => (await stat(got).catch(() => null))?.size);
    const placed = await freeze('project', 'DEMO-1');
    expect((await ended)[0]).not.toBe(0);
    expect((await stat(got)).size).toBeLessThan(SIZE);
    expect(await site.json('project', 'show', 'DEMO-1')).toMatchObject({ freezes: [{ id: placed.id }] });

    const look = await sftpInside(site, daemon, 'alice', 'ls /shares/cohort');
    expect(look.code).not.toBe(0);
    const arrived = await fileIn(site, 'alice', 'large.bin', 'arrived');
    expect(await refusal('file', 'move', arrived.id, '--to', 'cohort')).toBe('frozen');
    expect((await sftpInside(site, daemon, 'alice', 'ls /arrivals')).code).toBe(0);
    await lift(placed);
    expect(await sftp(site, daemon, 'alice', `get /outbound/cohort/results.bin ${got}`)).toMatchObject({
      code: 0,
    });
    expect(await digestOf(got)).toBe(file.sha256);
  });
});

describe('when everything is frozen', () => {
  test('no door lets anybody in, retention and verbs refuse, and operations go on', async () => {
    const placed = await freeze('all');
    for (const attempt of [sftp, sftpInside]) {
      expect((await attempt(site, daemon, 'alice', 'ls')).code).not.toBe(0);
    }
    expect(await refusal('retention', 'run')).toBe('frozen');
    const arrived = await fileIn(site, 'alice', 'large.bin', 'arrived');
    expect(await refusal('file', 'remove', arrived.id, '--by', 'alice')).toBe('frozen');
    const ready = await fetch(`http://127.0.0.1:${daemon.opsPort}/readyz`);
    expect(ready.status).toBe(200);
    await lift(placed);
    expect((await sftp(site, daemon, 'alice', 'ls')).code).toBe(0);
    expect(await site.json('freeze', 'list')).toEqual([]);
  });
});
