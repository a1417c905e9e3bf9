import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hotpCode } from '../../src/core/accounts/hotp.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import type { Installation } from '../support/installation.ts';
import { eventually } from '../support/wait.ts';
import {
  accessibilityFaults,
  enter,
  faultsOfLook,
  freshCode,
  keepPicture,
  makePortalSite,
  signIn,
} from './portal-site.ts';

let site: Installation;
let address: string;
let daemon: Daemon;
let profile: string;
let context: BrowserContext;
let page: Page;
let devtools: CDPSession;

/** A key of Chromium's virtual authenticator. */
type Authenticator = Awaited<ReturnType<typeof plugIn>>;

/** Plugs in a key: one that verifies who holds it and is a passkey, or a plain one of two factors. */
async function plugIn(kind: 'passkey' | 'plain') {
  const isPasskey = kind === 'passkey';
  const { authenticatorId: id } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: isPasskey ? 'ctap2' : 'u2f',
      transport: 'usb',
      hasResidentKey: isPasskey,
      hasUserVerification: isPasskey,
      isUserVerified: isPasskey,
      automaticPresenceSimulation: true,
    },
  });
  return {
    id,
    /** Whether the finger on it is its owner's. */
    touch: (isUserVerified: boolean) =>
      devtools
        .send('WebAuthn.setUserVerified', { authenticatorId: id, isUserVerified })
        .then(() => undefined),
    /** What it has made. */
    credentials: async () =>
      (await devtools.send('WebAuthn.getCredentials', { authenticatorId: id })).credentials,
    unplug: () =>
      devtools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: id }).then(() => undefined),
  };
}

beforeAll(async () => {
  ({ site, address } = await makePortalSite());
  profile = await mkdtemp(join(tmpdir(), 'havengate-passkeys-'));
  daemon = await startDaemon(site);
  context = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
    viewport: { width: 1100, height: 800 },
  });
  page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(30_000);
  devtools = await context.newCDPSession(page);
  await devtools.send('WebAuthn.enable');
}, 180_000);

afterAll(async () => {
  await context?.close();
  await daemon?.end('SIGTERM');
  await rm(profile, { recursive: true, force: true });
  await site?.remove();
});

const alert = () => page.getByRole('alert');
const byPasskey = () => page.getByRole('button', { name: 'Sign in with a passkey' }).click();
const isIn = () => page.getByRole('button', { name: 'Sign out' }).waitFor();

async function signOut(): Promise<void> {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
}

async function addKey(name: string, proof: { password: string; code: string }): Promise<void> {
  await page.goto(`${address}/security`);
  const form = page.getByRole('form', { name: 'Add a security key or passkey' });
  await form.getByLabel(/^Name, such as/).fill(name);
  await form.getByRole('button', { name: 'Add a security key or passkey' }).click();
  await proofForm().getByLabel('Present password').fill(proof.password);
  await proofForm()
    .getByLabel(/^A fresh code/)
    .fill(proof.code);
  await proofForm().getByRole('button', { name: 'Next' }).click();
}

/** What asks people to prove once more who they are. */
const proofForm = () => page.getByRole('form', { name: 'Prove who you are' });

/** Notes what the page sends next to a path of the API, to send it once more. */
async function sentTo(path: string, act: () => Promise<void>): Promise<string> {
  const [request] = await Promise.all([
    page.waitForRequest((one) => one.method() === 'POST' && one.url() === `${address}/api/v1${path}`),
    act(),
  ]);
  return request.postData() ?? '';
}

/** Sends JSON from the page itself, as its script does. */
async function send(
  path: string,
  body: unknown = {},
): Promise<{ readonly status: number; readonly code: string | null; readonly answer: unknown }> {
  return page.evaluate(
    async ([where, text]) => {
      const response = await fetch(`/api/v1${where}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: text,
      });
      const answer = (await response.json().catch(() => ({}))) as {
        readonly error?: { readonly code: string };
      };
      return { status: response.status, code: answer.error?.code ?? null, answer };
    },
    [path, typeof body === 'string' ? body : JSON.stringify(body)] as const,
  );
}

/** Has the key that is plugged in answer a challenge of the API, as the page's script does. */
async function answerTo(path: string): Promise<Record<string, string | null>> {
  const { answer } = await send(path);
  return page.evaluate(async (request) => {
    const browser = globalThis as unknown as {
      readonly PublicKeyCredential: { parseRequestOptionsFromJSON(json: unknown): object };
      readonly navigator: {
        readonly credentials: { get(options: { publicKey: object }): Promise<{ toJSON(): Made }> };
      };
    };
    interface Made {
      readonly id: string;
      readonly response: Record<string, string>;
    }
    const publicKey = browser.PublicKeyCredential.parseRequestOptionsFromJSON(request);
    const made = await browser.navigator.credentials.get({ publicKey });
    const { id, response } = made.toJSON();
    const { clientDataJSON = '', authenticatorData = '', signature = '', userHandle = null } = response;
    return { id, clientDataJSON, authenticatorData, signature, userHandle };
  }, answer);
}

/** How often the audit has an event. */
async function audited(type: string): Promise<number> {
  const { stdout } = await site.havengate('audit', 'export');
  return stdout.split(`"type":"${type}"`).length - 1;
}

/** The mails so far, as they lie in the folder. */
async function mails(): Promise<string> {
  const folder = join(site.dir, 'mail');
  const names = await readdir(folder);
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('\n');
}

describe('a passkey', () => {
  let passkey: Authenticator;

  test('is added by who proves once more who they are, and is told to them by mail', async () => {
    passkey = await plugIn('passkey');
    await enter(page, site, address, 'alice');
    const password = await site.secret('alice', 'password');
    await addKey('Laptop', { password, code: '000000' });
    await alert().waitFor();
    expect(await alert().innerText()).toMatch(/That did not prove who you are\. Nothing was changed/);
    expect(await passkey.credentials()).toEqual([]);
    await addKey('Laptop', { password, code: await freshCode(site, 'alice') });
    await page.getByText('Laptop is added.').waitFor();
    expect(await page.getByRole('listitem').filter({ hasText: 'Laptop' }).innerText()).toMatch(
      /a passkey: alone, or in place of a code\s+added .* never used/,
    );
    expect(await accessibilityFaults(page)).toEqual([]);
    await keepPicture(page, 'security-keys');
    expect(await passkey.credentials()).toHaveLength(1);
  });

  test('signs in alone, without a name', async () => {
    await signOut();
    expect(await accessibilityFaults(page)).toEqual([]);
    await keepPicture(page, 'sign-in');
    await byPasskey();
    await isIn();
    expect(await page.getByText('Alice Adams').innerText()).toBe('Alice Adams');
  });

  test('stands in place of a code as well', async () => {
    await signOut();
    await page.getByLabel('User ID').fill('alice');
    await page.getByLabel('Password').fill(await site.secret('alice', 'password'));
    await page.getByRole('button', { name: 'Use a security key instead' }).click();
    await isIn();
    expect(await page.getByText('Alice Adams').innerText()).toBe('Alice Adams');
  });

  test('proves in its person’s own pages who they are, and for ten minutes they are not asked again', async () => {
    await page.goto(`${address}/security`);
    await page.getByRole('button', { name: 'Make a new soft token' }).click();
    await proofForm().waitFor();
    expect(await faultsOfLook(page, 'proof-with-passkey')).toEqual([]);
    await proofForm().getByRole('button', { name: 'Use a passkey instead' }).click();
    const code = page.getByRole('img', { name: 'QR code of the new soft token' });
    await code.waitFor();
    await page.getByRole('button', { name: 'Keep the old one' }).click();
    await page.getByRole('button', { name: 'Make a new soft token' }).click();
    await code.waitFor();
    await page.getByRole('button', { name: 'Keep the old one' }).click();
  });

  test('opens nothing alone when it has not verified who holds it', async () => {
    await signOut();
    await passkey.touch(false);
    await byPasskey();
    await alert().waitFor();
    expect(await alert().innerText()).toMatch(/No key was used|does not open this portal/);
    await passkey.touch(true);
  });

  test('opens once by one answer: a copy of it is refused', async () => {
    const body = await sentTo('/sign-in/passkey', byPasskey);
    await isIn();
    await signOut();
    expect(await send('/sign-in/passkey', body)).toMatchObject({ status: 401, code: 'key-refused' });
  });

  test('is refused when its answer was made for another origin, whose challenge is used up then', async () => {
    const assertion = await answerTo('/sign-in/passkey/challenge');
    const data = Buffer.from(assertion['clientDataJSON'] ?? '', 'base64url').toString();
    const elsewhere = data.replace(address, 'http://localhost:1');
    expect(elsewhere).not.toBe(data);
    const clientDataJSON = Buffer.from(elsewhere).toString('base64url');
    const refused = { status: 401, code: 'key-refused' };
    const forged = { assertion: { ...assertion, clientDataJSON } };
    expect(await send('/sign-in/passkey', forged)).toMatchObject(refused);
    expect(await send('/sign-in/passkey', { assertion })).toMatchObject(refused);
    const fresh = await answerTo('/sign-in/passkey/challenge');
    expect(await send('/sign-in/passkey', { assertion: fresh })).toMatchObject({ status: 204 });
  });

  test('proves once more who somebody is', async () => {
    await page.goto(`${address}/security`);
    const assertion = await answerTo('/security-keys/step-up');
    expect(await send('/security-keys/challenge', { assertion })).toMatchObject({ status: 200 });
    expect(await send('/security-keys/challenge', { assertion })).toMatchObject({
      status: 403,
      code: 'step-up-refused',
    });
  });

  test('is refused when it counts backwards, as a copy does, and its owner is told', async () => {
    const [made] = await passkey.credentials();
    if (made === undefined) throw new Error('the key has made nothing');
    const { credentialId } = made;
    await devtools.send('WebAuthn.removeCredential', { authenticatorId: passkey.id, credentialId });
    const copy = { ...made, signCount: 1 };
    await devtools.send('WebAuthn.addCredential', { authenticatorId: passkey.id, credential: copy });
    await signOut();
    await byPasskey();
    await alert().waitFor();
    expect(await alert().innerText()).toMatch(/This key does not open this portal/);
    expect(await audited('security-key-suspected')).toBe(1);
    await eventually('a mail about the copy', async () =>
      /there may be a copy of a security key of yours/.test(await mails()),
    );
    await devtools.send('WebAuthn.removeCredential', { authenticatorId: passkey.id, credentialId });
    const original = { ...made, signCount: made.signCount + 10 };
    await devtools.send('WebAuthn.addCredential', { authenticatorId: passkey.id, credential: original });
    await byPasskey();
    await isIn();
  });

  test('opens nothing once it is removed, and its owner is told', async () => {
    await page.goto(`${address}/security`);
    await page.getByRole('button', { name: 'Remove Laptop' }).click();
    await page.getByRole('button', { name: 'Keep it' }).click();
    await page.getByRole('button', { name: 'Remove Laptop' }).click();
    await page.getByText('It will open nothing any more.').waitFor();
    expect(await faultsOfLook(page, 'security-key-removing')).toEqual([]);
    await page.getByRole('button', { name: 'Yes, remove it' }).click();
    await page.getByText('Laptop opens nothing any more.').waitFor();
    await signOut();
    await byPasskey();
    await alert().waitFor();
    expect(await alert().innerText()).toMatch(/This key does not open this portal/);
    await eventually('a mail about the removal', async () =>
      /a security key of yours was removed/.test(await mails()),
    );
    expect(await mails()).toMatch(/a security key was added for you/);
    await passkey.unplug();
  });
});

describe('somebody who wants a passkey alone', () => {
  const NEW = 'a new and longer password';
  let passkey: Authenticator;

  test('removes their soft token, and keeps what they can sign in with', async () => {
    passkey = await plugIn('passkey');
    await enter(page, site, address, 'dana');
    const remove = () => page.getByRole('button', { name: 'Remove the soft token' }).click();
    const password = await site.secret('dana', 'password');
    await page.goto(`${address}/security`);
    await remove();
    await page.getByRole('button', { name: 'Yes, remove it' }).click();
    await proofForm().getByLabel('Present password').fill(password);
    await proofForm()
      .getByLabel(/^A fresh code/)
      .fill(await freshCode(site, 'dana'));
    await proofForm().getByRole('button', { name: 'Next' }).click();
    await alert().waitFor();
    expect(await alert().innerText()).toMatch(/could not sign in here any more\. It stays in use\./);
    await keepPicture(page, 'soft-token-last');
    await page.getByText('You have a soft token').waitFor();
    await page.getByLabel(/^Name, such as/).fill('Phone');
    await page.getByRole('button', { name: 'Add a security key or passkey' }).click();
    await page.getByText('Phone is added.').waitFor();
    await remove();
    expect(await faultsOfLook(page, 'soft-token-removing')).toEqual([]);
    await page.getByRole('button', { name: 'Yes, remove it' }).click();
    await page.getByText('Your soft token is removed.').waitFor();
    await page.getByText('You have no soft token').waitFor();
    expect(await faultsOfLook(page, 'soft-token-removed')).toEqual([]);
    expect(await site.json('account', 'show', 'dana')).toMatchObject({ hasTotp: false });
    expect(await audited('totp-removed')).toBe(1);
    await eventually('a mail about it', async () => /your soft token was removed/.test(await mails()));
    await page.getByRole('button', { name: 'Remove Phone' }).click();
    await page.getByRole('button', { name: 'Yes, remove it' }).click();
    await alert().filter({ hasText: 'could not sign in here any more' }).waitFor();
    await signOut();
    await byPasskey();
    await isIn();
  });

  test('is not asked for a code by any form, and changes their password by the passkey', async () => {
    await page.goto(`${address}/security`);
    const form = page.getByRole('form', { name: 'Change the password' });
    expect(await page.getByLabel(/^A fresh code/).count()).toBe(0);
    await form.getByLabel('Present password').fill(await site.secret('dana', 'password'));
    await form.getByLabel(/^New password/).fill(NEW);
    await form.getByRole('button', { name: /^Change the password/ }).click();
    await page.getByText('Your password is changed.').waitFor();
  });

  test('sets a forgotten password anew by the mailed link and the passkey', async () => {
    await signOut();
    await page.getByRole('link', { name: 'Forgotten your password?' }).click();
    await page.getByLabel('User ID').fill('dana');
    await page.getByRole('button', { name: 'Mail me the link' }).click();
    const link = await eventually('a link', async () => {
      return /http:\S+\/reset#hgm_\S+/.exec((await mails()).replaceAll('=\r\n', ''))?.[0];
    });
    await page.goto(link);
    await page.getByText('Then touch your security key or passkey.').waitFor();
    expect(await faultsOfLook(page, 'reset-by-key')).toEqual([]);
    await page.getByLabel(/^New password/).fill(`${NEW} again`);
    await page.getByLabel('The password once more').fill(`${NEW} again`);
    await page.getByRole('button', { name: 'Set the new password' }).click();
    await page.getByText('Your password is changed.').waitFor();
    await passkey.unplug();
    await page.getByRole('link', { name: 'Back to signing in' }).click();
  });
});

describe('a plain security key', () => {
  test('stands in place of a code, after the right password only, and never alone', async () => {
    const key = await plugIn('plain');
    await enter(page, site, address, 'bob');
    const password = await site.secret('bob', 'password');
    await addKey('', { password, code: await freshCode(site, 'bob') });
    await page.getByText('Security key is added.').waitFor();
    expect(await page.getByRole('listitem').filter({ hasText: 'Security key' }).innerText()).toMatch(
      /in place of a code, with your password/,
    );
    await signOut();
    await page.getByLabel('User ID').fill('bob');
    await page.getByLabel('Password').fill('not the password of bob');
    await page.getByRole('button', { name: 'Use a security key instead' }).click();
    await alert().waitFor();
    expect(await alert().innerText()).toMatch(/or this account has no security key here/);
    await keepPicture(page, 'sign-in-security-key-refused');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Use a security key instead' }).click();
    await isIn();
    await page.goto(`${address}/security`);
    await page.getByRole('button', { name: 'Make a new soft token' }).click();
    const byKey = proofForm().getByRole('button', { name: 'Use your security key instead of a code' });
    await byKey.click();
    await alert().waitFor();
    expect(await alert().innerText()).toMatch(/Type your present password first/);
    await proofForm().getByLabel('Present password').fill(password);
    await byKey.click();
    await page.getByRole('img', { name: 'QR code of the new soft token' }).waitFor();
    await signOut();
    // Somebody with no key at all is not told apart from somebody with a wrong password.
    const olly = { name: 'olly', password: await site.secret('olly', 'password') };
    const nobody = { name: 'nobody', password: olly.password };
    const refused = { status: 401, code: 'password-or-key-refused' };
    expect(await send('/sign-in/security-key/challenge', olly)).toMatchObject(refused);
    expect(await send('/sign-in/security-key/challenge', nobody)).toMatchObject(refused);
    await key.unplug();
  });

  test('is used by the keyboard alone, on a narrow page too', async () => {
    await page.goto(address);
    await page.getByLabel('User ID').focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Use a security key instead');
    await page.keyboard.press('Enter');
    await alert().waitFor();
    expect(await alert().innerText()).toMatch(/Give your user ID and your password first/);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 320, height: 700 });
    expect(await accessibilityFaults(page)).toEqual([]);
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    await keepPicture(page, 'sign-in-narrow-dark');
  });
});

describe('a hard token', () => {
  const SECRET = Buffer.from('12345678901234567890');
  const CONTAINER = `<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"><KeyPackage>
    <DeviceInfo><Manufacturer>Maker</Manufacturer><SerialNo>2600124809778</SerialNo></DeviceInfo>
    <Key Id="1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp"><AlgorithmParameters>
      <ResponseFormat Length="6" Encoding="DECIMAL"/></AlgorithmParameters>
      <Data><Secret><PlainValue>${SECRET.toString('base64')}</PlainValue></Secret></Data>
    </Key></KeyPackage></KeyContainer>`;

  test('opens by its code, is shown to its owner, and opens nothing once they have lost it', async () => {
    const file = join(profile, 'tokens.pskc');
    await writeFile(file, CONTAINER);
    await site.json('hard-token', 'import', file);
    await site.json('hard-token', 'assign', '2600124809778', 'alice');
    const password = await site.secret('alice', 'password');
    const code = (counter: number) => hotpCode(SECRET, counter, 6, 'sha1');
    await page.setViewportSize({ width: 1100, height: 800 });
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(`${address}/security`);
    await signIn(page, { name: 'alice', password, code: code(0) });
    await isIn();
    await page.getByRole('button', { name: 'Report token 2600124809778 lost' }).click();
    await page.getByText('Its codes will open nothing any more, for good.').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await keepPicture(page, 'hard-token');
    await page.getByRole('button', { name: 'Yes, it is lost' }).click();
    await page.getByText('Token 2600124809778 opens nothing any more').waitFor();
    await signOut();
    await signIn(page, { name: 'alice', password, code: code(1) });
    await alert().waitFor();
    expect(await site.json('hard-token', 'list')).toMatchObject([{ owner: 'alice', state: 'lost' }]);
  });
});

test('where only passkeys are taken, the page asks for nothing else', async () => {
  await page.route('**/api/v1/site', async (route) => {
    const answered = await route.fetch();
    await route.fulfill({ response: answered, json: { ...(await answered.json()), signIn: ['passkey'] } });
  });
  await page.setViewportSize({ width: 1100, height: 800 });
  await page.goto('about:blank');
  await page.goto(address);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor();
  expect(await page.getByRole('textbox').count()).toBe(0);
  expect(await page.getByRole('link').count()).toBe(0);
  expect(await faultsOfLook(page, 'sign-in-passkey')).toEqual([]);
  await page.unroute('**/api/v1/site');
});

test('where keys cannot be used, the page says where they can', async () => {
  await page.setViewportSize({ width: 1100, height: 800 });
  await page.goto(address.replace('localhost', '127.0.0.1'));
  expect(await page.getByText('Passkeys and security keys work at').innerText()).toContain(address);
  expect(await page.getByRole('button', { name: 'Sign in with a passkey' }).count()).toBe(0);
});
