import { mkdtemp, open, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrive, fileIn, mailWith } from '../support/arrivals.ts';
import { sftpInside } from '../support/clients.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';
import type { ListedFile } from '../support/listed-file.ts';

let site: Installation;
let daemon: Daemon;
let work: string;

beforeAll(async () => {
  // Everything is due whenever a run begins.
  const scrub = '{ every: 1ms, rate: 64MiB }';
  site = await makeInstallation({ scrub, intake: '{ settle: 100ms }', notify: '{ gather: 100ms }' });
  work = await mkdtemp(join(tmpdir(), 'havengate-work-'));
  await writeFile(join(work, 'scan.csv'), 'a,b\n1,2\n');
  daemon = await startDaemon(site);
});

afterAll(async () => {
  await daemon?.end('SIGTERM');
  if (work !== undefined) await rm(work, { recursive: true, force: true });
  await site?.remove();
});

/** Turns one bit over and sets the modification time back: the bytes are other ones, and nothing else tells. */
async function turnOver(path: string): Promise<void> {
  const { atime, mtime } = await stat(path);
  const file = await open(path, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, 0);
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, 0);
  await file.close();
  await utimes(path, atime, mtime);
}

/** The ledger then says that this is what the inode was like when the bytes were known to be right. */
async function forgetChange(path: string, id: string): Promise<void> {
  const { ino, birthtimeNs, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  const database = new DatabaseSync(join(site.dir, 'ledger.sqlite3'));
  const stamp = `${ino}-${birthtimeNs}-${size}-${mtimeNs}-${ctimeNs}`;
  database.prepare('update files set stamp = ? where id = ?').run(stamp, id);
  database.close();
}

async function doctor(): Promise<{ readonly code: number | null; readonly text: string }> {
  const { code, stdout, stderr } = await site.havengate('doctor');
  return { code, text: stdout + stderr };
}

test('a bit that was turned over in a stored file is found by the daemon, and nobody gets the file', async () => {
  const { id } = await arrive(site, daemon, 'alice', join(work, 'scan.csv'), 'scan.csv');
  const path = join(site.dir, 'data/arrivals/alice/scan.csv');
  await turnOver(path);
  // A run begins with the daemon, and then every minute.
  await daemon.end('SIGTERM');
  daemon = await startDaemon(site);
  await daemon.logged('file-damaged', (line) => line['file'] === id);
  expect(await fileIn(site, 'alice', 'scan.csv', 'held')).toMatchObject({ id, reason: 'bytes-corrupt' });
  const got = await sftpInside(site, daemon, 'alice', `get /arrivals/scan.csv ${join(work, 'got.csv')}`);
  expect(got.code).not.toBe(0);
  // OpenSSH's client keeps the sentence to itself, and shows what the status code stands for.
  expect(got.stderr).toContain('Permission denied');
  expect(await doctor()).toMatchObject({
    code: 1,
    text: expect.stringContaining(`${id}: its bytes in arrivals`),
  });
  expect(await mailWith(site, 'damaged', id)).toContain('send it again if you can');
  const password = (await readFile(join(site.dir, 'keys/ops-password'), 'utf8')).trim();
  const metrics = await fetch(`http://127.0.0.1:${daemon.opsPort}/metrics`, {
    headers: { authorization: `Basic ${Buffer.from(`ops:${password}`).toString('base64')}` },
  });
  expect(await metrics.text()).toMatch(/^havengate_damaged_files 1$/m);
  expect(await site.json('scrub', 'status')).toMatchObject({ on: true, damaged: [{ id, zone: 'arrivals' }] });

  // The data team decides: only then the bytes go.
  const decided = ['--by', 'dana', '--reason', 'sent again'];
  expect(await site.havengate('file', 'admit', id, ...decided)).toMatchObject({ code: 1 });
  await site.json('file', 'destroy', id, ...decided);
  await fileIn(site, 'alice', 'scan.csv', 'destroyed');
  await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await doctor()).toMatchObject({ code: 0 });
});

test('a bit that was turned over in a share is damage; what somebody changed there is theirs', async () => {
  const [flipped, changed] = [
    await arrive(site, daemon, 'alice', join(work, 'scan.csv'), 'flipped.csv'),
    await arrive(site, daemon, 'alice', join(work, 'scan.csv'), 'changed.csv'),
  ];
  for (const { id, name } of [flipped, changed])
    await site.json('file', 'move', id, '--to', `cohort/${name}`);
  for (const { name } of [flipped, changed]) await fileIn(site, 'alice', name, 'shared');
  const there = (name: string) => join(site.dir, 'data/shares/cohort', name);
  expect(await site.json('scrub', 'run', flipped.id, changed.id)).toMatchObject({ found: { sound: 2 } });
  for (const { name } of [flipped, changed]) await turnOver(there(name));
  await forgetChange(there('flipped.csv'), flipped.id);
  const run = await site.havengate('scrub', 'run', flipped.id, changed.id);
  expect(run.code).toBe(1);
  expect(run.stderr).toContain(flipped.id);
  expect(run.stderr).not.toContain(changed.id);
  const got = await sftpInside(
    site,
    daemon,
    'alice',
    `get /shares/cohort/flipped.csv ${join(work, 'got.csv')}`,
  );
  expect(got.stderr).toContain('Permission denied');
  expect(
    await sftpInside(site, daemon, 'alice', `get /shares/cohort/changed.csv ${join(work, 'got.csv')}`),
  ).toMatchObject({ code: 0 });
  expect(await site.json<ListedFile>('file', 'show', changed.id)).toMatchObject({ reason: 'changed-since' });
  expect((await doctor()).text).toContain(`${flipped.id}: its bytes in share`);
});
