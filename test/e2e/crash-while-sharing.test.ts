import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fileIn } from '../support/arrivals.ts';
import { digestOf, sftp, sftpInside } from '../support/clients.ts';
import { startDaemon } from '../support/daemon.ts';
import { failpointsOf } from '../support/failpoints.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';

let site: Installation;
let work: string;

beforeAll(async () => {
  site = await makeInstallation({
    intake: '{ settle: 200ms }',
    notify: '{ gather: 100ms }',
    // The rescan would mend what the jobs have to mend.
    drives: 'off',
  });
  work = await mkdtemp(join(tmpdir(), 'havengate-work-'));
});

afterAll(async () => {
  await rm(work, { recursive: true, force: true });
  await site?.remove();
});

describe('kill -9 while a file moves to a share', () => {
  const points = failpointsOf('move');
  const nameAt = (point: string) => `${point}.bin`;

  beforeAll(async () => {
    const before = await startDaemon(site);
    const names = points.map(nameAt);
    for (const name of names) await writeFile(join(work, name), randomBytes(200_000));
    const puts = names.map((name) => `put ${join(work, name)} ${name}`);
    const put = await sftp(site, before, 'alice', ...puts);
    if (put.code !== 0) throw new Error(put.stderr);
    for (const name of names) await fileIn(site, 'alice', name, 'arrived');
    await before.end('SIGTERM');
  }, 120_000);

  test.each(points)('at %s leaves it whole, in one place', async (point) => {
    const name = nameAt(point);
    const doomed = await startDaemon(site, { HAVENGATE_TEST_FAILPOINT: point });
    await sftpInside(site, doomed, 'alice', `rename /arrivals/${name} /shares/cohort/${name}`);
    expect(await doomed.ended).toMatchObject({ signal: 'SIGKILL' });

    const daemon = await startDaemon(site);
    try {
      const { sha256 } = await fileIn(site, 'alice', name, 'shared');
      expect(sha256).toBe(await digestOf(join(work, name)));
      expect(await digestOf(join(site.dir, 'data/shares/cohort', name))).toBe(sha256);
      expect(existsSync(join(site.dir, 'data/arrivals/alice', name))).toBe(false);
    } finally {
      await daemon.end('SIGTERM');
    }
    expect(await site.havengate('doctor')).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('kill -9 while a file leaves', () => {
  test.each(failpointsOf('seal', 'release'))('at %s releases what was sealed', async (point) => {
    const name = `${point}.txt`;
    const path = join(site.dir, 'data/shares/cohort', name);
    await writeFile(path, randomBytes(200_000));
    const digest = await digestOf(path);
    const doomed = await startDaemon(site, { HAVENGATE_TEST_FAILPOINT: point });
    await sftpInside(site, doomed, 'alice', `rename /shares/cohort/${name} /outbound/cohort/${name}`);
    expect(await doomed.ended).toMatchObject({ signal: 'SIGKILL' });

    const daemon = await startDaemon(site);
    try {
      const file = await fileIn(site, 'alice', name, 'released');
      expect(file.sha256).toBe(digest);
      const got = join(work, name);
      expect(await sftp(site, daemon, 'alice', `get /outbound/cohort/${name} ${got}`)).toMatchObject({
        code: 0,
      });
      expect(await digestOf(got)).toBe(digest);
    } finally {
      await daemon.end('SIGTERM');
    }
    expect(await site.havengate('doctor')).toMatchObject({ code: 0, stderr: '' });
  });
});
