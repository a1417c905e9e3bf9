import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf, sftp } from '../support/clients.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { failpointsOf } from '../support/failpoints.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';
import type { ListedFile } from '../support/listed-file.ts';
import { eventuallyIn } from '../support/wait.ts';

let site: Installation;
let work: string;

beforeAll(async () => {
  site = await makeInstallation({ intake: '{ settle: 200ms }', notify: '{ gather: 100ms }' });
  work = await mkdtemp(join(tmpdir(), 'havengate-work-'));
});

afterAll(async () => {
  await rm(work, { recursive: true, force: true });
  await site?.remove();
});

const OF_UPLOADS = failpointsOf('receive', 'inspect', 'admit', 'clear', 'notify');

/** Goes on where the upload was cut, or from the beginning when nothing of it had come. */
async function sendAgain(daemon: Daemon, path: string, name: string): Promise<void> {
  const resumed = await sftp(site, daemon, 'alice', `reput ${path} ${name}`);
  const sent = resumed.code === 0 ? resumed : await sftp(site, daemon, 'alice', `put ${path} ${name}`);
  expect(sent).toMatchObject({ code: 0 });
}

/** A file of one write is received by one row, and passes points of its own. */
const SMALL_ONES = OF_UPLOADS.filter((point) => point.startsWith('receive.whole-'));
const CASES = [
  ...OF_UPLOADS.filter((point) => !SMALL_ONES.includes(point)).map((point) => [200_000, point] as const),
  ...[...SMALL_ONES, 'receive.received' as const].map((point) => [4096, point] as const),
];

describe('kill -9', () => {
  test.each(CASES)(
    'of an upload of %i bytes at %s loses nothing that was acknowledged',
    async (size, point) => {
      const name = `${point}-${size}.bin`;
      const path = join(work, name);
      await writeFile(path, randomBytes(size));
      const doomed = await startDaemon(site, { HAVENGATE_TEST_FAILPOINT: point });
      const put = await sftp(site, doomed, 'alice', `put ${path} ${name}`);
      expect(await doomed.ended).toMatchObject({ signal: 'SIGKILL' });

      const daemon = await startDaemon(site);
      try {
        // What was not acknowledged, the person sends again.
        if (put.code !== 0) await sendAgain(daemon, path, name);
        const file = await eventuallyIn(site, `${name} has arrived`, async () => {
          const files = await site.json<ListedFile[]>(
            'file',
            'list',
            '--owner',
            'alice',
            '--state',
            'arrived',
          );
          return files.find((one) => one.name === name);
        });
        expect(file.sha256).toBe(await digestOf(path));
        expect(await digestOf(join(site.dir, 'data/arrivals/alice', name))).toBe(file.sha256);
        const receipt = join(work, 'receipt.json');
        await writeFile(receipt, (await site.havengate('receipt', 'export', file.id)).stdout);
        expect(await site.havengate('receipt', 'verify', receipt)).toMatchObject({ code: 0 });
      } finally {
        await daemon.end('SIGTERM');
      }
      expect(await site.havengate('doctor')).toMatchObject({ code: 0, stderr: '' });
    },
  );
});
