import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf, sftp } from '../support/clients.ts';
import { startDaemon } from '../support/daemon.ts';
import { failpointsOf } from '../support/failpoints.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';
import type { ListedFile } from '../support/listed-file.ts';
import { eventuallyIn } from '../support/wait.ts';

let site: Installation;
let work: string;

beforeAll(async () => {
  site = await makeInstallation({ intake: '{ settle: 100ms }', notify: '{ gather: 100ms }' });
  work = await mkdtemp(join(tmpdir(), 'havengate-work-'));
});

afterAll(async () => {
  await rm(work, { recursive: true, force: true });
  await site?.remove();
});

const OF_CONTINUING = [...failpointsOf('continue', 'supersede'), 'destroy.unlinked'] as const;

async function arrived(name: string, size: number): Promise<ListedFile> {
  return eventuallyIn(site, `${name} has arrived with ${size} bytes`, async () => {
    const files = await site.json<ListedFile[]>('file', 'list', '--owner', 'alice', '--state', 'arrived');
    return files.find((one) => one.name === name && one.size === size);
  });
}

describe('kill -9 while a name that has arrived is gone on with', () => {
  test.each(OF_CONTINUING)(
    'at %s: the whole file takes the place of the part, and nothing is sent twice',
    { timeout: 240_000 },
    async (point) => {
      const name = `${point}.bin`;
      const whole = join(work, name);
      const part = join(work, `${name}.begin`);
      const bytes = randomBytes(200_000);
      await writeFile(whole, bytes);
      await writeFile(part, bytes.subarray(0, 120_000));

      const doomed = await startDaemon(site, { HAVENGATE_TEST_FAILPOINT: point });
      expect(await sftp(site, doomed, 'alice', `put ${part} ${name}`)).toMatchObject({ code: 0 });
      const old = await arrived(name, 120_000);
      const reput = await sftp(site, doomed, 'alice', `reput ${whole} ${name}`);
      expect(await doomed.ended).toMatchObject({ signal: 'SIGKILL' });

      const daemon = await startDaemon(site);
      try {
        // The name shows what had come: the client goes on there.
        const list = `ls -l ${name}`;
        const again =
          reput.code === 0 ? null : await sftp(site, daemon, 'alice', list, `reput ${whole} ${name}`);
        expect(again?.code ?? 0).toBe(0);
        expect(again?.stdout ?? ' 120000 ').toContain(' 120000 ');
        const file = await arrived(name, 200_000);
        const arrival = join(site.dir, 'data/arrivals/alice', name);
        expect(await digestOf(arrival)).toBe(await digestOf(whole));
        expect(file.sha256).toBe(await digestOf(whole));
        await eventuallyIn(site, 'the part is destroyed', async () => {
          const now = await site.json<ListedFile>('file', 'show', old.id);
          return now.state === 'destroyed';
        });
      } finally {
        await daemon.end('SIGTERM');
      }
      expect(await site.havengate('certificate', 'export', old.id)).toMatchObject({ code: 0 });
      expect(await readdir(join(site.dir, 'data/airlock/files'))).toEqual([]);
      const doctor = await site.havengate('doctor');
      expect(doctor).toMatchObject({ code: 0, stderr: '' });
    },
  );
});
