import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MINUTE } from '../../src/core/kit/clock.ts';
import { type Browser, browserWith, cookieIn, openBrowser, PASSWORD, signIn } from './browser-for-tests.ts';
import { type Haven, makeHaven } from './http-fixtures.ts';

let haven: Haven;
const clock = { ahead: 0 };

beforeAll(async () => {
  haven = await makeHaven({ clock, guard: { pair: 1000, account: 1000 } });
});

afterAll(async () => haven.close());

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
