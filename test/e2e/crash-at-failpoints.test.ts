import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAILPOINTS } from '../../src/core/kit/failpoint.ts';
import { digestOf, sftp } from '../support/clients.ts';
import { startDaemon } from '../support/daemon.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';
import type { ListedFile } from '../support/listed-file.ts';
import { eventually } from '../support/wait.ts';

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

const OF_UPLOADS = FAILPOINTS.filter((point) => !point.startsWith('destroy.'));

describe('kill -9', () => {
  test.each(OF_UPLOADS)('at %s loses nothing that was acknowledged', async (point) => {
    const name = `${point}.bin`;
    const path = join(work, name);
    await writeFile(path, randomBytes(200_000));
    const doomed = await startDaemon(site, { HAVENGATE_TEST_FAILPOINT: point });
    const put = await sftp(site, doomed, 'alice', `put ${path} ${name}`);
    expect(await doomed.ended).toMatchObject({ signal: 'SIGKILL' });

    const daemon = await startDaemon(site);
    try {
      if (put.code !== 0) {
        // Not acknowledged: the person sends it again, going on where it was cut.
        const again = await sftp(site, daemon, 'alice', `reput ${path} ${name}`);
        if (again.code !== 0)
          expect(await sftp(site, daemon, 'alice', `put ${path} ${name}`)).toMatchObject({ code: 0 });
      }
      const file = await eventually(`${name} has arrived`, async () => {
        const files = await site.json<ListedFile[]>('file', 'list', '--owner', 'alice', '--state', 'arrived');
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
  });
});
