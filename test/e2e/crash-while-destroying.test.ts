import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sftp } from '../support/clients.ts';
import { startDaemon } from '../support/daemon.ts';
import { failpointsOf } from '../support/failpoints.ts';
import { type Installation, MAIN, makeInstallation, NODE, run } from '../support/installation.ts';
import type { ListedFile } from '../support/listed-file.ts';
import { eventuallyIn } from '../support/wait.ts';

const OF_DESTROYING = failpointsOf('destroy');

/** How long files stay here. */
const STAY_MS = 4000;

let site: Installation;
let work: string;

beforeAll(async () => {
  site = await makeInstallation({
    intake: '{ settle: 100ms }',
    notify: '{ gather: 100ms }',
    retention: `{ arrivals: ${STAY_MS}ms, warn: [1s] }`,
  });
  work = await mkdtemp(join(tmpdir(), 'havengate-work-'));
});

afterAll(async () => {
  await rm(work, { recursive: true, force: true });
  await site?.remove();
});

/** Every name below a folder. */
async function namesBelow(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return found.filter((one) => one.isFile()).map((one) => one.name);
}

/** What the removal of a file passes. */
const OF_REMOVING = ['destroy.doomed', 'destroy.unlinked', 'clear.recorded'] as const;

describe('kill -9 while a removed file is unlinked', () => {
  test.each(OF_REMOVING)(
    'at %s: its bytes are gone, and it is certified once',
    { timeout: 120_000 },
    async (point) => {
      const own = await makeInstallation({ intake: '{ settle: 100ms }', notify: '{ gather: 100ms }' });
      try {
        const path = join(work, 'removed.csv');
        await writeFile(path, 'the bytes of removed.csv');
        const first = await startDaemon(own);
        expect(await sftp(own, first, 'alice', `put ${path} removed.csv`)).toMatchObject({ code: 0 });
        const { id } = await eventuallyIn(own, 'it has arrived', async () => {
          const files = await own.json<ListedFile[]>('file', 'list', '--state', 'arrived');
          return files[0];
        });
        await first.end('SIGTERM');
        await own.json('file', 'remove', id, '--by', 'alice');
        const env = { HAVENGATE_TEST_FAILPOINT: point };
        const killed = await run(NODE, [MAIN, 'serve', '--config', own.config], { env, within: 20_000 });
        expect(killed.code).toBeNull();
        expect(killed.stdout).not.toContain('"stopping"');

        const daemon = await startDaemon(own);
        let issued = '';
        try {
          issued = await eventuallyIn(own, 'it is certified', async () => {
            const ended = await own.havengate('certificate', 'issue', id);
            return ended.code === 0 && ended.stdout;
          });
        } finally {
          await daemon.end('SIGTERM');
        }
        expect((await own.havengate('certificate', 'issue', id)).stdout).toBe(issued);
        const { body } = JSON.parse(issued) as { body: { rule: string; linkCount: number | null } };
        expect(body).toMatchObject({
          rule: 'removed/v1',
          linkCount: point === 'destroy.unlinked' ? null : 0,
        });
        expect(existsSync(join(own.dir, 'data/arrivals/alice/removed.csv'))).toBe(false);
        expect(await namesBelow(join(own.dir, 'data/airlock/doomed'))).toEqual([]);
        expect(await namesBelow(join(own.dir, 'data/airlock/files'))).toEqual([]);
        const doctor = await own.havengate('doctor');
        expect(doctor).toMatchObject({ code: 0, stderr: '' });
        expect(doctor.stdout).not.toContain('doomed');
      } finally {
        await own.remove();
      }
    },
  );
});

describe('kill -9', () => {
  test.each(OF_DESTROYING)(
    'at %s: the file is destroyed once, and certified',
    { timeout: 60_000 },
    async (point) => {
      const name = `${point}.csv`;
      const path = join(work, name);
      await writeFile(path, `the bytes of ${name}`);
      const first = await startDaemon(site);
      expect(await sftp(site, first, 'alice', `put ${path} ${name}`)).toMatchObject({ code: 0 });
      const file = await eventuallyIn(site, `${name} has arrived`, async () => {
        const files = await site.json<ListedFile[]>('file', 'list', '--owner', 'alice', '--state', 'arrived');
        return files.find((one) => one.name === name);
      });
      await first.end('SIGTERM');
      await sleep(STAY_MS);

      // It runs retention at its start, and may be gone before it is ready.
      const env = { HAVENGATE_TEST_FAILPOINT: point };
      const doomed = await run(NODE, [MAIN, 'serve', '--config', site.config], { env, within: 20_000 });
      expect(doomed.code).toBeNull();
      expect(doomed.stdout).not.toContain('"stopping"');

      const daemon = await startDaemon(site);
      try {
        await eventuallyIn(site, `${name} is destroyed`, async () => {
          const now = await site.json<ListedFile>('file', 'show', file.id);
          return now.state === 'destroyed';
        });
      } finally {
        await daemon.end('SIGTERM');
      }
      const shown = await site.json<{ certificates: unknown[]; custody: { type: string }[] }>(
        'file',
        'show',
        file.id,
      );
      expect(shown.certificates).toHaveLength(1);
      expect(shown.custody.filter(({ type }) => type === 'file-destroyed')).toHaveLength(1);
      const certificate = join(work, 'certificate.json');
      await writeFile(certificate, (await site.havengate('certificate', 'export', file.id)).stdout);
      expect(await site.havengate('certificate', 'verify', certificate)).toMatchObject({ code: 0 });
      expect(existsSync(join(site.dir, 'data/arrivals/alice', name))).toBe(false);
      expect(await namesBelow(join(site.dir, 'data/airlock/doomed'))).toEqual([]);
      expect(await namesBelow(join(site.dir, 'data/airlock/files'))).toEqual([]);
      expect(await site.havengate('doctor')).toMatchObject({ code: 0, stderr: '' });
    },
  );
});
