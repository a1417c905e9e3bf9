import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Side } from '../../src/core/accounts/account.ts';
import { inviteAccount } from '../../src/core/accounts/activation.ts';
import { addAccount } from '../../src/core/accounts/add-account.ts';
import { enrolTotp, setAccountStatus } from '../../src/core/accounts/change-account.ts';
import { agreementOf } from '../../src/core/accounts/gates.ts';
import { DAY, HOUR } from '../../src/core/kit/clock.ts';
import type { HttpDoor } from '../../src/doors/http/start-http-door.ts';
import { assertionJson, registrationJson, softwareKey } from '../support/software-key.ts';
import { type Browser, browserWith, cookieIn, signIn } from './browser-for-tests.ts';
import { type Answered, ask, type Haven, makeHaven } from './http-fixtures.ts';
import { routeTable } from './route-table.ts';

const CONSOLE = { kind: 'console' } as const;
const CHOSEN = 'a password of my own';
const AGREEMENT = agreementOf('Be careful.');

let haven: Haven;
const clock = { ahead: 0 };

beforeEach(async () => {
  haven = await makeHaven({ clock, gates: { agreement: AGREEMENT } });
  const carol = {
    name: 'carol',
    fullName: 'Carol Clark',
    email: 'carol@example.org',
    role: 'researcher',
  } as const;
  const request = { ...carol, password: null, sshKey: null, isInvited: true };
  const added = await addAccount(haven.custody, CONSOLE, request);
  if (!added.ok) throw new Error(added.refusal);
});

afterEach(async () => haven.close());

const invite = (name = 'carol', side: Side = 'outside') => inviteAccount(haven.custody, CONSOLE, name, side);

/** What is behind the # of the newest link that was mailed. */
async function mailedLink(name = 'carol'): Promise<string> {
  const mail = (await haven.mailsTo(name)).findLast(({ id }) => id.startsWith('proof-'));
  expect(mail?.text).toMatch(/^ {4}http\S+\/activate#hgm_\S+$/m);
  return /#(\S+)$/m.exec(mail?.text ?? '')?.[1] ?? '';
}

async function invited(): Promise<string> {
  expect(await invite()).toMatchObject({ ok: true });
  return mailedLink();
}

function post(path: string, body: unknown, door: HttpDoor = haven.door): Promise<Answered> {
  const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };
  return ask(door, 'POST', `/api/v1${path}`, headers, Buffer.from(JSON.stringify(body)));
}

const begin = (link: string, password = CHOSEN, door = haven.door) =>
  post('/activation/begin', { link, password }, door);

async function begun(): Promise<Browser> {
  const answered = await begin(await invited());
  expect(answered.status).toBe(204);
  return browserWith(haven.door, cookieIn(answered));
}

const me = async (browser: Browser) =>
  JSON.parse((await browser.get('/api/v1/me')).text) as { softToken: string; inActivation: boolean };

async function makeToken(browser: Browser): Promise<string> {
  const { ticket, uri } = JSON.parse((await browser.post('/api/v1/soft-token')).text) as {
    ticket: string;
    uri: string;
  };
  const taken = await browser.post('/api/v1/soft-token/use', { ticket, code: haven.codeOf(uri), pin: '' });
  expect(taken.status).toBe(204);
  return uri;
}

describe('an invitation', () => {
  test('leads from the mail to a password, a token, the agreement and a sign-in; every step stays', async () => {
    const link = await invited();
    const shown = await post('/activation/look', { link });
    expect(JSON.parse(shown.text)).toEqual({ name: 'carol', fullName: 'Carol Clark' });
    const answered = await begin(link);
    expect(answered.status).toBe(204);
    const browser = browserWith(haven.door, cookieIn(answered));
    expect(await me(browser)).toMatchObject({ softToken: 'none', inActivation: true });
    expect((await browser.post('/api/v1/agreement', { version: AGREEMENT.version })).status).toBe(204);
    // Closed for an hour, and opened again.
    clock.ahead += HOUR;
    expect(await browser.post('/api/v1/soft-token')).toMatchObject({ code: 'step-up-needed' });
    const proven = await browser.post('/api/v1/step-up', { password: CHOSEN, code: '' });
    const goesOn = browserWith(haven.door, cookieIn(proven));
    const uri = await makeToken(goesOn);
    expect(await me(goesOn)).toMatchObject({ softToken: 'plain', inActivation: false });
    expect((await goesOn.get('/api/v1/files')).status).toBe(200);
    expect(JSON.parse((await goesOn.get('/api/v1/gates')).text)).toMatchObject({ mayTransfer: true });
    clock.ahead += 30_000;
    const signedIn = await signIn(haven.door, { name: 'carol', password: CHOSEN, code: haven.codeOf(uri) });
    expect(signedIn.status).toBe(204);
    const told = (await haven.mailsTo('carol')).map(({ text }) => text).join('\n');
    expect(told).toContain('Your account was activated by a mailed link');
    expect(told).toContain('A new soft token was made for you');
  });

  test('opens once, also for two at the same time, and says the same of every link that opens nothing', async () => {
    const link = await invited();
    const other = await haven.open();
    const answers = await Promise.all([begin(link), begin(link, 'another one of mine', other)]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204, 410]));
    for (const wrong of [link, `${link.slice(0, -1)}A`, 'hgm_', '', 'x'.repeat(128)]) {
      for (const refused of [await begin(wrong), await post('/activation/look', { link: wrong })]) {
        expect(refused).toMatchObject({ status: 410, code: 'invitation-over' });
      }
    }
  });

  test('is over with the next one, after three days, and once the person has what it is for', async () => {
    const first = await invited();
    const second = await invited();
    expect(await begin(first)).toMatchObject({ code: 'invitation-over' });
    clock.ahead += 3 * DAY;
    expect(await begin(second)).toMatchObject({ code: 'invitation-over' });
    const third = await invited();
    const { signIns } = haven;
    await enrolTotp({ ...haven.custody, box: signIns.box, issuer: 'test' }, CONSOLE, 'carol');
    expect(await begin(third)).toMatchObject({ code: 'invitation-over' });
  });

  test('opens nothing at the other side, as a link for a new password, or for somebody who was disabled', async () => {
    const link = await invited();
    const inside = await haven.open({ side: 'inside' });
    expect(await begin(link, CHOSEN, inside)).toMatchObject({ code: 'invitation-over' });
    const reset = await post('/password-reset/finish', { link, password: CHOSEN, code: '' });
    expect(reset).toMatchObject({ status: 410, code: 'link-over' });
    await setAccountStatus(haven.custody, CONSOLE, 'carol', 'disabled');
    expect(await begin(link)).toMatchObject({ code: 'invitation-over' });
    await setAccountStatus(haven.custody, CONSOLE, 'carol', 'active');
    // Disabling ends what was mailed.
    expect(await begin(link)).toMatchObject({ code: 'invitation-over' });
  });

  test('is refused a short password, and can be used all the same', async () => {
    const link = await invited();
    expect(await begin(link, 'short')).toMatchObject({ status: 400, code: 'password-too-short' });
    expect((await begin(link)).status).toBe(204);
  });

  test('is mailed to nobody who is active already, is disabled, unknown, or was mailed three within the hour', async () => {
    expect(await invite('alice')).toMatchObject({ refusal: 'already-activated' });
    expect(await invite('nobody')).toMatchObject({ refusal: 'account-unknown' });
    for (let i = 0; i < 3; i++) expect(await invite()).toMatchObject({ ok: true });
    expect(await invite()).toMatchObject({ refusal: 'mails-too-many' });
    await setAccountStatus(haven.custody, CONSOLE, 'carol', 'disabled');
    expect(await invite()).toMatchObject({ refusal: 'account-disabled' });
  });
});

describe('a session in activation', () => {
  test('reaches what activation takes, and no other route', async () => {
    const browser = await begun();
    const options = {
      side: 'outside',
      listen: { host: '127.0.0.1', port: 0 },
      log: haven.custody.log,
    } as const;
    const table = await routeTable({
      ...options,
      signIns: haven.signIns,
      intake: haven.custody,
      airlockFiles: `${haven.data}/airlock/files`,
    });
    const reached: string[] = [];
    const isLast = ({ path }: { readonly path: string }) => Number(path.endsWith('/sign-out'));
    for (const { method, path, access } of table.toSorted((a, b) => isLast(a) - isLast(b))) {
      if (access === 'open' || method === 'HEAD' || method === 'OPTIONS') continue;
      const headers = { cookie: browser.cookie, 'sec-fetch-site': 'same-origin', 'content-length': 0 };
      const { code } = await ask(haven.door, method, path.replace(':id', 'file_x'), headers);
      if (code !== 'activation-unfinished') reached.push(`${method} ${path.replace('/api/v1', '')}`);
    }
    expect(reached.toSorted()).toEqual([
      'GET /gates',
      'GET /me',
      'GET /security-keys',
      'POST /agreement',
      'POST /security-keys',
      'POST /security-keys/challenge',
      'POST /sign-out',
      'POST /soft-token',
      'POST /soft-token/use',
      'POST /step-up',
    ]);
  });

  test('is at its end with a passkey, which stands in the place of a token; other invitations are over', async () => {
    const browser = await begun();
    const later = await invited();
    const answered = await browser.post('/api/v1/security-keys/challenge', {});
    const { challenge } = JSON.parse(answered.text) as { challenge: string };
    const carol = (await haven.custody.ledger.listAccounts()).find(({ name }) => name === 'carol');
    if (carol === undefined) throw new Error('there is no carol');
    const key = softwareKey(carol.id, 'localhost');
    const at = { id: 'localhost', origin: `http://localhost:${haven.door.port}` };
    const registration = registrationJson(key.register(challenge, at));
    const added = await browser.post('/api/v1/security-keys', { name: 'phone', registration });
    expect(added.status).toBe(200);
    expect(await me(browser)).toMatchObject({
      softToken: 'none',
      securityKeys: 'passkey',
      inActivation: false,
    });
    expect((await browser.get('/api/v1/files')).status).toBe(200);
    expect(await begin(later)).toMatchObject({ code: 'invitation-over' });
    expect(await invite()).toMatchObject({ refusal: 'already-activated' });
    const asked = await post('/sign-in/security-key/challenge', { name: 'carol', password: CHOSEN });
    const again = JSON.parse(asked.text) as { challenge: string };
    const assertion = assertionJson(key.answer(again.challenge, { at }));
    expect((await post('/sign-in/security-key', { assertion })).status).toBe(204);
  });

  test('goes on after a key that is not enough to sign in, where only passkeys are taken', async () => {
    const door = await haven.open({ policy: [['passkey']] });
    const answered = await begin(await invited(), CHOSEN, door);
    const browser = browserWith(door, cookieIn(answered));
    const carol = (await haven.custody.ledger.listAccounts()).find(({ name }) => name === 'carol');
    if (carol === undefined) throw new Error('there is no carol');
    const at = { id: 'localhost', origin: `http://localhost:${door.port}` };
    const add = async (verifiesUser: boolean) => {
      const asked = await browser.post('/api/v1/security-keys/challenge', {});
      const { challenge } = JSON.parse(asked.text) as { challenge: string };
      const key = softwareKey(carol.id, 'localhost', { verifiesUser });
      const registration = registrationJson(key.register(challenge, at));
      return (await browser.post('/api/v1/security-keys', { name: '', registration })).status;
    };
    expect(await add(false)).toBe(200);
    expect(await me(browser)).toMatchObject({ securityKeys: 'plain', inActivation: true });
    expect(await add(true)).toBe(200);
    expect(await me(browser)).toMatchObject({ securityKeys: 'passkey', inActivation: false });
  });

  test('ends with its account, and with the next invitation that is used', async () => {
    const browser = await begun();
    const next = await begin(await invited());
    expect(await browser.get('/api/v1/me')).toMatchObject({ code: 'session-over' });
    const second = browserWith(haven.door, cookieIn(next));
    expect((await second.get('/api/v1/me')).status).toBe(200);
    await setAccountStatus(haven.custody, CONSOLE, 'carol', 'disabled');
    expect((await second.get('/api/v1/me')).status).toBe(401);
  });

  test('does not let its person in elsewhere: a password alone signs in nowhere', async () => {
    await begun();
    const refused = await signIn(haven.door, { name: 'carol', password: CHOSEN, code: '' });
    expect(refused).toMatchObject({ status: 401, code: 'sign-in-refused' });
  });
});
