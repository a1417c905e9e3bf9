import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrive, fileIn, mailWith } from '../support/arrivals.ts';
import { digestOf, sftp, sftpInside } from '../support/clients.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Installation, makeInstallation, run } from '../support/installation.ts';
import { eventuallyIn } from '../support/wait.ts';

let site: Installation;
let daemon: Daemon;
let work: string;

beforeAll(async () => {
  site = await makeInstallation({
    intake: '{ settle: 200ms }',
    notify: '{ gather: 200ms }',
    drives: '{ rescan: 1s }',
  });
  work = await mkdtemp(join(tmpdir(), 'havengate-work-'));
  daemon = await startDaemon(site);
});

afterAll(async () => {
  await daemon?.end('SIGTERM');
  await rm(work, { recursive: true, force: true });
  await site?.remove();
});

const inShare = (...names: string[]) => join(site.dir, 'data/shares/cohort', ...names);
const inArrivals = (...names: string[]) => join(site.dir, 'data/arrivals/alice', ...names);

async function makeFile(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(work, name);
  await writeFile(path, bytes);
  return path;
}

describe('the way in and out, with every right', () => {
  test('put outside, found inside, moved to the share, read there by another member', async () => {
    const path = await makeFile('cohort.csv', randomBytes(2_000_000));
    const file = await arrive(site, daemon, 'alice', path, 'cohort.csv');
    const got = join(work, 'got-inside');
    const moved = await sftpInside(
      site,
      daemon,
      'alice',
      `get /arrivals/cohort.csv ${got}`,
      'rename /arrivals/cohort.csv /shares/cohort/cohort.csv',
      '!echo what is left',
      'ls /arrivals',
    );
    expect(moved).toMatchObject({ code: 0 });
    expect(moved.stdout.split('what is left').at(-1)).not.toContain('cohort.csv');
    expect(await digestOf(got)).toBe(file.sha256);
    expect(existsSync(inArrivals('cohort.csv'))).toBe(false);
    expect(await digestOf(inShare('cohort.csv'))).toBe(file.sha256);
    expect(await fileIn(site, 'alice', 'cohort.csv', 'shared')).toMatchObject({ id: file.id });

    const read = join(work, 'got-by-bob');
    expect(await sftpInside(site, daemon, 'bob', `get /shares/cohort/cohort.csv ${read}`)).toMatchObject({
      code: 0,
    });
    expect(await digestOf(read)).toBe(file.sha256);
  });

  test('a member without the outbound right is refused in words when dropping it', async () => {
    const put = await sftpInside(
      site,
      daemon,
      'bob',
      `put ${join(work, 'cohort.csv')} /outbound/cohort/x.csv`,
    );
    expect(put.code).not.toBe(0);
    const rename = await sftpInside(
      site,
      daemon,
      'bob',
      'rename /shares/cohort/cohort.csv /outbound/cohort/cohort.csv',
    );
    expect(rename.code).not.toBe(0);
    const listed = await site.json<{ id: string }[]>('outbound', 'list', '--owner', 'bob');
    expect(listed).toEqual([]);
  });

  test('the drop of one who may is released and collected outside, with the digest shown', async () => {
    const path = await makeFile('results.csv', randomBytes(3_000_000));
    const digest = await digestOf(path);
    expect(await sftpInside(site, daemon, 'alice', `put ${path} /outbound/cohort/results.csv`)).toMatchObject(
      {
        code: 0,
      },
    );
    const file = await fileIn(site, 'alice', 'results.csv', 'released');
    expect(file).toMatchObject({ sha256: digest, size: 3_000_000 });
    expect(await mailWith(site, 'results.csv', 'released')).toContain(digest);

    const got = join(work, 'results-outside');
    expect(await sftp(site, daemon, 'alice', `get /outbound/cohort/results.csv ${got}`)).toMatchObject({
      code: 0,
    });
    expect(await digestOf(got)).toBe(digest);
    await eventuallyIn(site, 'it is collected', async () => {
      const shown = await site.json<{ custody: { type: string }[] }>('file', 'show', file.id);
      return shown.custody.some(({ type }) => type === 'file-collected');
    });
  });

  test('a rename from the share into outbound sends a copy, and the working file stays', async () => {
    await writeFile(inShare('table.txt'), 'counts of seven and more');
    expect(
      await sftpInside(site, daemon, 'alice', 'rename /shares/cohort/table.txt /outbound/cohort/table.txt'),
    ).toMatchObject({ code: 0 });
    await fileIn(site, 'alice', 'table.txt', 'released');
    const got = join(work, 'table-outside');
    expect(await sftp(site, daemon, 'alice', `get /outbound/cohort/table.txt ${got}`)).toMatchObject({
      code: 0,
    });
    expect(await readFile(got, 'utf8')).toBe('counts of seven and more');
    expect(await readFile(inShare('table.txt'), 'utf8')).toBe('counts of seven and more');
  });

  test('what was sent from the command line is released too, and revoked by the data team', async () => {
    await writeFile(inShare('mistake.txt'), 'names of patients');
    await site.json('outbound', 'send', 'mistake.txt', '--share', 'cohort', '--by', 'alice');
    const file = await fileIn(site, 'alice', 'mistake.txt', 'released', 90_000);
    await site.json('outbound', 'revoke', file.id, '--by', 'dana', '--reason', 'names in it');
    const got = await sftp(site, daemon, 'alice', `get /outbound/cohort/mistake.txt ${join(work, 'never')}`);
    expect(got.code).not.toBe(0);
    expect(existsSync(join(work, 'never'))).toBe(false);
  });

  test('a member of the public sees nobody else’s release', async () => {
    const listed = await sftp(site, daemon, 'bob', 'ls /outbound');
    expect(listed.stdout).not.toContain('cohort');
    expect(
      (await sftp(site, daemon, 'bob', `get /outbound/cohort/results.csv ${join(work, 'x')}`)).code,
    ).not.toBe(0);
  });
});

describe('folders and verbs', () => {
  test('a folder of arrivals moves to the share with all that is in it', async () => {
    const folder = join(work, 'study');
    await mkdir(join(folder, 'deep'), { recursive: true });
    for (const name of ['a.txt', 'b.txt', 'deep/c.txt'])
      await writeFile(join(folder, name), `this is ${name}`);
    expect(await sftp(site, daemon, 'alice', `put -r ${folder} study`)).toMatchObject({ code: 0 });
    for (const name of ['a.txt', 'b.txt', 'c.txt']) await fileIn(site, 'alice', name, 'arrived');
    expect(
      await sftpInside(site, daemon, 'alice', 'rename /arrivals/study /shares/cohort/study'),
    ).toMatchObject({
      code: 0,
    });
    for (const name of ['a.txt', 'b.txt', 'c.txt']) await fileIn(site, 'alice', name, 'shared');
    expect(await readFile(inShare('study/deep/c.txt'), 'utf8')).toBe('this is deep/c.txt');
    expect(existsSync(inArrivals('study'))).toBe(false);
  });

  test('`file move` moves in the name of the holder, and never onto a name that is taken', async () => {
    const path = await makeFile('verb.txt', 'moved by a verb');
    const file = await arrive(site, daemon, 'alice', path, 'verb.txt');
    await writeFile(inShare('taken.txt'), 'already there');
    const refused = await site.havengate('file', 'move', file.id, '--to', 'cohort/taken.txt');
    expect(refused.code).toBe(1);
    expect(await readFile(inShare('taken.txt'), 'utf8')).toBe('already there');
    await site.json('file', 'move', file.id, '--to', 'cohort/moved.txt');
    await fileIn(site, 'alice', 'verb.txt', 'shared', 90_000);
    expect(await readFile(inShare('moved.txt'), 'utf8')).toBe('moved by a verb');
  });

  test('a removed member loses access at once', async () => {
    expect(await sftpInside(site, daemon, 'bob', 'ls /shares/cohort')).toMatchObject({ code: 0 });
    await site.json('share', 'member', 'remove', 'cohort', 'bob');
    const listed = await sftpInside(site, daemon, 'bob', 'ls /shares/cohort');
    expect(listed.code).not.toBe(0);
    await site.json('share', 'member', 'add', 'cohort', 'bob', '--rights', 'read');
    expect(await sftpInside(site, daemon, 'bob', 'ls /shares/cohort')).toMatchObject({ code: 0 });
    const put = await sftpInside(
      site,
      daemon,
      'bob',
      `put ${join(work, 'cohort.csv')} /shares/cohort/by-bob.csv`,
    );
    expect(put.code).not.toBe(0);
    expect(put.stderr).toContain('Permission denied');
  });

  test('working files are ordinary files: written, overwritten, renamed over, removed', async () => {
    const first = await makeFile('draft-1', 'first draft');
    const second = await makeFile('draft-2', 'second draft, longer');
    const done = await sftpInside(
      site,
      daemon,
      'alice',
      'mkdir /shares/cohort/paper',
      `put ${first} /shares/cohort/paper/draft.txt`,
      `put ${second} /shares/cohort/paper/draft.txt`,
      `put ${first} /shares/cohort/paper/other.txt`,
      'rename /shares/cohort/paper/other.txt /shares/cohort/paper/draft.txt',
      'rm /shares/cohort/paper/draft.txt',
      'rmdir /shares/cohort/paper',
    );
    expect(done).toMatchObject({ code: 0 });
    expect(existsSync(inShare('paper'))).toBe(false);
  });
});

describe('a mounted drive', () => {
  test('plain mv to the share is custody too', async () => {
    const path = await makeFile('by-mv.bin', randomBytes(100_000));
    const file = await arrive(site, daemon, 'alice', path, 'by-mv.bin');
    expect(await run('mv', [inArrivals('by-mv.bin'), inShare('by-mv.bin')])).toMatchObject({ code: 0 });
    const moved = await fileIn(site, 'alice', 'by-mv.bin', 'shared', 60_000);
    expect(moved).toMatchObject({ id: file.id, sha256: file.sha256 });
  });

  test('cp and rm are one move', async () => {
    const path = await makeFile('by-cp.bin', randomBytes(100_000));
    const file = await arrive(site, daemon, 'alice', path, 'by-cp.bin');
    const copied = await run('sh', [
      '-c',
      `cp "${inArrivals('by-cp.bin')}" "${inShare('by-cp.bin')}" && rm "${inArrivals('by-cp.bin')}"`,
    ]);
    expect(copied).toMatchObject({ code: 0 });
    expect(await fileIn(site, 'alice', 'by-cp.bin', 'shared', 60_000)).toMatchObject({ id: file.id });
  });

  test('rm is a removal, and a file put there starts its retention', async () => {
    const path = await makeFile('by-rm.bin', randomBytes(1000));
    const file = await arrive(site, daemon, 'alice', path, 'by-rm.bin');
    await rm(inArrivals('by-rm.bin'));
    expect(await fileIn(site, 'alice', 'by-rm.bin', 'removed', 60_000)).toMatchObject({ id: file.id });
    await writeFile(inArrivals('put-there.txt'), 'from a desktop');
    const adopted = await fileIn(site, 'alice', 'put-there.txt', 'arrived', 60_000);
    expect(adopted.expiresAt).not.toBeNull();
    expect((await stat(inArrivals('put-there.txt'))).size).toBe(14);
  });
});

test('the audit log verifies, and the doctor finds no broken invariant', async () => {
  expect(await site.havengate('audit', 'verify')).toMatchObject({ code: 0 });
  const doctor = await site.havengate('doctor');
  expect(doctor.stdout + doctor.stderr).not.toContain('fault');
  expect(doctor).toMatchObject({ code: 0 });
});
