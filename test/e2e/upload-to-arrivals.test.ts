import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf, sftp, tusUpload } from '../support/clients.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';
import type { ListedFile } from '../support/listed-file.ts';
import { eventually, eventuallyIn } from '../support/wait.ts';

let site: Installation;
let daemon: Daemon;
let work: string;

beforeAll(async () => {
  site = await makeInstallation({ intake: '{ settle: 1s }', notify: '{ gather: 1s }' });
  work = await mkdtemp(join(tmpdir(), 'havengate-work-'));
  daemon = await startDaemon(site);
});

afterAll(async () => {
  await daemon?.end('SIGTERM');
  await rm(work, { recursive: true, force: true });
  await site?.remove();
});

async function makeFile(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(work, name);
  await writeFile(path, bytes);
  return path;
}

/** The newest file with that outside name, once it is in that state. */
function listed(name: string, state: string): Promise<ListedFile> {
  return eventuallyIn(site, `${name} is ${state}`, async () => {
    const files = await site.json<ListedFile[]>('file', 'list', '--owner', 'alice');
    return files.find((file) => file.name === name && file.state === state);
  });
}

describe('a file from outside', () => {
  test('put by sftp appears in Arrivals with its digest and a receipt that verifies', async () => {
    const path = await makeFile('scan.csv', randomBytes(3_000_000));
    const put = await sftp(site, daemon, 'alice', `put ${path} scan.csv`);
    expect(put).toMatchObject({ code: 0 });
    const file = await listed('scan.csv', 'arrived');
    expect(file).toMatchObject({
      owner: 'alice',
      size: 3_000_000,
      sha256: await digestOf(path),
      scan: 'off',
    });
    expect(await digestOf(join(site.dir, 'data/arrivals/alice/scan.csv'))).toBe(file.sha256);
    const receipt = await makeFile(
      'receipt.json',
      (await site.havengate('receipt', 'export', file.id)).stdout,
    );
    expect(await site.havengate('receipt', 'verify', receipt)).toMatchObject({ code: 0 });
    await writeFile(receipt, (await readFile(receipt, 'utf8')).replace('3000000', '3000001'));
    expect(await site.havengate('receipt', 'verify', receipt)).toMatchObject({ code: 1 });
  });

  test('uploaded by tus-js-client does the same', async () => {
    const path = await makeFile('cohort.bin', randomBytes(5_000_000));
    await tusUpload(site, daemon, 'alice', { path, as: 'cohort.bin', chunkSize: 1_000_000 });
    const file = await listed('cohort.bin', 'arrived');
    expect(file).toMatchObject({ size: 5_000_000, sha256: await digestOf(path) });
    expect(await digestOf(join(site.dir, 'data/arrivals/alice/cohort.bin'))).toBe(file.sha256);
  });

  test('of the same name and other bytes arrives beside the first', async () => {
    const first = await makeFile('twice.txt', 'the first bytes');
    const second = await makeFile('twice-again.txt', 'other bytes');
    await sftp(site, daemon, 'alice', `put ${first} twice.txt`);
    await listed('twice.txt', 'arrived');
    await sftp(site, daemon, 'alice', `put ${second} twice.txt`);
    const arrivals = join(site.dir, 'data/arrivals/alice');
    const beside = await eventually('twice (2).txt', () =>
      readFile(join(arrivals, 'twice (2).txt'), 'utf8').catch(() => null),
    );
    expect(beside).toBe('other bytes');
    expect(await readFile(join(arrivals, 'twice.txt'), 'utf8')).toBe('the first bytes');
  });

  test('of the same name and the same bytes gets a second receipt and no copy', async () => {
    const path = await makeFile('same.txt', 'the same bytes');
    await sftp(site, daemon, 'alice', `put ${path} same.txt`);
    const first = await listed('same.txt', 'arrived');
    await sftp(site, daemon, 'alice', `put ${path} same.txt`);
    const second = await listed('same.txt', 'abandoned');
    expect(second).toMatchObject({ reason: 'same-bytes', sha256: first.sha256 });
    const receipt = await makeFile(
      'second.json',
      (await site.havengate('receipt', 'export', second.id)).stdout,
    );
    expect(await site.havengate('receipt', 'verify', receipt)).toMatchObject({ code: 0 });
    expect(JSON.parse(await readFile(receipt, 'utf8')).body.arrival).toEqual({
      file: first.id,
      path: 'same.txt',
    });
    await expect(readFile(join(site.dir, 'data/arrivals/alice/same (2).txt'))).rejects.toThrow('ENOENT');
  });

  test('is told to its owner in one mail, with the receipt', async () => {
    const path = await makeFile('mailed.txt', 'to be told');
    await sftp(site, daemon, 'alice', `put ${path} mailed.txt`);
    const file = await listed('mailed.txt', 'arrived');
    const mail = await eventually('a mail about mailed.txt', async () => {
      const names = await readdir(join(site.dir, 'mail')).catch(() => []);
      // Others are being written.
      for (const name of names.filter((one) => one.endsWith('.eml'))) {
        const text = await readFile(join(site.dir, 'mail', name), 'utf8');
        if (text.includes('mailed.txt')) return text;
      }
      return null;
    });
    expect(mail.replaceAll('=\r\n', '')).toContain(file.sha256);
  });
});

test('a member of the public gets nothing: the doors of the other side refuse an outside token', async () => {
  const token = await site.secret('alice', 'token');
  const answer = await fetch(`http://127.0.0.1:${daemon.port('portal', 'inside')}/api/v1/uploads`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'tus-resumable': '1.0.0', 'upload-length': '1' },
  });
  expect(answer.status).toBeGreaterThanOrEqual(400);
});

test('the audit log verifies, and the doctor finds no broken invariant', async () => {
  expect(await site.havengate('audit', 'verify')).toMatchObject({ code: 0 });
  expect(await site.havengate('doctor')).toMatchObject({ code: 0 });
});
