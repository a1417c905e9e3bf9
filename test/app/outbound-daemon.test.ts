import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sftp } from '../support/clients.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';
import { eventuallyIn } from '../support/wait.ts';

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly collectedAt: string | null;
  readonly certificates: readonly { readonly body: { readonly file: { readonly path: string } } }[];
}

let site: Installation;
let daemon: Daemon;
let work: string;

beforeAll(async () => {
  site = await makeInstallation({ notify: '{ gather: 100ms }' });
  work = await mkdtemp(join(tmpdir(), 'havengate-outbound-'));
  daemon = await startDaemon(site);
});

afterAll(async () => {
  await daemon.end('SIGTERM');
  await site.remove();
  await rm(work, { recursive: true, force: true });
});

async function becomes(id: string, fits: (file: Shown) => boolean, what: string): Promise<Shown> {
  return eventuallyIn(site, `${id} is ${what}`, async () => {
    const file = await site.json<Shown>('file', 'show', id);
    return fits(file) && file;
  });
}

async function get(name: string): Promise<string | null> {
  const got = join(work, name);
  const { code } = await sftp(site, daemon, 'alice', `get /outbound/cohort/table.csv ${got}`);
  const exists = await access(got).then(
    () => true,
    () => false,
  );
  return code === 0 && exists ? readFile(got, 'utf8') : null;
}

test('a file that is sent is had outside, collected, taken back, destroyed and certified', async () => {
  await writeFile(join(site.dir, 'data/shares/cohort/table.csv'), 'a,b\n');
  const args = ['outbound', 'send', 'table.csv', '--share', 'cohort', '--by', 'alice'];
  const sent = await site.json<{ files: readonly Shown[]; daemonTold: boolean }>(...args);
  expect(sent.daemonTold).toBe(true);
  const id = sent.files[0]?.id ?? '';
  await becomes(id, ({ state }) => state === 'released', 'released');
  expect(await get('one.csv')).toBe('a,b\n');
  await becomes(id, ({ collectedAt }) => collectedAt !== null, 'collected');
  await site.json('outbound', 'revoke', id, '--by', 'dana', '--reason', 'a mistake');
  expect(await get('two.csv')).toBe(null);
  await site.json('retention', 'run');
  const { certificates } = await becomes(id, ({ state }) => state === 'destroyed', 'destroyed');
  expect(certificates.map(({ body }) => body.file.path)).toEqual(['/outbound/cohort/table.csv']);
  expect((await site.havengate('doctor')).code).toBe(0);
});
