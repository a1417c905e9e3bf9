import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sftp } from '../support/clients.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';
import type { ListedFile } from '../support/listed-file.ts';
import { eventuallyIn } from '../support/wait.ts';

let site: Installation;
let daemon: Daemon;
let work: string;

beforeAll(async () => {
  site = await makeInstallation({
    intake: '{ settle: 100ms }',
    drives: '{ rescan: 1h, users: [{ uid: 4321, account: alice }] }',
  });
  work = await mkdtemp(join(tmpdir(), 'havengate-work-'));
  daemon = await startDaemon(site);
});

afterAll(async () => {
  await daemon?.end('SIGTERM');
  await rm(work, { recursive: true, force: true });
  await site?.remove();
});

/** The newest file of that name, once it is in that state. */
function listed(name: string, state: string): Promise<ListedFile> {
  return eventuallyIn(site, `${name} is ${state}`, async () => {
    const files = await site.json<ListedFile[]>('file', 'list', '--owner', 'alice');
    return files.find((file) => file.name === name && file.state === state);
  });
}

test('what a desktop does while the daemon runs reaches the ledger, and its doctor finds nothing wrong', async () => {
  await writeFile(join(work, 'scan.csv'), 'what was sent');
  expect(await sftp(site, daemon, 'alice', `put ${join(work, 'scan.csv')} scan.csv`)).toMatchObject({
    code: 0,
  });
  const arrived = await listed('scan.csv', 'arrived');
  const data = join(site.dir, 'data');
  await writeFile(join(data, 'arrivals/alice/mine.csv'), 'what a desktop put there');
  await rename(join(data, 'arrivals/alice/scan.csv'), join(data, 'shares/cohort/scan.csv'));
  expect((await listed('scan.csv', 'shared')).id).toBe(arrived.id);
  await listed('mine.csv', 'arrived');
  expect(await site.havengate('doctor')).toMatchObject({ code: 0 });
  expect(await site.havengate('audit', 'verify')).toMatchObject({ code: 0 });
});
