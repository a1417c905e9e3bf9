import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectTo } from '../sftp/raw-client.ts';
import { typing } from '../sftp/typed-sign-in.ts';
import { mailWith } from '../support/arrivals.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import type { Installation } from '../support/installation.ts';
import { codeAt } from '../support/soft-token.ts';
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

const PIN = '4711';

let site: Installation;
let address: string;
let daemon: Daemon;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  ({ site, address } = await makePortalSite({ tokens: '{ pin: required }' }));
  const config = await readFile(site.config, 'utf8');
  const door = 'kind: sftp, side: outside,';
  await writeFile(site.config, config.replace(door, `${door} reconnect: 12h,`));
  daemon = await startDaemon(site);
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  page = await browser.newPage({ viewport: { width: 1100, height: 800 } });
  page.on('console', (message) => {
    const isOurs = !/status of 4(01|03|10|29)/.test(message.text());
    if (message.type() === 'error' && isOurs) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await daemon?.end('SIGTERM');
  await site?.remove();
});

/** What is on the page is accessible and has room; pictures are kept. */
async function looksRight(picture: string): Promise<void> {
  expect(await faultsOfLook(page, picture)).toEqual([]);
}

/** The texts of the mails with a code or link that are there so far. */
async function proofs(): Promise<readonly string[]> {
  const names = await readdir(join(site.dir, 'mail')).catch(() => []);
  const texts = names
    .filter((name) => name.startsWith('proof-') && name.endsWith('.eml'))
    .map(async (name) => (await readFile(join(site.dir, 'mail', name), 'utf8')).replaceAll('=\r\n', ''));
  return Promise.all(texts);
}

/** What the next mail with a code or link holds, after `ask` has had it sent. */
async function mailed(ask: () => Promise<void>, shape: RegExp): Promise<string> {
  const before = await proofs();
  await ask();
  return eventually('a mail with a code or link', async () => {
    const fresh = (await proofs()).filter((text) => !before.includes(text));
    return fresh.map((text) => shape.exec(text)?.[1]).find((found) => found !== undefined);
  });
}

const alert = () => page.getByRole('alert');
/** A field that has the focus by itself. */
const focused = (label: string) => page.getByLabel(label).and(page.locator(':focus')).waitFor();

const next = (name: string) => page.getByRole('button', { name }).click();

/** Goes all the way to an emergency code, with the keyboard alone. */
async function emergencyCode(name: string, password: string, look = false): Promise<string> {
  await page.goto(address);
  await page.getByRole('link', { name: /emergency code/ }).click();
  await page.getByRole('heading', { level: 1, name: 'Emergency code' }).waitFor();
  await focused('User ID');
  if (look) await looksRight('emergency');
  await page.keyboard.type(name);
  await page.keyboard.press('Enter');
  await focused('Password');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
  const mail = page.getByRole('button', { name: /Mail me the code/ });
  await mail.and(page.locator(':focus')).waitFor();
  if (look) await keepPicture(page, 'emergency-mail');
  const code = await mailed(() => page.keyboard.press('Enter'), /^ {4}([0-9A-Z]{4}-[0-9A-Z]{4})\r?$/m);
  await focused('Authorisation code from the mail');
  if (look) {
    await page.keyboard.type('AAAA-AAAA');
    await page.keyboard.press('Enter');
    await alert().filter({ hasText: 'wrong, was used, or is too old' }).waitFor();
    await looksRight('emergency-code-wrong');
    await page.getByLabel('Authorisation code from the mail').fill('');
    await page.getByLabel('Authorisation code from the mail').focus();
  }
  await page.keyboard.type(code.toLowerCase());
  await page.keyboard.press('Enter');
  const shown = page.locator('.shown-code');
  await shown.waitFor();
  if (look) await looksRight('emergency-code');
  return (await shown.innerText()).replaceAll(' ', '');
}

describe('an emergency code', () => {
  test('comes by password and mail, lets somebody in once, who then makes a new soft token with a PIN', async () => {
    const password = await site.secret('bob', 'password');
    const code = await emergencyCode('bob', password, true);
    expect(code).toMatch(/^\d{8}$/);
    await page.goto(address);
    await signIn(page, { name: 'bob', password, code });
    await page.getByRole('link', { name: 'Security' }).click();
    await page.getByText('You have signed in with an emergency code').waitFor();
    await page.getByText('make a new soft token first, at the top').first().waitFor();
    expect(await page.getByLabel(/^A fresh code/).count()).toBe(0);
    await looksRight('security-emergency');
    await next('Make a new soft token');
    await page.getByRole('form', { name: 'Prove who you are' }).getByLabel('Present password').fill(password);
    await next('Next');
    await page.getByRole('img', { name: 'QR code of the new soft token' }).waitFor();
    await looksRight('soft-token');
    const form = page.getByRole('form', { name: 'Take the new token into use' });
    const secret = (await form.locator('code').innerText()).replaceAll(/\s/g, '');
    const uri = `otpauth://totp/x?secret=${secret}`;
    await form.getByLabel(/^A PIN of/).fill(PIN);
    await form.getByLabel('The PIN once more').fill(PIN);
    await form.getByLabel('The code that your app shows now').fill('000000');
    await next('Take it into use');
    await alert().waitFor();
    expect(await alert().innerText()).toMatch(/Your old token stays in use/);
    await form.getByLabel('The code that your app shows now').fill(codeAt(uri, Date.now()));
    await next('Take it into use');
    await page.getByText('Your new token is in use.').waitFor();
    await page.getByText('You have a soft token with a PIN').waitFor();
    expect(await page.getByText('make a new soft token first, at the top').count()).toBe(0);
    await keepPicture(page, 'soft-token-in-use');
    await next('Sign out');
    await signIn(page, { name: 'bob', password, code });
    await alert().waitFor();
    expect(await alert().innerText()).toMatch(/do not belong together, or the code was used before/);
    const later = codeAt(uri, Date.now() + 30_000);
    await signIn(page, { name: 'bob', password, code: later });
    await alert().waitFor();
    await signIn(page, { name: 'bob', password, code: `${PIN}${later}` });
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('User ID').waitFor();
  }, 180_000);

  test('is told by mail, each step of it', async () => {
    for (const words of [
      'An emergency code was made for you',
      'Your emergency code was used',
      'A new soft token was made for you',
    ]) {
      const mail = await mailWith(site, words, 'bob@example.org', 'at the outside portal door');
      expect(mail).toContain('tell the people who run this haven at once');
    }
  });

  test('opens nothing after its time', async () => {
    const password = await site.secret('alice', 'password');
    const code = await emergencyCode('alice', password);
    const ledger = new DatabaseSync(join(site.dir, 'ledger.sqlite3'), { timeout: 5000 });
    ledger.exec('update emergency_codes set expires_at = made_at + 1');
    ledger.close();
    await page.goto(address);
    await signIn(page, { name: 'alice', password, code });
    await alert().waitFor();
    expect(await alert().innerText()).toMatch(/do not belong together/);
  }, 120_000);

  test('is not begun with a wrong password, and nobody hears who has an account', async () => {
    for (const name of ['alice', 'nobody']) {
      await page.goto(`${address}/emergency`);
      await page.getByLabel('User ID').fill(name);
      await next('Next');
      await page.getByLabel('Password').fill('wrong');
      await next('Verify');
      await alert().waitFor();
      expect(await alert().innerText()).toBe(
        'User ID and password do not belong together. Nothing was done. Check both and try again.',
      );
    }
  });
});

describe('a forgotten password', () => {
  const NEW = 'a new and longer password';

  test('is set anew by a mailed link, which is in no address for long, and a code', async () => {
    await page.goto(address);
    await page.getByRole('link', { name: 'Forgotten your password?' }).click();
    await page.getByLabel('User ID').fill('dana');
    await looksRight('forgotten');
    const link = await mailed(() => next('Mail me the link'), /^ {4}(http:\S+\/reset#hgm_\S+?)\r?$/m);
    await page.getByText('If somebody has this User ID').waitFor();
    await keepPicture(page, 'forgotten-mailed');
    await page.goto(link);
    await page.getByText('For dana').waitFor();
    expect(page.url()).toBe(`${address}/reset`);
    await looksRight('reset');
    await page.getByLabel(/^New password/).fill(NEW);
    await page.getByLabel('The password once more').fill(NEW);
    await page.getByLabel(/^Code/).fill('000000');
    await next('Set the new password');
    await alert().waitFor();
    expect(await alert().innerText()).toMatch(/Your password stays as it is/);
    await page.getByLabel(/^Code/).fill(await freshCode(site, 'dana'));
    await next('Set the new password');
    await page.getByText('Your password is changed.').waitFor();
    await page.goto('about:blank');
    await page.goto(link);
    await alert().waitFor();
    expect(await alert().innerText()).toMatch(/This link was used/);
    await page.getByRole('link', { name: 'Back to signing in' }).click();
    await signIn(page, { name: 'dana', password: NEW, code: await freshCode(site, 'dana') });
    await page.getByRole('button', { name: 'Sign out' }).click();
  }, 180_000);
});

test('what was changed on the command line before the start was mailed to its owner', async () => {
  expect(await mailWith(site, 'A new soft token was made for you', 'olly@example.org')).toContain(
    'the people who run this haven, on its machine',
  );
});

test('another browser is seen with where it is and since when, and is signed out from here', async () => {
  const other = await browser.newContext();
  const elsewhere = await other.newPage();
  await enter(elsewhere, site, address, 'alice');
  await enter(page, site, address, 'alice');
  await page.getByRole('link', { name: 'Security' }).click();
  const row = page.getByRole('listitem').filter({ hasText: 'A browser at' });
  expect(await row.innerText()).toMatch(/A browser at (127\.0\.0\.1|::1)\s+since .* \d{4}, .* used .* ends/);
  await row.getByRole('button', { name: /^Sign out the browser/ }).click();
  await row.waitFor({ state: 'detached' });
  await elsewhere.getByRole('link', { name: 'My arrivals' }).click();
  await elsewhere.getByText('Your session has ended.').waitFor();
  expect(await faultsOfLook(elsewhere, 'session-ended')).toEqual([]);
  await other.close();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByLabel('User ID').waitFor();
}, 120_000);

test('a soft token is made new by who has one, with password and code, in light and dark', async () => {
  await enter(page, site, address, 'olly');
  await page.goto(`${address}/security`);
  await next('Make a new soft token');
  await page.getByRole('form', { name: 'Prove who you are' }).waitFor();
  await looksRight('soft-token-proof');
  const form = page.getByRole('form', { name: 'Prove who you are' });
  await form.getByLabel('Present password').fill(await site.secret('olly', 'password'));
  await form.getByLabel(/^A fresh code/).fill(await freshCode(site, 'olly'));
  await next('Next');
  await page.getByRole('img', { name: 'QR code of the new soft token' }).waitFor();
  await next('Keep the old one');
  await page.reload();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  expect(complaints).toEqual([]);
}, 120_000);

test('a public key and an access token are made by who proves who they are, once for both', async () => {
  await page.goto(`${address}/security`);
  await next('Sign out');
  await enter(page, site, address, 'olly');
  await page.goto(`${address}/security`);
  const line = `ssh-ed25519 ${Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAIA', 'base64').toString('base64')} no key`;
  await page.getByLabel(/^Add a key/).fill(line);
  await next('Add the key');
  const form = page.getByRole('form', { name: 'Prove who you are' });
  await form.getByLabel('Present password').fill(await site.secret('olly', 'password'));
  await form.getByLabel(/^A fresh code/).fill(await freshCode(site, 'olly'));
  await next('Next');
  await alert().waitFor();
  expect(await alert().innerText()).toMatch(/This is no public key that is taken/);
  const key = (await readFile(join(site.dir, 'demo/alice.key.pub'), 'utf8')).trim();
  await page.getByLabel(/^Add a key/).fill(key);
  await next('Add the key');
  await alert().filter({ hasText: 'Everybody needs a key of their own' }).waitFor();
  await next('Make a token');
  await page.getByText('Copy this token now').waitFor();
  await looksRight('security-token');
  await page
    .getByRole('button', { name: /^Revoke the token/ })
    .first()
    .click();
  await next('Yes, revoke it');
  const tokens = () => page.getByRole('button', { name: /^Revoke the token/ }).count();
  await eventually('the other one is left', async () => (await tokens()) === 1);
}, 120_000);

test('who has come in by SFTP with a code sees that they may come back without one, and ends it', async () => {
  const password = await site.secret('olly', 'password');
  const comeIn = (code: string) => {
    const answers = { 'Password: ': password, 'Token: ': code };
    const { config } = typing({ name: 'olly' }, answers, ['keyboard-interactive']);
    return connectTo({ host: '127.0.0.1', port: daemon.port('sftp'), ...config });
  };
  (await comeIn(await freshCode(site, 'olly'))).end();
  const back = await comeIn('');
  await page.goto(`${address}/security`);
  await page.getByRole('heading', { name: 'SFTP without a new code' }).waitFor();
  await page.getByText('127.0.0.1, with your password').waitFor();
  await looksRight('security-reconnections');
  const ended = new Promise<void>((resolve) => back.on('close', () => resolve()));
  await next('Ask for a code again at 127.0.0.1');
  await page.getByRole('heading', { name: 'SFTP without a new code' }).waitFor({ state: 'detached' });
  await ended;
  await expect(comeIn('')).rejects.toThrow('All configured authentication methods failed');
}, 120_000);
