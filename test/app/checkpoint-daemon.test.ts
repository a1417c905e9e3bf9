import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrive } from '../support/arrivals.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Installation, MAIN, makeInstallation, NODE, run } from '../support/installation.ts';
import { eventually } from '../support/wait.ts';

interface Entry {
  readonly seq: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

let site: Installation;
let work: string;
let anchor: string;
/** Started last. */
let daemon: Daemon;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'havengate-checkpoints-'));
  anchor = join(work, 'anchor');
  site = await makeInstallation({
    intake: '{ settle: 100ms }',
    audit: `{ checkpoint: 200ms, anchors: [{ kind: file, path: ${anchor} }, { kind: file, path: ${work}/later/two }] }`,
  });
});

afterAll(async () => {
  await daemon?.end('SIGKILL');
  await site?.remove();
  await rm(work, { recursive: true, force: true });
});

async function entries(type?: string): Promise<readonly Entry[]> {
  const { stdout } = await site.havengate('audit', 'export');
  const all = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { entry: Entry }).entry);
  return all.filter((entry) => type === undefined || entry.type === type);
}

const notesIn = async (file: string) =>
  ((await readFile(file, 'utf8').catch(() => '')).match(/^\u2014/gm) ?? []).length;

test('the daemon signs what has grown and writes it to its anchors, waiting for none of them', async () => {
  // An installation of before there were checkpoints.
  await rm(join(site.dir, 'keys/checkpoint-key.pem'));
  await rm(join(site.dir, 'keys/checkpoint-keys'));
  daemon = await startDaemon(site);
  await daemon.logged('checkpoint-key-made');
  await daemon.logged('anchor-failed', ({ place }) => place === `${work}/later/two`);
  await eventually('a checkpoint', async () => (await notesIn(anchor)) > 0);

  await writeFile(join(work, 'scan.csv'), 'a,b\n');
  const { id } = await arrive(site, daemon, 'alice', join(work, 'scan.csv'), 'scan.csv');
  await mkdir(join(work, 'later'));
  await eventually('the other anchor', async () => (await notesIn(join(work, 'later/two'))) > 0);

  const receipt = join(work, 'receipt.json');
  await writeFile(receipt, (await site.havengate('receipt', 'export', id)).stdout);
  const proof = await eventually('a proof', async () => {
    const { code, stdout } = await site.havengate('audit', 'prove', '--receipt', receipt);
    return code === 0 && stdout;
  });
  await writeFile(join(work, 'proof.json'), proof);
  const checked = await site.json<{ entry: Entry }>('audit', 'check-proof', join(work, 'proof.json'));
  expect(checked.entry.type).toBe('file-arrived');

  // The receipt brings its proof along, and is checked with public keys alone, away from here.
  const exported = await site.havengate('receipt', 'export', id);
  expect(exported).toMatchObject({ code: 0, stderr: '' });
  await writeFile(receipt, exported.stdout);
  const keys = join(site.dir, 'keys');
  const byKeys = ['--key', join(keys, 'receipt-public.pem'), '--log-key', join(keys, 'checkpoint-keys')];
  const good = await run(NODE, [MAIN, 'receipt', 'verify', receipt, ...byKeys]);
  expect(good).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/in the log +row \d+, signed in \S+ at \d+ rows/),
  });
  const { token } = await site.json<{ token: string }>(
    'token',
    'add',
    'alice',
    '--scope',
    'read',
    '--expires',
    '1d',
  );
  const url = `http://127.0.0.1:${daemon.port('portal')}/api/v1/files/${id}/receipt`;
  const downloaded = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  await writeFile(receipt, await downloaded.text());
  expect((await run(NODE, [MAIN, 'receipt', 'verify', receipt, ...byKeys])).stdout).toMatch(
    /row \d+, signed in/,
  );
  const bundle = JSON.parse(exported.stdout) as { inLog: { path: readonly string[] } };
  const other = JSON.parse((await site.havengate('audit', 'prove', '0')).stdout) as unknown;
  for (const [inLog, fault] of [
    [other, 'proof-of-another'],
    [{ ...bundle.inLog, path: bundle.inLog.path.toReversed() }, 'proof-wrong'],
    ['yes', 'proof-malformed'],
  ]) {
    await writeFile(receipt, JSON.stringify({ ...bundle, inLog }));
    const refused = await run(NODE, [MAIN, 'receipt', 'verify', receipt, ...byKeys, '--json']);
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: fault } });
  }
  await writeFile(receipt, JSON.stringify({ ...bundle, inLog: undefined }));
  const without = await run(NODE, [MAIN, 'receipt', 'verify', receipt, ...byKeys]);
  expect(without).toMatchObject({ code: 0, stdout: expect.stringContaining('no proof comes with it') });
  expect((await site.havengate('file', 'show', id)).stdout).toMatch(/rcpt_\w+ +SHA256:\S+ +row \d+, signed/);

  // A key that changes while the daemon runs: it goes on with the new one.
  const { newKey } = await site.json<{ newKey: string }>('audit', 'rotate-key');
  expect((await site.havengate('token', 'add', 'alice', '--scope', 'upload', '--expires', '1d')).code).toBe(
    0,
  );
  await eventually('a checkpoint by the new key', async () =>
    (await entries('checkpoint-signed')).some(({ data }) => data['key'] === newKey),
  );
  await daemon.end('SIGTERM');
  expect(daemon.stderr()).toBe('');
});

test('the end of the daemon is signed too, and nothing is signed that has not grown', async () => {
  const all = await entries();
  expect(all.slice(-2)).toMatchObject([
    { type: 'daemon-stopped' },
    { type: 'checkpoint-signed', data: { size: all.length - 1 } },
  ]);
  const signings = all.filter(({ type }) => type === 'checkpoint-signed');
  const idle = signings.filter(({ data }, i) => {
    const before = signings[i - 1];
    // A new key signs what the old one has signed last.
    if (before === undefined || before.data['key'] !== data['key']) return false;
    const since = all.slice(Number(before.data['size']), Number(data['size']));
    return since.every(({ type }) => type === 'checkpoint-signed');
  });
  expect(idle).toEqual([]);
  expect(await notesIn(anchor)).toBeGreaterThan(1);
  expect(await notesIn(anchor)).toBeLessThanOrEqual(signings.length);
  const verified = await site.json<{ matched: number }>('audit', 'verify');
  expect(verified.matched).toBeGreaterThan(2);
  expect((await site.havengate('doctor')).code).toBe(0);
});

test('a changed configuration is an event, with digests and the keys that differ', async () => {
  const starts = async () => (await entries('daemon-started')).map(({ data }) => data['configuration']);
  expect(await entries('configuration-changed')).toEqual([]);
  daemon = await startDaemon(site);
  await daemon.end('SIGTERM');
  expect(await entries('configuration-changed')).toEqual([]);
  await appendFile(site.config, '\nuploads: { abandon: 3d }\n');
  daemon = await startDaemon(site, { HAVENGATE_SITE: 'Another', HAVENGATE_QUEUE: 'managed' });
  await daemon.end('SIGTERM');

  const [first, second, third] = await starts();
  expect([second === first, third === first]).toEqual([true, false]);
  expect(await entries('configuration-changed')).toMatchObject([
    {
      data: {
        old: first,
        new: third,
        keys: 2,
        changes: [
          { key: 'site', from: '"Havengate"', to: '"Another"' },
          { key: 'uploads.abandon', from: '1209600000', to: '259200000' },
        ],
      },
    },
  ]);
});
