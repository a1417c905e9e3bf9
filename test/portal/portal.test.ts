import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf, sftpInside } from '../support/clients.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import type { Installation } from '../support/installation.ts';
import { eventually } from '../support/wait.ts';
import {
  CHROMIUM,
  enter,
  FLAGS,
  faultsOfLook,
  freshCode,
  keepPicture,
  makePortalSite,
  signIn,
} from './portal-site.ts';

let site: Installation;
let address: string;
let daemon: Daemon;
let work: string;
let context: BrowserContext;
let page: Page;
const complaints: string[] = [];

/** A browser with a profile of its own, that is there again when it is opened once more. */
async function openBrowser(): Promise<void> {
  context = await chromium.launchPersistentContext(join(work, 'profile'), {
    executablePath: CHROMIUM,
    headless: true,
    args: FLAGS,
    acceptDownloads: true,
    viewport: { width: 1100, height: 800 },
  });
  page = context.pages()[0] ?? (await context.newPage());
  page.on('console', (message) => {
    const isOurs =
      !/ERR_(CONNECTION|INTERNET|EMPTY|INCOMPLETE|NETWORK|SOCKET)|status of 401|status of 403/.test(
        message.text(),
      );
    if (message.type() === 'error' && isOurs) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
}

beforeAll(async () => {
  ({ site, address } = await makePortalSite());
  work = await mkdtemp(join(tmpdir(), 'havengate-portal-'));
  daemon = await startDaemon(site);
  await openBrowser();
}, 180_000);

afterAll(async () => {
  await context?.close();
  await daemon?.end('SIGTERM');
  await rm(work, { recursive: true, force: true });
  await site?.remove();
});

describe('signing in', () => {
  test('is refused in words for a wrong code, and for one that was used before', async () => {
    await page.goto(address);
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await faultsOfLook(page, 'sign-in')).toEqual([]);
    const [password, code] = [await site.secret('bob', 'password'), await freshCode(site, 'bob')];
    await signIn(page, { name: 'bob', password, code: '000000' });
    const refusal = page.getByRole('alert');
    await refusal.waitFor();
    expect(await refusal.innerText()).toMatch(/Name, password and code do not belong together/);
    await keepPicture(page, 'sign-in-refused');
    await signIn(page, { name: 'bob', password, code });
    await page.getByRole('button', { name: 'Sign out' }).click();
    await signIn(page, { name: 'bob', password, code });
    await refusal.waitFor();
    expect(await refusal.innerText()).toMatch(/or the code was used before/);
  });

  test('lets somebody in, who stays in when the page is loaded anew', async () => {
    await enter(page, site, address, 'alice');
    await page.reload();
    expect(await page.getByText('Alice Adams').innerText()).toBe('Alice Adams');
    const cookies = await context.cookies(address);
    expect(cookies).toMatchObject([
      { name: '__Host-havengate-outside', httpOnly: true, secure: true, sameSite: 'Strict' },
    ]);
  });
});

describe('an upload', () => {
  const row = (path: string) => page.getByRole('listitem').filter({ hasText: path });

  test('of a folder arrives with its paths, is compared with the copy here, and has a receipt that verifies', async () => {
    const folder = join(work, 'study');
    await mkdir(join(folder, 'deep'), { recursive: true });
    await writeFile(join(folder, 'scan.csv'), randomBytes(300_000));
    await writeFile(join(folder, 'deep', 'ünïcode näme.txt'), 'a,b\n1,2\n');
    await page.locator('input[type=file][webkitdirectory]').setInputFiles(folder);
    for (const path of ['study/scan.csv', 'study/deep/ünïcode näme.txt']) {
      await row(path).getByText('Your copy and ours are identical.').waitFor();
      await row(path).getByText('It is kept until').waitFor();
    }
    expect(await faultsOfLook(page, 'upload')).toEqual([]);
    const arrived = join(site.dir, 'data/arrivals/alice/study/scan.csv');
    expect(await digestOf(arrived)).toBe(await digestOf(join(folder, 'scan.csv')));
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      row('study/scan.csv').getByRole('link', { name: 'Download the receipt' }).click(),
    ]);
    const receipt = join(work, 'receipt.json');
    await download.saveAs(receipt);
    expect(await site.havengate('receipt', 'verify', receipt)).toMatchObject({ code: 0 });
  });

  test('goes on after the network was gone, after the daemon was killed, and after the browser was closed', async () => {
    const path = join(work, 'large.bin');
    await writeFile(path, randomBytes(24_000_000));
    const slow = async (): Promise<void> => {
      const devtools = await context.newCDPSession(page);
      await devtools.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput: 2_500_000,
      });
    };
    const choose = () => page.locator('input[type=file]:not([webkitdirectory])').first().setInputFiles(path);
    const airlock = async (): Promise<number> => {
      const files = await site.json<{ name: string; state: string; size: number }[]>(
        'file',
        'list',
        '--owner',
        'alice',
      );
      return files.find(({ name }) => name === 'large.bin')?.size ?? 0;
    };
    await slow();
    await choose();
    await row('large.bin')
      .getByText(/^Sending\. [2-9]\.\d MiB/)
      .waitFor();
    await keepPicture(page, 'upload-sending');
    await context.setOffline(true);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await context.setOffline(false);
    await slow();
    await daemon.end('SIGKILL');
    daemon = await startDaemon(site);
    const kept = await airlock();
    await row('large.bin')
      .getByText(/^Sending\. (9|1\d)\.\d MiB/)
      .waitFor();
    await context.close();
    await openBrowser();
    await enter(page, site, address, 'alice');
    await page.getByRole('heading', { name: 'Not finished' }).waitFor();
    await keepPicture(page, 'upload-not-finished');
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.method()));
    await choose();
    await row('large.bin').getByText('Your copy and ours are identical.').waitFor({ timeout: 60_000 });
    expect(sent.filter((method) => method === 'POST')).toEqual([]);
    expect(kept).toBeGreaterThan(0);
    const files = await site.json<{ name: string }[]>('file', 'list', '--owner', 'alice');
    expect(files.filter(({ name }) => name === 'large.bin')).toHaveLength(1);
  }, 240_000);
});

describe('the pages', () => {
  test.each([
    ['/arrivals', 'My arrivals', 'arrivals'],
    ['/outbound', 'Outbound', 'outbound'],
    ['/security', 'Security', 'security'],
    ['/help', 'Help', 'help'],
    ['/upload', 'Upload', 'upload-at-rest'],
  ])('%s is accessible, narrow and dark too, and on a large screen', async (path, title, picture) => {
    await page.goto(`${address}${path}`);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    if (path === '/arrivals') await page.getByText('large.bin', { exact: true }).waitFor();
    expect(await faultsOfLook(page, picture)).toEqual([]);
    await page.setViewportSize({ width: 2560, height: 1440 });
    await keepPicture(page, `${picture}-large`);
    // Lines that are too long are not read.
    const widest = await page.evaluate<number>(
      "Math.max(...[...document.querySelectorAll('main p')].map((one) => one.getBoundingClientRect().width))",
    );
    expect(widest).toBeLessThan(1100);
    await page.setViewportSize({ width: 1100, height: 800 });
  });

  test('are found by a search as it is typed', async () => {
    await page.goto(`${address}/arrivals`);
    await page.getByLabel('Search by name').fill('ÜNÏ');
    await page.getByText('1 file', { exact: true }).waitFor();
    expect(await page.getByText('large.bin', { exact: true }).count()).toBe(0);
  });

  test('offer what was released, which is then known to be downloaded', async () => {
    const sent = await sftpInside(
      site,
      daemon,
      'alice',
      'rename /arrivals/study/scan.csv /shares/cohort/results.csv',
      'rename /shares/cohort/results.csv /outbound/cohort/results.csv',
    );
    expect(sent).toMatchObject({ code: 0 });
    await page.goto(`${address}/outbound`);
    const [download] = await Promise.all([
      page.waitForEvent('download', { timeout: 60_000 }),
      page.getByRole('link', { name: 'Download results.csv' }).click({ timeout: 60_000 }),
    ]);
    const copy = join(work, 'results.csv');
    await download.saveAs(copy);
    expect(await digestOf(copy)).toBe(await digestOf(join(work, 'study/scan.csv')));
    const file = await eventually('it counts as collected', async () => {
      const files = await site.json<{ name: string; collectedAt: string | null }[]>(
        'file',
        'list',
        '--owner',
        'alice',
      );
      return files.find(({ collectedAt }) => collectedAt !== null);
    });
    expect(file.name).toBe('results.csv');
    await page.getByText(/, downloaded/).waitFor();
  });

  test('can be used with the keyboard alone', async () => {
    await page.goto(`${address}/help`);
    await page.getByRole('heading', { level: 1, name: 'Help' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Upload' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/upload');
  });

  test('end with the account, in words, and have complained of nothing meanwhile', async () => {
    await page.goto(`${address}/arrivals`);
    await page.getByText('large.bin', { exact: true }).waitFor();
    await site.havengate('account', 'disable', 'alice');
    await page.getByLabel('Search by name').fill('x');
    await page.getByText('Your session has ended.').waitFor();
    await keepPicture(page, 'session-ended');
    expect(complaints).toEqual([]);
  });
});
