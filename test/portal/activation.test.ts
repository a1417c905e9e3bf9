import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import type { Installation } from '../support/installation.ts';
import { codeAt } from '../support/soft-token.ts';
import { eventually } from '../support/wait.ts';
import {
  accessibilityFaults,
  CHROMIUM,
  enter,
  FLAGS,
  faultsOfLook,
  keepPicture,
  makePortalSite,
  signIn,
} from './portal-site.ts';

const AGREEMENT = [
  'How we look after the data of people',
  ...Array.from(
    { length: 30 },
    (_, i) => `${i + 1}. I tell nobody what I read here, and keep my token to myself.`,
  ),
].join('\n\n');

let site: Installation;
let address: string;
let daemon: Daemon;
let work: string;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const complaints: string[] = [];

/** A browser that nobody has used. */
async function openBrowser(): Promise<void> {
  await context?.close();
  context = await browser.newContext({ viewport: { width: 1100, height: 800 } });
  page = await context.newPage();
  page.on('console', (message) => {
    const isOurs = !/ERR_(CONNECTION|EMPTY|INCOMPLETE)|status of 4(01|03|09|10|23)/.test(message.text());
    if (message.type() === 'error' && isOurs) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
}

beforeAll(async () => {
  const gates = '{ training: on, agreement: ./agreement.txt, induction: on }';
  ({ site, address } = await makePortalSite({ gates }));
  await writeFile(join(site.dir, 'agreement.txt'), AGREEMENT);
  work = await mkdtemp(join(tmpdir(), 'havengate-activation-'));
  daemon = await startDaemon(site);
  browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
  await openBrowser();
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await daemon?.end('SIGTERM');
  await rm(work, { recursive: true, force: true });
  await site?.remove();
});

const step = (title: string) => page.getByRole('region', { name: new RegExp(`^${title}`) });

async function expectAccessible(picture: string): Promise<void> {
  expect(await faultsOfLook(page, picture)).toEqual([]);
}

describe('somebody to whom gates are closed', () => {
  test('is told on every page, and passes what is theirs to pass by the keyboard alone', async () => {
    await enter(page, site, address, 'alice');
    const told = page.getByText('You may not send, fetch or move files yet.');
    await told.waitFor();
    await page.getByRole('heading', { level: 1, name: 'Upload' }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await keepPicture(page, 'gates-notice');
    await page.getByRole('link', { name: 'See what is missing' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Before you start' }).waitFor();
    expect(await step('Training').innerText()).toMatch(/missing[^]*No training of yours is recorded/);
    expect(await step('Induction').innerText()).toMatch(/missing[^]*Ask the data team/);
    await expectAccessible('before-you-start');
    const accept = page.getByRole('button', { name: 'Accept the agreement' });
    expect(await accept.isDisabled()).toBe(true);
    await page.getByRole('region', { name: 'The agreement' }).focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await step('Agreement').getByText('You accepted it on').waitFor();
    expect((await site.json<{ agreed: object | null }>('account', 'show', 'alice')).agreed).not.toBeNull();
  });

  test('may transfer from the moment that the rest is recorded, and is stopped in the middle when a gate closes', async () => {
    await site.json('account', 'induction', 'alice', '--on', '2026-01-30', '--by', 'dana');
    await site.json('account', 'training', 'alice', '--expires', '2999-01-01', '--by', 'dana');
    await page.reload();
    await page.getByText('Nothing is missing: you may transfer files.').waitFor();
    await keepPicture(page, 'before-you-start-done');
    await page.getByRole('link', { name: 'Go to Upload' }).click();
    const path = join(work, 'large.bin');
    await writeFile(path, randomBytes(16_000_000));
    const devtools = await context.newCDPSession(page);
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 2_000_000 };
    await devtools.send('Network.emulateNetworkConditions', slow);
    await page.locator('input[type=file]:not([webkitdirectory])').setInputFiles(path);
    const row = page.getByRole('listitem').filter({ hasText: 'large.bin' });
    await row.getByText(/^Sending\. [2-9]\.\d MiB/).waitFor();
    await site.json('account', 'training', 'alice', '--withdraw');
    await page.getByText('You may not send, fetch or move files yet.').waitFor();
    await site.json('account', 'training', 'alice', '--expires', '2999-01-01');
    await devtools.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1 });
    await row.getByText('Your copy and ours are identical.').waitFor({ timeout: 60_000 });
    await row.getByText('It is kept until').waitFor();
    const files = await site.json<object[]>('file', 'list', '--owner', 'alice');
    expect(files).toMatchObject([{ name: 'large.bin', state: 'arrived', size: 16_000_000 }]);
  }, 120_000);

  test('is asked anew for another text, and accepts none that has changed meanwhile', async () => {
    await page.goto(`${address}/activate`);
    await step('Agreement').getByText('You accepted it on').waitFor();
    await writeFile(join(site.dir, 'agreement.txt'), `${AGREEMENT}\n\nAnd one thing more.`);
    await daemon.end('SIGTERM');
    daemon = await startDaemon(site);
    await page.reload();
    await page.getByText('And one thing more.').waitFor();
    expect(await step('Agreement').innerText()).toMatch(/missing/);
    await writeFile(join(site.dir, 'agreement.txt'), `${AGREEMENT}\n\nAnd another.`);
    await daemon.end('SIGTERM');
    daemon = await startDaemon(site);
    await page.getByLabel('I have read the agreement').check();
    await page.getByRole('button', { name: 'Accept the agreement' }).click();
    await page.getByText('Another agreement is in force by now.').waitFor();
    await page.getByText('And another.').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  }, 120_000);
});

describe('somebody who was invited', () => {
  const button = (name: string) => page.getByRole('button', { name });

  /** The link of the newest invitation, which is in a mail. */
  async function invitation(): Promise<string> {
    return eventually('an invitation is mailed', async () => {
      const names = await readdir(join(site.dir, 'mail'));
      const newest = names
        .filter((name) => name.startsWith('proof-'))
        .toSorted((a, b) => (a < b ? 1 : -1))[0];
      const text = newest === undefined ? '' : await readFile(join(site.dir, 'mail', newest), 'utf8');
      return /http\S+\/activate#hgm_\S+/.exec(text.replaceAll('=\r\n', ''))?.[0];
    });
  }

  test('chooses a password, makes a token and accepts the agreement, over several visits, and is in', async () => {
    await openBrowser();
    const who = ['--full-name', 'Carol Clark', '--email', 'carol@example.org'];
    await site.json('account', 'add', 'carol', ...who, '--invite');
    const link = await invitation();
    await page.goto(link);
    await page.getByText('Welcome, Carol Clark.').waitFor();
    expect(page.url()).toBe(`${address}/activate`);
    await expectAccessible('activate');
    const [password, again] = [page.getByLabel(/^Password, at least/), page.getByLabel(/once more$/)];
    await password.fill('a password of my own');
    await again.fill('another password entirely');
    await button('Set the password').click();
    await page.getByRole('alert').filter({ hasText: 'The two passwords differ' }).waitFor();
    await again.fill('a password of my own');
    await page.keyboard.press('Enter');
    await button('Make a new soft token').waitFor();
    await expectAccessible('activate-steps');
    // Closed, and opened again.
    await page.goto('about:blank');
    await page.goto(`${address}/upload`);
    await page.getByRole('heading', { level: 1, name: 'Activate your account' }).waitFor();
    await page.getByLabel('I have read the agreement').check();
    await button('Accept the agreement').click();
    await step('Agreement').getByText('You accepted it on').waitFor();
    await button('Make a new soft token').click();
    const key = (await page.locator('.typed-key').innerText()).replaceAll(/\s/g, '');
    await expectAccessible('activate-token');
    const uri = `otpauth://totp/carol?secret=${key}`;
    await page.getByLabel('The code that your app shows now').fill(codeAt(uri, Date.now()));
    await button('Take it into use').click();
    await page.getByText('You may not send, fetch or move files yet.').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    const code = codeAt(uri, Date.now() + 30_000);
    await signIn(page, { name: 'carol', password: 'a password of my own', code });
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.goto('about:blank');
    await page.goto(link);
    await page.getByRole('alert').waitFor();
    await expectAccessible('activate-over');
    await page.getByRole('link', { name: 'Back to signing in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Upload' }).waitFor();
  }, 120_000);
});

describe('somebody who was invited and has a passkey', () => {
  test('adds it in the place of a token, and is in; they sign in with it alone', async () => {
    await openBrowser();
    const devtools = await context.newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    const who = ['--full-name', 'Dave Dunn', '--email', 'dave@example.org'];
    const before = (await readdir(join(site.dir, 'mail'))).filter((name) => name.startsWith('proof-'));
    await site.json('account', 'add', 'dave', ...who, '--invite');
    const link = await eventually('an invitation is mailed', async () => {
      const names = (await readdir(join(site.dir, 'mail'))).filter((name) => name.startsWith('proof-'));
      const fresh = names.find((name) => !before.includes(name));
      const text = fresh === undefined ? '' : await readFile(join(site.dir, 'mail', fresh), 'utf8');
      return /http\S+\/activate#hgm_\S+/.exec(text.replaceAll('=\r\n', ''))?.[0];
    });
    await page.goto(link);
    await page.getByText('Welcome, Dave Dunn.').waitFor();
    await page.getByLabel(/^Password, at least/).fill('a password of my own');
    await page.getByLabel(/once more$/).fill('a password of my own');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Or a passkey or security key' }).waitFor();
    await expectAccessible('activate-passkey');
    await page.getByLabel(/^Name, such as/).fill('Laptop');
    await page.getByRole('button', { name: 'Add a security key or passkey' }).click();
    await page.getByRole('heading', { level: 1, name: 'Before you start' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByText('Dave Dunn').waitFor();
    expect(await site.json('account', 'show', 'dave')).toMatchObject({
      hasPassword: true,
      hasTotp: false,
      securityKeys: [{ name: 'Laptop', side: 'outside' }],
    });
  }, 120_000);
});

test('the pages have no fault of their own', () => {
  expect(complaints).toEqual([]);
});
