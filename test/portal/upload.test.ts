import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import type { Installation } from '../support/installation.ts';
import { eventually } from '../support/wait.ts';
import {
  accessibilityFaults,
  CHROMIUM,
  enter,
  FLAGS,
  freshCode,
  keepPicture,
  makePortalSite,
  signIn,
} from './portal-site.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

let site: Installation;
let address: string;
let daemon: Daemon;
let work: string;
let context: BrowserContext;
let page: Page;

/** A browser with a profile of its own, that is there again when it is opened once more. */
async function openBrowser(): Promise<void> {
  context = await chromium.launchPersistentContext(join(work, 'profile'), {
    executablePath: CHROMIUM,
    headless: true,
    args: FLAGS,
    viewport: { width: 1100, height: 800 },
  });
  page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(20_000);
}

beforeAll(async () => {
  ({ site, address } = await makePortalSite());
  work = await mkdtemp(join(tmpdir(), 'havengate-upload-'));
  daemon = await startDaemon(site);
  await openBrowser();
  await enter(page, site, address, 'alice');
}, 180_000);

afterAll(async () => {
  await context?.close();
  await daemon?.end('SIGTERM');
  await rm(work, { recursive: true, force: true });
  await site?.remove();
});

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly size: number;
}

const row = (path: string) => page.getByRole('listitem').filter({ hasText: path });
const choose = (...paths: string[]) =>
  page.locator('input[type=file]:not([webkitdirectory])').first().setInputFiles(paths);
const warning = () => page.locator('[role=alert]').filter({ hasText: 'I have read this' });

async function files(name: string): Promise<readonly Listed[]> {
  const listed = await site.json<Listed[]>('file', 'list', '--owner', 'alice');
  return listed.filter((file) => file.name === name);
}

/** Lets the page send so many bytes in a second. */
async function slow(bytes: number): Promise<void> {
  const devtools = await context.newCDPSession(page);
  const conditions = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytes };
  await devtools.send('Network.emulateNetworkConditions', conditions);
}

/** Pauses an upload of which something was sent, so that nothing more follows while the page goes. */
async function pauseOnceSending(name: string): Promise<void> {
  const sending = row(name).getByText(/^Sending\. \d+(\.\d)? MiB of /);
  await sending.waitFor();
  await page.getByRole('button', { name: `Pause: ${name}` }).click();
  await row(name)
    .getByText(/^Paused\./)
    .waitFor();
}

/** The methods and offsets of the requests about uploads from now on. */
function watchUploads(): { readonly method: string; readonly offset: string | undefined }[] {
  const sent: { method: string; offset: string | undefined }[] = [];
  page.on('request', (request) => {
    if (!request.url().includes('/api/v1/uploads')) return;
    sent.push({ method: request.method(), offset: request.headers()['upload-offset'] });
  });
  return sent;
}

describe('an upload that was begun and not finished', () => {
  const bytes = randomBytes(24 * MIB);

  test('is not gone on with by another file of its name and size, which is said in words', async () => {
    const path = join(work, 'begun.bin');
    await writeFile(path, bytes);
    await slow(2_500_000);
    await choose(path);
    await pauseOnceSending('begun.bin');
    await context.close();
    await openBrowser();
    await enter(page, site, address, 'alice');
    await page.getByRole('heading', { name: 'Not finished' }).waitFor();
    const other = Buffer.from(bytes);
    other.writeUInt8(other.readUInt8(3) ^ 1, 3);
    await mkdir(join(work, 'other'));
    await writeFile(join(work, 'other/begun.bin'), other);
    await choose(join(work, 'other/begun.bin'));
    await warning()
      .getByText(/this is another file than the one that was begun/)
      .waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await keepPicture(page, 'upload-another-file');
    expect(await files('begun.bin')).toMatchObject([{ state: 'receiving' }]);
  }, 120_000);

  test('is neither seen nor gone on with by somebody else at the same browser', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await enter(page, site, address, 'bob');
    await page.getByRole('heading', { name: 'Upload', level: 1 }).waitFor();
    const sent = watchUploads();
    await choose(join(work, 'begun.bin'));
    await row('begun.bin').getByText('Your copy and ours are identical.').waitFor({ timeout: 60_000 });
    expect(sent.filter(({ method }) => method === 'POST')).toHaveLength(1);
    expect(await files('begun.bin')).toMatchObject([{ state: 'receiving' }]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await enter(page, site, address, 'alice');
    await page.getByRole('heading', { name: 'Not finished' }).waitFor();
    expect(await page.getByText('Your copy and ours are identical.').count()).toBe(0);
  }, 120_000);

  test('goes on with the same bytes where it stopped, wherever they are and whenever they were copied there', async () => {
    await mkdir(join(work, 'copy'));
    const copy = join(work, 'copy/renamed.bin');
    await writeFile(copy, bytes);
    await utimes(copy, new Date(0), new Date(0));
    const sent = watchUploads();
    await row('begun.bin').locator('input[type=file]').setInputFiles(copy);
    await row('begun.bin').getByText('Your copy and ours are identical.').waitFor({ timeout: 60_000 });
    expect(sent.filter(({ method }) => method === 'POST')).toEqual([]);
    expect(Number(sent.find(({ method }) => method === 'PATCH')?.offset)).toBeGreaterThan(0);
    await eventually('it arrives', async () => (await files('begun.bin'))[0]?.state === 'arrived');
    expect(await files('begun.bin')).toHaveLength(1);
  }, 120_000);

  test('is taken back by who gives it up, here or after the page was loaded anew', async () => {
    await slow(2_500_000);
    await writeFile(join(work, 'given-up.bin'), randomBytes(24 * MIB));
    await choose(join(work, 'given-up.bin'));
    await pauseOnceSending('given-up.bin');
    await page.reload();
    await page.getByRole('button', { name: 'Cancel: given-up.bin' }).click();
    await row('given-up.bin').waitFor({ state: 'detached' });
    expect(await files('given-up.bin')).toMatchObject([{ state: 'removed' }]);
    await slow(-1);
  }, 60_000);

  test('goes on when the session has ended meanwhile', async () => {
    await writeFile(join(work, 'overnight.bin'), randomBytes(24 * MIB));
    await slow(2_500_000);
    await choose(join(work, 'overnight.bin'));
    await pauseOnceSending('overnight.bin');
    await context.clearCookies();
    await page.getByRole('button', { name: 'Go on: overnight.bin' }).click();
    await row('overnight.bin')
      .getByText(/^Sending\./)
      .waitFor();
    await page.getByRole('link', { name: 'My arrivals' }).click();
    await page.getByText('Your session has ended.').waitFor();
    await eventually(
      'it has arrived while nobody looks',
      async () => (await files('overnight.bin'))[0]?.state === 'arrived',
      60_000,
    );
    await slow(-1);
    const password = await site.secret('alice', 'password');
    await signIn(page, { name: 'alice', password, code: await freshCode(site, 'alice') });
    await page.getByRole('link', { name: 'Upload' }).click();
    await row('overnight.bin').getByText('Your copy and ours are identical.').waitFor({ timeout: 60_000 });
    expect(await files('overnight.bin')).toMatchObject([{ size: 24 * MIB }]);
  }, 120_000);
});

describe('before its bytes are sent', () => {
  /** A zip of one member whose flags say that it is encrypted, or not. */
  function zip(flags: number): Buffer {
    const local = Buffer.alloc(31);
    local.write('PK\x03\x04', 'latin1');
    local.writeUInt16LE(flags, 6);
    local.writeUInt16LE(1, 26);
    const central = Buffer.alloc(47);
    central.write('PK\x01\x02', 'latin1');
    central.writeUInt16LE(flags, 8);
    return Buffer.concat([local, central]);
  }

  test('a file that cannot be scanned is told, by what is in it and by its size', async () => {
    await page.route('**/api/v1/site', async (route) => {
      const answered = await route.fetch();
      const told = (await answered.json()) as { scan: object };
      const scan = {
        ...told.scan,
        on: true,
        upTo: 5 * MIB,
        tooLarge: 'hold',
        encrypted: 'hold',
        unscanned: [],
      };
      await route.fulfill({ response: answered, json: { ...told, scan } });
    });
    await page.reload();
    await page.getByRole('heading', { name: 'Upload', level: 1 }).waitFor();
    const make = (name: string, content: Buffer) => writeFile(join(work, name), content);
    await make('locked.zip', zip(1));
    await make('open.zip', zip(0));
    await make('letter.txt', Buffer.from('-----BEGIN PGP MESSAGE-----\n\nhQ'));
    await make('locked.pdf', Buffer.from(`%PDF-1.7\n${'x'.repeat(1000)}trailer << /Encrypt 5 0 R >>`));
    await make('sheet.xlsx', Buffer.from('d0cf11e0a1b11ae1', 'hex'));
    await make('large.csv', randomBytes(5 * MIB + 1));
    const names = ['locked.zip', 'open.zip', 'letter.txt', 'locked.pdf', 'sheet.xlsx', 'large.csv'];
    await choose(...names.map((name) => join(work, name)));
    await warning().waitFor();
    const told = await warning().getByRole('listitem').allInnerTexts();
    const held = 'It will be held until the data team has decided.';
    expect(told).toEqual([
      `locked.zip seems to be encrypted, and cannot be scanned. ${held}`,
      `letter.txt seems to be encrypted, and cannot be scanned. ${held}`,
      `locked.pdf seems to be encrypted, and cannot be scanned. ${held}`,
      `sheet.xlsx seems to be encrypted, and cannot be scanned. ${held}`,
      `large.csv is too large to be scanned for malware. ${held}`,
    ]);
    expect(await accessibilityFaults(page)).toEqual([]);
    await keepPicture(page, 'upload-warnings');
    await page.unroute('**/api/v1/site');
  }, 60_000);
});

describe('a script in a name', () => {
  test('is shown as what it is, on every page, and runs nowhere', async () => {
    const name = '<img src=x onerror=document.body.remove()>&lt;b&gt;.csv';
    await page.goto(`${address}/upload`);
    await writeFile(join(work, name), 'a,b\n1,2\n');
    await choose(join(work, name));
    await row(name).getByText('It is kept until').waitFor({ timeout: 60_000 });
    await keepPicture(page, 'upload-script-in-a-name');
    await page.goto(`${address}/arrivals`);
    await page.getByText(name, { exact: true }).waitFor();
    expect(await page.locator('img').count()).toBe(0);
    await page.getByLabel('Search by name').fill('<img src=x');
    await page.getByText('1 file', { exact: true }).waitFor();
    expect(await page.locator('img').count()).toBe(0);
  }, 90_000);
});

describe('a folder of 1,000 files', () => {
  test('is sent as a whole, while the page stays small and answers', async () => {
    const folder = join(work, 'many');
    await mkdir(folder);
    const count = 1000;
    for (let i = 0; i < count; i++) await writeFile(join(folder, `${i}.csv`), `subject,${i}\n`);
    await page.goto(`${address}/upload`);
    await page.locator('input[type=file][webkitdirectory]').setInputFiles(folder);
    await page.getByText(/^\d+ of 1,000 files sent/).waitFor();
    await page.getByText('950 more are not shown.').waitFor();
    expect(await page.locator('section', { hasText: 'Your files' }).locator('li').count()).toBe(50);
    expect(await accessibilityFaults(page)).toEqual([]);
    await keepPicture(page, 'upload-many');
    // The longest that the page was busy in one go, while it sends.
    const longest = await page.evaluate(async () => {
      let worst = 0;
      let last = performance.now();
      const end = last + 3000;
      while (last < end) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        worst = Math.max(worst, performance.now() - last);
        last = performance.now();
      }
      return worst;
    });
    expect(longest).toBeLessThan(1000);
    await page.getByRole('link', { name: 'Help' }).click();
    await page.getByRole('heading', { level: 1, name: 'Help' }).waitFor({ timeout: 5000 });
    await page.getByRole('link', { name: 'Upload' }).click();
    await page.getByText(/^1,000 of 1,000 files sent/).waitFor({ timeout: 180_000 });
    const sent = await site.json<Listed[]>('file', 'list', '--owner', 'alice', '--limit', '5000');
    expect(sent.filter(({ name }) => /^\d+\.csv$/.test(name))).toHaveLength(count);
  }, 300_000);
});

describe('a file beyond 4 GiB', () => {
  test('goes on behind 4 GiB at the very byte', async () => {
    const path = join(work, 'beyond.img');
    const size = 4 * GIB + 2 * MIB + 3;
    await writeFile(path, '');
    await truncate(path, size);
    await page.goto(`${address}/upload`);
    await slow(2_500_000);
    const sent = watchUploads();
    await choose(path);
    await pauseOnceSending('beyond.img');
    // What the page would send is all zeros: a hole in the airlock stands for hours of sending.
    const [file] = await files('beyond.img');
    const kept = 4 * GIB + 5;
    await truncate(join(site.dir, 'data/airlock/files', file?.id ?? ''), kept);
    await slow(-1);
    await page.getByRole('button', { name: 'Go on: beyond.img' }).click();
    await eventually(
      'all of it is received',
      async () => (await files('beyond.img')).some((one) => one.state !== 'receiving' && one.size === size),
      60_000,
    );
    expect(sent.filter(({ method }) => method === 'PATCH').at(-1)?.offset).toBe(String(kept));
  }, 180_000);
});
