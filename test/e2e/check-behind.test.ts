import { mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrive, mailWith } from '../support/arrivals.ts';
import { sftp } from '../support/clients.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';

let site: Installation;
let daemon: Daemon;
let work: string;

beforeAll(async () => {
  site = await makeInstallation({
    check: '{ after: 0s, looks: 100 }',
    // A rescan would take the file for one that its owner has removed by a drive.
    drives: 'off',
    intake: '{ settle: 100ms }',
    notify: '{ gather: 100ms }',
  });
  work = await mkdtemp(join(tmpdir(), 'havengate-work-'));
  await writeFile(join(work, 'scan.csv'), 'a,b\n1,2\n');
});

afterAll(async () => {
  await daemon?.end('SIGTERM');
  if (work !== undefined) await rm(work, { recursive: true, force: true });
  await site?.remove();
});

test('is done behind a daemon that works, and takes no file that moves for a fault', async () => {
  daemon = await startDaemon(site);
  const names = Array.from({ length: 12 }, (_, n) => `f${n}.csv`);
  const put = sftp(
    site,
    daemon,
    'alice',
    names.map((name) => `put ${join(work, 'scan.csv')} ${name}`).join('\n'),
  );
  expect(await daemon.logged('custody-checked')).toMatchObject({ faults: 0 });
  expect(await put).toMatchObject({ code: 0 });
});

test('tells of what is amiss in log, metrics and mail, and changes nothing', async () => {
  const { id } = await arrive(site, daemon, 'alice', join(work, 'scan.csv'), 'lost.csv');
  await daemon.end('SIGTERM');
  await unlink(join(site.dir, 'data/arrivals/alice/lost.csv'));
  daemon = await startDaemon(site);
  expect(await daemon.logged('custody-fault', (line) => line['file'] === id)).toMatchObject({ invariant: 1 });
  expect(await daemon.logged('custody-checked')).toMatchObject({ faults: 2 });
  const mail = await mailWith(site, 'the check of custody', id);
  expect(mail).toContain('Nothing was changed or deleted');
  const password = (await readFile(join(site.dir, 'keys/ops-password'), 'utf8')).trim();
  const metrics = await fetch(`http://127.0.0.1:${daemon.opsPort}/metrics`, {
    headers: { authorization: `Basic ${Buffer.from(`ops:${password}`).toString('base64')}` },
  });
  expect(await metrics.text()).toMatch(/^havengate_check\{count="faults"\} 2$/m);
  expect(await site.havengate('doctor')).toMatchObject({ code: 1 });
});
