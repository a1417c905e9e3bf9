import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrive, fileIn } from '../support/arrivals.ts';
import { digestOf } from '../support/clients.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Installation, MAIN, makeInstallation, NODE, run } from '../support/installation.ts';
import type { ListedFile } from '../support/listed-file.ts';

const PASSPHRASE = 'a long enough passphrase';

let site: Installation;
let work: string;
let daemon: Daemon | null = null;

beforeAll(async () => {
  site = await makeInstallation({ intake: '{ settle: 200ms }' });
  work = await mkdtemp(join(tmpdir(), 'havengate-work-'));
});

afterAll(async () => {
  await daemon?.end('SIGTERM');
  if (work !== undefined) await rm(work, { recursive: true, force: true });
  await site?.remove();
});

const ledgerFile = () => join(site.dir, 'ledger.sqlite3');

async function makeFile(name: string): Promise<string> {
  const path = join(work, name);
  await writeFile(path, `id,value\n${name},1\n`);
  return path;
}

async function refusal(...args: string[]): Promise<string> {
  const { code, stdout } = await site.havengate(...args, '--json');
  expect(code).toBe(1);
  return (JSON.parse(stdout) as { error: { code: string } }).error.code;
}

async function doctor(): Promise<string> {
  return (await site.havengate('doctor', '--json')).stdout;
}

// The sentences follow docs/backup.md, in its order.
test('a backup is made while the daemon runs; put back over a newer ledger it forgets only what it must, and destroys nothing', async () => {
  const passphrase = join(work, 'passphrase');
  await writeFile(passphrase, `${PASSPHRASE}\n`);
  const backup = join(work, 'backup');
  const running = await startDaemon(site);
  daemon = running;
  const before = await arrive(site, running, 'alice', await makeFile('before.csv'), 'before.csv');

  const made = await site.json<{ audit: { size: number; root: string } }>(
    'backup',
    '--to',
    backup,
    '--keys-passphrase-file',
    passphrase,
  );
  expect(made.audit.size).toBeGreaterThan(10);
  expect((await stat(backup)).mode & 0o777).toBe(0o700);
  expect((await readdir(backup)).sort()).toEqual([
    'certificate-public.pem',
    'checkpoint-keys',
    'havengate.yaml',
    'keys.sealed',
    'ledger.sqlite3',
    'manifest.json',
    'receipt-public.pem',
  ]);
  const key = await readFile(join(site.dir, 'keys/receipt-key.pem'), 'utf8');
  for (const name of await readdir(backup)) {
    expect((await readFile(join(backup, name), 'latin1')).includes(key.slice(40, 80)), name).toBe(false);
  }
  expect(await refusal('backup', '--to', backup)).toBe('target-exists');

  const after = await arrive(site, running, 'alice', await makeFile('after.csv'), 'after.csv');
  const restore = ['restore', '--from', backup];
  expect(await refusal(...restore, '--over-newer', 'a test')).toBe('still-running');
  await running.end('SIGTERM');
  daemon = null;
  expect(await refusal(...restore)).toBe('ledger-newer');
  expect(await fileIn(site, 'alice', 'after.csv', 'arrived')).toMatchObject({ id: after.id });

  const restored = await site.json<{ replaced: string }>(...restore, '--over-newer', 'the disk was lost');
  expect(existsSync(restored.replaced)).toBe(true);
  const files = await site.json<ListedFile[]>('file', 'list', '--owner', 'alice');
  expect(files.map(({ id }) => id)).toEqual([before.id]);
  expect(await digestOf(join(site.dir, 'data/arrivals/alice/after.csv'))).toBe(after.sha256);

  expect(await doctor()).toContain('restored');
  expect(await refusal('retention', 'run')).toBe('ledger-restored');
  const { stdout: log } = await site.havengate('audit', 'export');
  expect(log).toContain('ledger-restored');
  expect(log).toContain(made.audit.root);
  expect((await site.havengate('audit', 'verify')).code).toBe(0);

  daemon = await startDaemon(site);
  await arrive(site, daemon, 'alice', await makeFile('later.csv'), 'later.csv');
  expect(await digestOf(join(site.dir, 'data/arrivals/alice/after.csv'))).toBe(after.sha256);
  await site.json('restore', 'accept', '--by', 'dana', '--reason', 'compared');
  expect(await doctor()).not.toContain('does not know what happened between');
  await site.json('retention', 'run');
});

test('a backup that was changed in any byte is not restored', async () => {
  const backup = join(work, 'tampered');
  await site.json('backup', '--to', backup);
  const copy = join(backup, 'ledger.sqlite3');
  const bytes = await readFile(copy);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  await writeFile(copy, bytes);
  const held = await readFile(ledgerFile());
  expect(await refusal('restore', '--from', backup, '--over-newer', 'a test')).toBe('backup-damaged');
  const manifest = join(backup, 'manifest.json');
  await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('"schema": ', '"schema": 1'));
  expect(await refusal('restore', '--from', backup, '--over-newer', 'a test')).toBe('backup-damaged');
  expect((await readFile(ledgerFile())).equals(held)).toBe(true);
});

test('a lost machine is made again from backup, data and passphrase', async () => {
  const passphrase = join(work, 'passphrase');
  await writeFile(passphrase, PASSPHRASE);
  const backup = join(work, 'for-another');
  await site.json('backup', '--to', backup, '--keys-passphrase-file', passphrase);
  const dir = join(work, 'another');
  const trusted = join(site.dir, 'keys/receipt-public.pem');
  const args = ['restore', '--from', backup, '--dir', dir, '--public-key', trusted];
  await writeFile(join(work, 'wrong'), 'another passphrase');
  expect(await refusal(...args, '--keys-passphrase-file', join(work, 'wrong'))).toBe('passphrase-wrong');
  await site.json(...args, '--keys-passphrase-file', passphrase);
  await cp(join(site.dir, 'data'), join(dir, 'data'), { recursive: true });
  expect(await readFile(join(dir, 'keys/receipt-key.pem'))).toEqual(
    await readFile(join(site.dir, 'keys/receipt-key.pem')),
  );
  expect((await stat(join(dir, 'keys/receipt-key.pem'))).mode & 0o777).toBe(0o600);
  const there = await run(NODE, [MAIN, 'doctor', '--json', '--config', join(dir, 'havengate.yaml')]);
  expect(there.stdout).toContain('restored');
});
