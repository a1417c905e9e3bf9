import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOUR } from '../../src/core/kit/clock.ts';
import { newId } from '../../src/core/kit/ids.ts';
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
  haven = await makeHaven({ clock });
});

afterAll(() => haven.close());

describe('signing in', () => {
  test('takes name, password and code, and gives a cookie that only this door gets back', async () => {
    const answered = await signIn(haven.door, {
      name: 'alice',
      password: PASSWORD,
      code: haven.code('alice'),
    });
    expect(answered.status).toBe(204);
    expect(answered.headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^__Host-havengate-outside=hgs_sess_\w{26}_[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      ),
    ]);
    const me = await browserWith(haven.door, cookieIn(answered)).get('/api/v1/me');
    expect(JSON.parse(me.text)).toEqual({
      name: 'alice',
      fullName: 'alice',
      email: 'alice@example.org',
      side: 'outside',
      softToken: 'plain',
      hasToken: true,
      securityKeys: 'none',
      inEmergency: false,
      inActivation: false,
    });
  });

  test('gives one answer for a wrong name, password and code', async () => {
    const right = { name: 'alice', password: PASSWORD, code: haven.code('alice') };
    const answers = [
      await signIn(haven.door, { ...right, name: 'nobody' }),
      await signIn(haven.door, { ...right, password: 'a wrong password!' }),
      await signIn(haven.door, { ...right, code: '000000' }),
    ];
    for (const answered of answers) {
      expect(answered).toMatchObject({ status: 401, code: 'sign-in-refused', text: answers[0]?.text });
      expect(answered.headers).not.toHaveProperty('set-cookie');
    }
    expect((await signIn(haven.door, right)).status).toBe(204);
  });

  test('takes a code once, at whatever door', async () => {
    const door = await haven.open({ side: 'inside' });
    const right = { name: 'alice', password: PASSWORD, code: haven.code('alice') };
    expect((await signIn(haven.door, right)).status).toBe(204);
    expect(await signIn(door, right)).toMatchObject({ status: 401, code: 'sign-in-refused' });
  });

  test('is for no page of another site, and repeats nothing that was typed', async () => {
    const right = { name: 'alice', password: PASSWORD, code: haven.code('alice') };
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://elsewhere.example' },
      { origin: 'null' },
    ]) {
      expect(await signIn(haven.door, right, headers)).toMatchObject({ status: 403, code: 'cross-site' });
    }
    const odd = await signIn(haven.door, { ...right, role: 'operator' });
    expect(odd).toMatchObject({ status: 400, code: 'body-invalid' });
    expect((await signIn(haven.door, { ...right, code: { secret: 'x123' } })).text).not.toContain('x123');
    for (const [type, body] of [
      ['text/plain', '{}'],
      ['application/json', '{"name":'],
      ['application/json', JSON.stringify({ name: 'x'.repeat(70_000) })],
    ] as const) {
      const headers = { 'content-type': type, 'sec-fetch-site': 'same-origin' };
      const sent = await ask(haven.door, 'POST', '/api/v1/sign-in', headers, Buffer.from(body));
      expect(sent).toMatchObject({ status: 400, code: 'body-invalid' });
    }
    expect((await signIn(haven.door, right)).status).toBe(204);
  });
});

describe('a session', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await openBrowser(haven, 'bob');
  });

  test('is none with a changed secret, at the other side, or with a token in its place', async () => {
    const inside = await haven.open({ side: 'inside' });
    const forged = browserWith(haven.door, `${browser.cookie.slice(0, -4)}AAAA`);
    expect(await forged.get('/api/v1/me')).toMatchObject({ status: 401, code: 'session-over' });
    const carried = browserWith(inside, browser.cookie.replace('outside', 'inside'));
    expect(await carried.get('/api/v1/me')).toMatchObject({ status: 401, code: 'session-over' });
    const headers = { authorization: `Bearer ${await haven.token('bob', ['upload', 'read'])}` };
    expect(await ask(haven.door, 'GET', '/api/v1/sessions', headers)).toMatchObject({
      status: 403,
      code: 'session-needed',
    });
    expect((await ask(haven.door, 'GET', '/api/v1/me', headers)).status).toBe(200);
  });

  test('does nothing for a page of another site', async () => {
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'none' }]) {
      const asked = await browser.post('/api/v1/tokens', { scopes: ['upload'], days: 1 }, headers);
      expect(asked).toMatchObject({ status: 403, code: 'cross-site' });
    }
    const old = { cookie: (await openProvenBrowser(haven, 'alice')).cookie };
    for (const headers of [old, { ...old, origin: 'https://elsewhere.example' }]) {
      expect(await ask(haven.door, 'POST', '/api/v1/sign-out', headers)).toMatchObject({
        code: 'cross-site',
      });
    }
    const token = { scopes: ['upload'], days: 1 };
    const origin = `http://127.0.0.1:${haven.door.port}`;
    const own = { ...old, origin, 'content-type': 'application/json' };
    const made = await ask(haven.door, 'POST', '/api/v1/tokens', own, Buffer.from(JSON.stringify(token)));
    expect(made.status).toBe(200);
  });

  test('ends when it is not used, and after a working day however much it is', async () => {
    const idle = await openBrowser(haven, 'bob');
    const start = clock.ahead;
    clock.ahead = start + 3.9 * HOUR;
    expect((await idle.get('/api/v1/me')).status).toBe(200);
    clock.ahead += 4.1 * HOUR;
    expect(await idle.get('/api/v1/me')).toMatchObject({ status: 401, code: 'session-over' });
    const busy = await openBrowser(haven, 'bob');
    for (let hours = 1; hours < 12; hours++) {
      clock.ahead += HOUR;
      expect((await busy.get('/api/v1/me')).status).toBe(200);
    }
    clock.ahead += HOUR;
    expect((await busy.get('/api/v1/me')).status).toBe(401);
  });

  test('is ended by signing out, one by one by its owner, and by nobody else', async () => {
    const [one, two, alice] = [
      await openBrowser(haven, 'bob'),
      await openBrowser(haven, 'bob'),
      await openBrowser(haven, 'alice'),
    ];
    const { sessions } = JSON.parse((await one.get('/api/v1/sessions')).text) as {
      sessions: { id: string; current: boolean }[];
    };
    expect(sessions.filter(({ current }) => current)).toHaveLength(1);
    const other = sessions.find(({ current }) => !current)?.id ?? '';
    expect(await alice.delete(`/api/v1/sessions/${other}`)).toMatchObject({ status: 404 });
    expect((await two.get('/api/v1/me')).status).toBe(200);
    expect((await one.delete(`/api/v1/sessions/${other}`)).status).toBe(204);
    expect((await two.get('/api/v1/me')).status).toBe(401);
    const out = await one.post('/api/v1/sign-out');
    expect(out.status).toBe(204);
    expect(out.headers['set-cookie']?.[0]).toMatch(/^__Host-havengate-outside=; .*Expires=Thu, 01 Jan 1970/);
    expect((await one.get('/api/v1/me')).status).toBe(401);
  });

  test('ends with the account, at the next request', async () => {
    const open = await openBrowser(haven, 'bob');
    await haven.setStatus('bob', 'disabled');
    expect(await open.get('/api/v1/files')).toMatchObject({ status: 401, code: 'session-over' });
    await haven.setStatus('bob', 'active');
    expect((await open.get('/api/v1/files')).status).toBe(401);
  });
});

describe('what a person signs in with', () => {
  test('a token is made, listed without its secret, and revoked', async () => {
    const browser = await openProvenBrowser(haven, 'alice');
    const made = await browser.post('/api/v1/tokens', { scopes: ['read'], days: 3 });
    const { id, token } = JSON.parse(made.text) as { id: string; token: string };
    const headers = { authorization: `Bearer ${token}` };
    expect((await ask(haven.door, 'GET', '/api/v1/files', headers)).status).toBe(200);
    const listed = await browser.get('/api/v1/tokens');
    expect(listed.text).toContain(id);
    expect(listed.text).not.toContain(token);
    expect((await browser.delete(`/api/v1/tokens/${id}`)).status).toBe(204);
    expect(await ask(haven.door, 'GET', '/api/v1/files', headers)).toMatchObject({ code: 'token-invalid' });
    expect(await browser.delete(`/api/v1/tokens/${id}`)).toMatchObject({ status: 404 });
  });

  test('a password is changed by who knows the old one and has the token; other browsers are signed out', async () => {
    const [here, there] = [await openBrowser(haven, 'bob'), await openBrowser(haven, 'bob')];
    const change = (more: object) =>
      here.post('/api/v1/password', {
        current: PASSWORD,
        code: haven.code('bob'),
        next: 'another good password',
        ...more,
      });
    expect(await change({ current: 'not the password' })).toMatchObject({ code: 'password-wrong' });
    expect(await change({ code: '123456' })).toMatchObject({ code: 'password-wrong' });
    expect(await change({ next: 'short' })).toMatchObject({ code: 'password-too-short' });
    expect((await there.get('/api/v1/me')).status).toBe(200);
    expect((await change({})).status).toBe(204);
    expect((await there.get('/api/v1/me')).status).toBe(401);
    expect((await here.get('/api/v1/me')).status).toBe(200);
    const old = await signIn(haven.door, { name: 'bob', password: PASSWORD, code: haven.code('bob') });
    expect(old.status).toBe(401);
    expect((await change({ current: 'another good password', next: PASSWORD })).status).toBe(204);
  });

  test('a public key is added, shown and removed; what is no key is refused in words', async () => {
    const browser = await openProvenBrowser(haven, 'alice');
    const line = `ssh-ed25519 ${Buffer.concat([
      Buffer.from([0, 0, 0, 11]),
      Buffer.from('ssh-ed25519'),
      Buffer.from([0, 0, 0, 32]),
      Buffer.alloc(32, 5),
    ]).toString('base64')} laptop`;
    const added = await browser.post('/api/v1/ssh-keys', { line });
    expect(JSON.parse(added.text)).toMatchObject({ algorithm: 'ssh-ed25519', comment: 'laptop' });
    const { id } = JSON.parse(added.text) as { id: string };
    expect(await browser.post('/api/v1/ssh-keys', { line: 'no key' })).toMatchObject({
      status: 400,
      code: 'ssh-key-invalid',
    });
    expect((await browser.get('/api/v1/ssh-keys')).text).toContain(id);
    expect((await browser.delete(`/api/v1/ssh-keys/${id}`)).status).toBe(204);
    expect((await browser.get('/api/v1/ssh-keys')).text).not.toContain(id);
  });

  test('who may come back over SFTP without a code is shown to its owner, and ended by nobody else', async () => {
    const { ledger } = haven.custody;
    const account = (await ledger.listAccounts()).find(({ name }) => name === 'alice')?.id;
    if (account === undefined) throw new Error('there is no alice');
    const at = Date.now() + clock.ahead;
    const visit = { account, side: 'outside', proofs: 'SHA256:abc password', source: '192.0.2.7' } as const;
    const kept = { ...visit, id: newId('reco', at), at, until: at + HOUR, usedAt: null, endedAt: null };
    await ledger.keepReconnection(kept, []);
    const [alice, bob] = [await openBrowser(haven, 'alice'), await openBrowser(haven, 'bob')];
    const seen = async (by: Browser) => JSON.parse((await by.get('/api/v1/reconnections')).text) as unknown;
    const time = (instant: number) => new Date(instant).toISOString();
    expect(await seen(alice)).toEqual({
      reconnections: [
        {
          id: kept.id,
          source: '192.0.2.7',
          proofs: ['SHA256:abc', 'password'],
          signedInAt: time(at),
          usedAt: null,
          until: time(at + HOUR),
        },
      ],
    });
    expect(await seen(bob)).toEqual({ reconnections: [] });
    const end = (by: Browser, id: string) => by.delete(`/api/v1/reconnections/${id}`);
    expect(await end(bob, kept.id)).toMatchObject({ status: 404 });
    expect(await end(alice, 'reco_nothing')).toMatchObject({ status: 404 });
    expect(await ledger.reconnectionFor(visit, at)).toEqual(kept);
    expect((await end(alice, kept.id)).status).toBe(204);
    expect(await seen(alice)).toEqual({ reconnections: [] });
    expect(await ledger.reconnectionFor(visit, at)).toBeNull();
    const rows = await ledger.readAudit(0, 10_000);
    expect(rows.filter(({ entry }) => entry.includes('reconnections-ended'))).toHaveLength(1);
  });
});
