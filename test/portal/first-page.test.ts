import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import type { Installation } from '../support/installation.ts';
import { CHROMIUM, FLAGS, makePortalSite } from './portal-site.ts';

const KIB = 1024;

let site: Installation;
let address: string;
let daemon: Daemon;
let profile: string;
let context: BrowserContext;

beforeAll(async () => {
  ({ site, address } = await makePortalSite());
  profile = await mkdtemp(join(tmpdir(), 'havengate-first-page-'));
  daemon = await startDaemon(site);
  context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: FLAGS,
  });
}, 120_000);

afterAll(async () => {
  await context?.close();
  await daemon?.end('SIGTERM');
  await rm(profile, { recursive: true, force: true });
  await site?.remove();
});

test('the first page takes less than 200 KiB of script over the wire, and asks no other host for anything', async () => {
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  const scripts = new Set<string>();
  const hosts = new Set<string>();
  let overTheWire = 0;
  devtools.on('Network.responseReceived', ({ requestId, type, response }) => {
    hosts.add(new URL(response.url).host);
    if (type === 'Script') scripts.add(requestId);
  });
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) overTheWire += encodedDataLength;
  });
  await page.goto(address, { waitUntil: 'networkidle' });
  await page.getByLabel('User ID').waitFor();
  expect(scripts.size).toBeGreaterThan(0);
  expect(overTheWire).toBeGreaterThan(20 * KIB);
  expect(overTheWire).toBeLessThan(200 * KIB);
  expect([...hosts]).toEqual([new URL(address).host]);
});
