import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserWith, cookieIn, openBrowser, PASSWORD, signIn } from './browser-for-tests.ts';
import { ask, type Haven, makeHaven } from './http-fixtures.ts';

let haven: Haven;

beforeAll(async () => {
  haven = await makeHaven();
});

afterAll(() => haven.close());

const own = { 'sec-fetch-site': 'same-origin' };

/** Signs alice in from a browser in which somebody has put a cookie before. */
async function signInWith(cookie: string): Promise<string> {
  const right = { name: 'alice', password: PASSWORD, code: haven.code('alice') };
  const answered = await signIn(haven.door, right, { ...own, cookie });
  expect(answered.status).toBe(204);
  return cookieIn(answered);
}

async function nameOf(cookie: string): Promise<unknown> {
  const { text } = await browserWith(haven.door, cookie).get('/api/v1/me');
  return (JSON.parse(text) as { name?: string }).name;
}

describe('a session that somebody has put into a browser', () => {
  test('is not the one that a person gets by signing in there, nor becomes theirs', async () => {
    const bobs = (await openBrowser(haven, 'bob')).cookie;
    const given = await signInWith(bobs);
    expect(given).not.toBe(bobs);
    expect([await nameOf(given), await nameOf(bobs)]).toEqual(['alice', 'bob']);
  });

  test('that was made up opens nothing, before and after', async () => {
    const madeUp = `__Host-havengate-outside=hgs_sess_${'0'.repeat(26)}_${'A'.repeat(43)}`;
    const given = await signInWith(madeUp);
    expect(given).not.toBe(madeUp);
    expect(await browserWith(haven.door, madeUp).get('/api/v1/me')).toMatchObject({ status: 401 });
  });

  test('without the prefix that binds a cookie to its host counts for nothing', async () => {
    const { cookie } = await openBrowser(haven, 'bob');
    const planted = cookie.replace('__Host-', '');
    expect(await browserWith(haven.door, planted).get('/api/v1/me')).toMatchObject({
      code: 'session-missing',
    });
  });

  test('of an address or a body is none', async () => {
    const { cookie } = await openBrowser(haven, 'bob');
    const [name, value] = cookie.split('=');
    const answered = await ask(haven.door, 'GET', `/api/v1/me?${name}=${value}&session=${value}`, own);
    expect(answered).toMatchObject({ status: 401, code: 'session-missing' });
  });
});

test('every sign-in makes another session, also of one person in one browser', async () => {
  const first = (await openBrowser(haven, 'alice')).cookie;
  const second = await signInWith(first);
  const third = await signInWith(second);
  expect(new Set([first, second, third]).size).toBe(3);
});
