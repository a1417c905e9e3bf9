import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MINUTE } from '../../src/core/kit/clock.ts';
import { assertionJson, type SoftwareKey, softwareKey } from '../support/software-key.ts';
import {
  type Browser,
  browserWith,
  cookieIn,
  openBrowser,
  openProvenBrowser,
  PASSWORD,
  signIn,
} from './browser-for-tests.ts';
import { ask, type Haven, makeHaven } from './http-fixtures.ts';

let haven: Haven;
const clock = { ahead: 0 };

beforeAll(async () => {
  haven = await makeHaven({ clock, guard: { pair: 1000, account: 1000 } });
});

afterAll(async () => haven.close());

async function accountId(of: Haven, name: string) {
  const account = (await of.custody.ledger.listAccounts()).find((one) => one.name === name);
  if (account === undefined) throw new Error(`there is no ${name}`);
  return account.id;
}

interface Offer {
  readonly ticket: string;
  readonly secret: string;
  readonly uri: string;
}

async function stepUp(browser: Browser, name: string): Promise<Browser> {
  const stepped = await browser.post('/api/v1/step-up', { password: PASSWORD, code: haven.code(name) });
  expect(stepped.status).toBe(204);
  return browserWith(haven.door, cookieIn(stepped));
}

async function offerTo(browser: Browser): Promise<Offer> {
  return JSON.parse((await browser.post('/api/v1/soft-token')).text) as Offer;
}

describe('stepping up', () => {
  test('takes password and code, and gives the session a new id, which ends when the old one would have', async () => {
    const browser = await openBrowser(haven, 'bob');
    for (const given of [
      { password: 'wrong', code: haven.code('bob') },
      { password: PASSWORD, code: '000000' },
      { password: PASSWORD, code: '' },
    ]) {
      expect(await browser.post('/api/v1/step-up', given)).toMatchObject({ code: 'step-up-refused' });
    }
    const sessions = async (own: Browser) =>
      (JSON.parse((await own.get('/api/v1/sessions')).text) as { sessions: { until: string }[] }).sessions;
    const [before] = await sessions(browser);
    const renewed = await stepUp(browser, 'bob');
    expect(renewed.cookie).not.toBe(browser.cookie);
    expect(await browser.get('/api/v1/me')).toMatchObject({ status: 401, code: 'session-over' });
    const after = await sessions(renewed);
    expect(after).toMatchObject([{ until: before?.until, current: true }]);
  });

  test('takes a key in the place of the code, or alone when it verifies who holds it', async () => {
    const own = await makeHaven({ clock, guard: { pair: 1000, account: 1000 } });
    const key = softwareKey(await accountId(own, 'alice'), 'localhost');
    await own.custody.ledger.addSecurityKey(key.row, []);
    const at = { id: 'localhost', origin: `http://localhost:${own.door.port}` };
    let browser = await openBrowser(own, 'alice');
    const answer = async (alone: boolean, flags?: number) => {
      const asked = await browser.post('/api/v1/security-keys/step-up', { alone });
      const { challenge } = JSON.parse(asked.text) as { challenge: string };
      return assertionJson(key.answer(challenge, { at, ...(flags !== undefined && { flags }) }));
    };
    const step = async (given: object) => {
      const stepped = await browser.post('/api/v1/step-up', given);
      if (stepped.status === 204) browser = browserWith(own.door, cookieIn(stepped));
      return stepped.code ?? stepped.status;
    };
    expect(await step({ password: PASSWORD, assertion: await answer(false, 1) })).toBe(204);
    expect(await step({ assertion: await answer(true) })).toBe(204);
    // One that was asked for beside the password is nothing alone, nor one that has not verified who holds it.
    expect(await step({ assertion: await answer(false) })).toBe('step-up-refused');
    expect(await step({ assertion: await answer(true, 1) })).toBe('step-up-refused');
    expect(await step({ password: 'wrong', assertion: await answer(false) })).toBe('step-up-refused');
    const used = await answer(false);
    expect(await step({ password: PASSWORD, assertion: used })).toBe(204);
    expect(await step({ password: PASSWORD, assertion: used })).toBe('step-up-refused');
    // Nobody has given a password for such a challenge: it is none for a sign-in.
    const aside = await ask(
      own.door,
      'POST',
      '/api/v1/sign-in/security-key',
      { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      Buffer.from(JSON.stringify({ assertion: await answer(false) })),
    );
    expect(aside).toMatchObject({ status: 401, code: 'key-refused' });
    // It changes a password too, beside the present one.
    const next = { current: PASSWORD, next: 'another good password', assertion: await answer(false, 1) };
    expect((await browser.post('/api/v1/password', next)).status).toBe(204);
    await own.close();
  });

  test.each([
    ['POST', '/tokens', { scopes: ['read'], days: 1 }],
    ['POST', '/ssh-keys', { line: 'ssh-ed25519 AAAA' }],
    ['POST', '/security-keys/challenge', {}],
    ['POST', '/soft-token', undefined],
    ['DELETE', '/soft-token', undefined],
  ] as const)('is needed for %s %s, by a cookie alone nobody makes a way in', async (method, path, body) => {
    const browser = await openBrowser(haven, 'bob');
    const answered =
      method === 'POST' ? browser.post(`/api/v1${path}`, body) : browser.delete(`/api/v1${path}`);
    expect(await answered).toMatchObject({ status: 403, code: 'step-up-needed' });
  });

  test('is needed for a new soft token, and lasts ten minutes', async () => {
    const browser = await openBrowser(haven, 'bob');
    expect(await browser.post('/api/v1/soft-token')).toMatchObject({ status: 403, code: 'step-up-needed' });
    const renewed = await stepUp(browser, 'bob');
    const { ticket, uri } = await offerTo(renewed);
    clock.ahead += 10 * MINUTE;
    const taking = { ticket, code: haven.codeOf(uri), pin: '' };
    expect(await renewed.post('/api/v1/soft-token/use', taking)).toMatchObject({ code: 'step-up-needed' });
    expect(await renewed.post('/api/v1/soft-token')).toMatchObject({ code: 'step-up-needed' });
  });
});

describe('a new soft token', () => {
  test('is taken into use by its code alone; what rests on the old one ends, and the code opens nothing', async () => {
    const [elsewhere, before] = [await openBrowser(haven, 'alice'), await openBrowser(haven, 'alice')];
    const browser = await stepUp(before, 'alice');
    const { ticket, uri, secret } = await offerTo(browser);
    expect(secret.replaceAll(' ', '')).toBe(new URL(uri).searchParams.get('secret'));
    expect(secret).toMatch(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
    const use = (given: object) => browser.post('/api/v1/soft-token/use', { ticket, pin: '', ...given });
    expect(await use({ code: '000000' })).toMatchObject({ status: 403, code: 'new-code-wrong' });
    expect(await use({ code: haven.code('alice') })).toMatchObject({ code: 'new-code-wrong' });
    const code = haven.codeOf(uri);
    expect(await use({ code, ticket: `${ticket.slice(0, -4)}AAAA` })).toMatchObject({ code: 'offer-over' });
    expect((await use({ code })).status).toBe(204);
    expect(await elsewhere.get('/api/v1/me')).toMatchObject({ code: 'session-over' });
    expect((await browser.get('/api/v1/me')).status).toBe(200);
    const enter = (given: string) => signIn(haven.door, { name: 'alice', password: PASSWORD, code: given });
    expect((await enter(code)).status).toBe(401);
    expect((await enter(haven.code('alice'))).status).toBe(401);
    expect((await enter(haven.codeOf(uri))).status).toBe(204);
    const told = (await haven.mailsTo('alice')).map(({ text }) => text).join('\n');
    expect(told).toContain('A new soft token was made for you');
    expect(told).toContain('you, at the outside portal door, from 127.0.0.1');
  });

  test('is offered to one session, for a quarter of an hour', async () => {
    const first = await stepUp(await openBrowser(haven, 'bob'), 'bob');
    const second = await stepUp(await openBrowser(haven, 'bob'), 'bob');
    const { ticket, uri } = await offerTo(first);
    const taking = () => ({ ticket, code: haven.codeOf(uri), pin: '' });
    expect(await second.post('/api/v1/soft-token/use', taking())).toMatchObject({ code: 'offer-over' });
    clock.ahead += 15 * MINUTE;
    const later = await stepUp(first, 'bob');
    expect(await later.post('/api/v1/soft-token/use', taking())).toMatchObject({ code: 'offer-over' });
  });

  test('has a PIN where the site asks for one, which is typed before every code', async () => {
    const door = await haven.open({ site: { pin: 'required' } });
    const entered = await signIn(door, { name: 'bob', password: PASSWORD, code: haven.code('bob') });
    const stepped = await browserWith(door, cookieIn(entered)).post('/api/v1/step-up', {
      password: PASSWORD,
      code: haven.code('bob'),
    });
    const browser = browserWith(door, cookieIn(stepped));
    const { ticket, uri } = await offerTo(browser);
    const use = (pin: string) =>
      browser.post('/api/v1/soft-token/use', { ticket, code: haven.codeOf(uri), pin });
    expect(await use('')).toMatchObject({ status: 400, code: 'pin-needed' });
    for (const pin of ['123', '1234', '9012', '7777', '47a1']) {
      expect(await use(pin)).toMatchObject({ status: 400, code: 'pin-invalid' });
    }
    expect((await use('4711')).status).toBe(204);
    const enter = (code: string) => signIn(door, { name: 'bob', password: PASSWORD, code });
    expect((await enter(haven.codeOf(uri))).status).toBe(401);
    expect((await enter(`4712${haven.codeOf(uri)}`)).status).toBe(401);
    const code = haven.codeOf(uri);
    expect((await enter(`${code}4711`)).status).toBe(401);
    expect((await enter(`4711 ${code}`)).status).toBe(204);
    expect((await enter(`4711${code}`)).status).toBe(401);
    expect(JSON.parse((await browser.get('/api/v1/me')).text)).toMatchObject({ softToken: 'pin' });
  });
});

describe('a soft token that its person removes', () => {
  let own: Haven;

  beforeEach(async () => {
    own = await makeHaven({ clock, guard: { pair: 1000, account: 1000 } });
  });

  afterEach(async () => own.close());

  const idOf = (name: string) => accountId(own, name);

  /** A key of alice for the portal outside, as it is known without an address. */
  async function addKey(): Promise<SoftwareKey> {
    const key = softwareKey(await idOf('alice'), 'localhost');
    await own.custody.ledger.addSecurityKey(key.row, []);
    return key;
  }

  const provenBrowser = () => openProvenBrowser(own, 'alice');

  test('opens nothing any more, and neither does what rests on it; its owner is told', async () => {
    await addKey();
    const elsewhere = await openBrowser(own, 'alice');
    const before = await openBrowser(own, 'alice');
    expect(await before.delete('/api/v1/soft-token')).toMatchObject({ status: 403, code: 'step-up-needed' });
    const browser = await provenBrowser();
    expect((await browser.delete('/api/v1/soft-token')).status).toBe(204);
    expect(await elsewhere.get('/api/v1/me')).toMatchObject({ code: 'session-over' });
    expect(JSON.parse((await browser.get('/api/v1/me')).text)).toMatchObject({ softToken: 'none' });
    const given = { name: 'alice', password: PASSWORD, code: own.code('alice') };
    expect((await signIn(own.door, given)).status).toBe(401);
    expect(await browser.delete('/api/v1/soft-token')).toMatchObject({ code: 'soft-token-unknown' });
    const told = (await own.mailsTo('alice')).map(({ text }) => text).join('\n');
    expect(told).toContain('Your soft token was removed');
    const { size } = await own.custody.ledger.auditHead();
    const rows = (await own.custody.ledger.readAudit(0, size)).filter(({ entry }) =>
      entry.includes('"totp-removed"'),
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.entry).toContain(await idOf('alice'));
  });

  test('stays where they could not sign in without it, and says what to do', async () => {
    const browser = await provenBrowser();
    const refused = await browser.delete('/api/v1/soft-token');
    expect(refused).toMatchObject({ status: 409, code: 'last-way-in' });
    expect(refused.text).toContain('It stays in use. Make another soft token, or add a passkey');
    expect(
      (await signIn(own.door, { name: 'alice', password: PASSWORD, code: own.code('alice') })).status,
    ).toBe(204);
  });

  test('goes, or their last key does, but not both, also at the same time', async () => {
    const { row } = await addKey();
    const browser = await provenBrowser();
    const answers = await Promise.all([
      browser.delete('/api/v1/soft-token'),
      browser.delete(`/api/v1/security-keys/${row.id}`),
    ]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 409]);
    const account = await own.custody.ledger.accountById(await idOf('alice'));
    const keys = await own.custody.ledger.securityKeysOf(await idOf('alice'));
    expect(Number(account?.hasTotp) + keys.length).toBe(1);
  });
});
