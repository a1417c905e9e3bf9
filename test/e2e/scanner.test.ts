import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EICAR, EICAR_SIGNATURE, startClamd } from '../inspect/clamd-for-tests.ts';
import { sftp } from '../support/clients.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';
import type { ListedFile } from '../support/listed-file.ts';
import { eventually, eventuallyIn } from '../support/wait.ts';

let site: Installation;
let daemon: Daemon;
let work: string;
let clamd: Awaited<ReturnType<typeof startClamd>>;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'havengate-work-'));
  clamd = await startClamd(join(work, 'clamd'));
  site = await makeInstallation({
    scan: `{ clamd: ${clamd.socket}, too_large: hold, encrypted: hold }`,
    intake: '{ settle: 200ms }',
    notify: '{ gather: 100ms }',
  });
  daemon = await startDaemon(site);
});

afterAll(async () => {
  await daemon?.end('SIGTERM');
  await clamd?.stop();
  await rm(work, { recursive: true, force: true });
  await site?.remove();
});

async function put(name: string, bytes: string): Promise<void> {
  const path = join(work, name);
  await writeFile(path, bytes);
  expect(await sftp(site, daemon, 'alice', `put ${path} ${name}`)).toMatchObject({ code: 0 });
}

function listed(name: string, state: string): Promise<ListedFile> {
  return eventuallyIn(site, `${name} is ${state}`, async () => {
    const files = await site.json<ListedFile[]>('file', 'list', '--owner', 'alice');
    return files.find((file) => file.name === name && file.state === state);
  });
}

describe('with a scanner', () => {
  test('a clean file arrives, and its receipt names the scanner', async () => {
    await put('clean.csv', 'a,b\n1,2\n');
    const file = await listed('clean.csv', 'arrived');
    expect(file.scan).not.toBe('off');
    const { stdout } = await site.havengate('receipt', 'export', file.id);
    const { body } = JSON.parse(stdout) as {
      body: { scan: string; checks: { check: string; outcome: string }[] };
    };
    expect(body.scan).toBe('on');
    expect(body.checks).toContainEqual(expect.objectContaining({ check: 'malware', outcome: 'pass' }));
  });

  test('malware is locked away, never shown in Arrivals, and told', async () => {
    await put('invoice.txt', EICAR);
    const file = await listed('invoice.txt', 'quarantined');
    expect(file.reason).toBe('malware');
    const shown = await site.json<{ verdicts: { check: string; detail: string }[] }>('file', 'show', file.id);
    const malware = shown.verdicts.find((verdict) => verdict.check === 'malware');
    expect(malware?.detail).toContain(EICAR_SIGNATURE);
    await expect(readFile(join(site.dir, 'data/arrivals/alice/invoice.txt'))).rejects.toThrow('ENOENT');
    await eventually('it is in quarantine', () =>
      readFile(join(site.dir, 'data/quarantine', file.id), 'utf8').then((text) => text === EICAR),
    );
  });

  test('a file waits while the scanner is away, and goes on when it is back', async () => {
    await clamd.stop();
    await put('waiting.csv', 'to be scanned later');
    await daemon.logged('inspection-waits');
    const [file] = await site.json<ListedFile[]>('file', 'list', '--owner', 'alice', '--state', 'inspecting');
    expect(file?.name).toBe('waiting.csv');
    await expect(readFile(join(site.dir, 'data/arrivals/alice/waiting.csv'))).rejects.toThrow('ENOENT');
    clamd = await startClamd(join(work, 'clamd'));
    await listed('waiting.csv', 'arrived');
  });

  test('the doctor finds no broken invariant', async () => {
    expect(await site.havengate('doctor')).toMatchObject({ code: 0 });
  });
});
