import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf, sftp, startSftp, tusUpload } from '../support/clients.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';
import type { ListedFile } from '../support/listed-file.ts';
import { eventually } from '../support/wait.ts';

const SIZE = 40_000_000;

let site: Installation;
let work: string;
let path: string;

beforeAll(async () => {
  site = await makeInstallation({ intake: '{ settle: 200ms }' });
  work = await mkdtemp(join(tmpdir(), 'havengate-work-'));
  path = join(work, 'large.bin');
  await writeFile(path, randomBytes(SIZE));
});

afterAll(async () => {
  await rm(work, { recursive: true, force: true });
  await site?.remove();
});

function files(state: string): Promise<ListedFile[]> {
  return site.json<ListedFile[]>('file', 'list', '--owner', 'alice', '--state', state);
}

/** Begins a throttled upload and returns when some of it has come. */
async function uploadSlowly(daemon: Daemon, name: string) {
  const client = startSftp(site, daemon, 'alice', ['-l', '16000'], `put ${path} ${name}`);
  await eventually(`${name} is being received`, async () => {
    const { stdout } = await sftp(site, daemon, 'alice', `ls -l ${name}`);
    const size = Number(/ (\d+) \w{3} +\d+ \d\d:\d\d /.exec(stdout)?.[1] ?? 0);
    return size > 1_000_000 && size < SIZE;
  });
  return client;
}

async function arrived(name: string): Promise<void> {
  const file = await eventually(`${name} has arrived`, async () =>
    (await files('arrived')).find((one) => one.name === name),
  );
  expect(file).toMatchObject({ size: SIZE, sha256: await digestOf(path) });
}

describe('an upload that the daemon leaves in the middle', () => {
  test.each([
    ['SIGTERM', { code: 0, signal: null }],
    ['SIGKILL', { code: null, signal: 'SIGKILL' }],
  ] as const)('by %s is resumed by sftp where it was', async (signal, end) => {
    const name = `${signal}.bin`;
    const before = await startDaemon(site);
    const client = await uploadSlowly(before, name);
    expect(await before.end(signal)).toEqual(end);
    client.kill('SIGKILL');
    expect((await files('receiving')).find((one) => one.name === name)?.sha256).toBeNull();

    const daemon = await startDaemon(site);
    try {
      const [kept] = await files('receiving');
      expect(kept?.size).toBeGreaterThan(1_000_000);
      expect(await sftp(site, daemon, 'alice', `reput ${path} ${name}`)).toMatchObject({ code: 0 });
      await arrived(name);
    } finally {
      await daemon.end('SIGTERM');
    }
  });

  test('is gone on with by a tus client that tries again', async () => {
    const before = await startDaemon(site);
    const port = String(before.port('portal'));
    const restarted: Promise<Daemon>[] = [];
    await tusUpload(site, before, 'alice', {
      path,
      as: 'tus.bin',
      chunkSize: 4_000_000,
      retry: true,
      onProgress: (sent) => {
        if (sent < 10_000_000 || restarted.length > 0) return;
        const doors = { HAVENGATE_DOORS: portalOn(port) };
        restarted.push(before.end('SIGKILL').then(() => startDaemon(site, doors)));
      },
    });
    const [daemon] = await Promise.all(restarted);
    if (daemon === undefined) throw new Error('the upload was over before the daemon was killed');
    try {
      await arrived('tus.bin');
    } finally {
      await daemon.end('SIGTERM');
    }
    expect(await site.havengate('doctor')).toMatchObject({ code: 0 });
  });
});

/** One portal door, where the daemon before had it. */
function portalOn(port: string): string {
  return `[{ kind: portal, side: outside, listen: 127.0.0.1:${port} }]`;
}
