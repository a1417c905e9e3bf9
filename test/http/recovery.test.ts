import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addAccount } from '../../src/core/accounts/add-account.ts';
import { removeSecurityKey } from '../../src/core/accounts/security-keys/change-security-keys.ts';
import { HOUR, MINUTE } from '../../src/core/kit/clock.ts';
import type { HttpDoor } from '../../src/doors/http/start-http-door.ts';
import { assertionJson, type SoftwareKey, softwareKey } from '../support/software-key.ts';
import { browserWith, cookieIn, openBrowser, PASSWORD, signIn } from './browser-for-tests.ts';
import { type Answered, ask, type Haven, makeHaven, until } from './http-fixtures.ts';

let haven: Haven;
const clock = { ahead: 0 };

beforeEach(async () => {
  // What holds guessing back has tests of its own.
  const guard = { pair: 1000, account: 1000 };
  haven = await makeHaven({ clock, site: { reset: true }, address: 'https://transfer.example.org', guard });
});

afterEach(async () => haven.close());

/** What a page sends without being signed in. */
function post(path: string, body: unknown, door: HttpDoor = haven.door): Promise<Answered> {
  const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };
  return ask(door, 'POST', `/api/v1${path}`, headers, Buffer.from(JSON.stringify(body)));
}

/** What was mailed for somebody to show. */
async function lastProof(name: string): Promise<string> {
  return (await haven.mailsTo(name)).findLast(({ id }) => id.startsWith('proof-'))?.text ?? '';
}

/** Somebody with a password and a security key, who has no token beside it. */
async function keyOfCarol(rpId = 'transfer.example.org'): Promise<SoftwareKey> {
  const person = {
    name: 'carol',
    fullName: 'Carol',
    email: 'carol@example.org',
    role: 'researcher',
  } as const;
  const added = await addAccount(
    haven.custody,
    { kind: 'console' },
    { ...person, password: PASSWORD, sshKey: null },
  );
  if (!added.ok) throw new Error(added.refusal);
  const key = softwareKey(added.value.id, rpId);
  await haven.custody.ledger.addSecurityKey(key.row, []);
  return key;
}

describe('an emergency code', () => {
  async function ticketOf(name: string): Promise<string> {
    const begun = await post('/emergency', { name, password: PASSWORD });
    expect(begun.status).toBe(200);
    return (JSON.parse(begun.text) as { ticket: string }).ticket;
  }

  async function mailedCode(name: string, ticket: string): Promise<string> {
    expect(await post('/emergency/mail', { ticket })).toMatchObject({ status: 204 });
    return /^ {4}([0-9A-Z]{4}-[0-9A-Z]{4})$/m.exec(await lastProof(name))?.[1] ?? '';
  }

  async function makeCode(name: string): Promise<string> {
    const ticket = await ticketOf(name);
    const made = await post('/emergency/code', { ticket, code: await mailedCode(name, ticket) });
    expect(made.status).toBe(200);
    const { code } = JSON.parse(made.text) as { code: string };
    expect(code).toMatch(/^\d{8}$/);
    return code;
  }

  const enter = (code: string, door = haven.door) =>
    signIn(door, { name: 'alice', password: PASSWORD, code });

  test('comes after name, password and a mailed code, opens one door once, and every step is told by mail', async () => {
    const code = await makeCode('alice');
    const inside = await haven.open({ side: 'inside' });
    expect((await enter(code, inside)).status).toBe(204);
    expect(await enter(code)).toMatchObject({ status: 401, code: 'sign-in-refused' });
    expect(await enter(code, inside)).toMatchObject({ status: 401, code: 'sign-in-refused' });
    const told = (await haven.mailsTo('alice')).map(({ text }) => text).join('\n');
    expect(told).toContain('An emergency code was made for you');
    expect(told).toContain('Your emergency code was used');
    expect(told).not.toContain(code);
  });

  test('is used up by the first of many who bring it at the same time, at two doors', async () => {
    const code = await makeCode('alice');
    const other = await haven.open();
    const answers = await Promise.all([enter(code), enter(code, other), enter(code), enter(code, other)]);
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  });

  test('ends after a day, with the next one, with the token and with the password', async () => {
    const first = await makeCode('alice');
    const second = await makeCode('alice');
    expect((await enter(first)).status).toBe(401);
    clock.ahead += 24 * HOUR;
    expect((await enter(second)).status).toBe(401);
    const third = await makeCode('alice');
    await haven.reset('alice');
    expect((await enter(third)).status).toBe(401);
  });

  test('lets its person make a new soft token with the password alone, after which it is as always', async () => {
    const entered = await enter(await makeCode('alice'));
    const browser = browserWith(haven.door, cookieIn(entered));
    expect(JSON.parse((await browser.get('/api/v1/me')).text)).toMatchObject({ inEmergency: true });
    const stepped = await browser.post('/api/v1/step-up', { password: PASSWORD, code: '' });
    expect(stepped.status).toBe(204);
    const renewed = browserWith(haven.door, cookieIn(stepped));
    const offer = JSON.parse((await renewed.post('/api/v1/soft-token')).text) as {
      ticket: string;
      uri: string;
    };
    const taking = { ticket: offer.ticket, code: haven.codeOf(offer.uri), pin: '' };
    expect((await renewed.post('/api/v1/soft-token/use', taking)).status).toBe(204);
    expect(JSON.parse((await renewed.get('/api/v1/me')).text)).toMatchObject({ inEmergency: false });
    expect(await renewed.post('/api/v1/step-up', { password: PASSWORD, code: '' })).toMatchObject({
      code: 'step-up-refused',
    });
    expect((await enter(haven.codeOf(offer.uri))).status).toBe(204);
  });

  test('is not made for a wrong password, a name that nobody has, or somebody without a token, and says one thing', async () => {
    const wrong = await post('/emergency', { name: 'alice', password: 'wrong' });
    const unknown = await post('/emergency', { name: 'nobody', password: 'wrong' });
    expect(wrong).toMatchObject({ status: 401, code: 'emergency-refused' });
    expect(unknown.text).toBe(wrong.text);
    const person = { name: 'carol', fullName: 'Carol', email: 'c@example.org', role: 'researcher' } as const;
    await addAccount(haven.custody, { kind: 'console' }, { ...person, password: PASSWORD, sshKey: null });
    expect(await post('/emergency', { name: 'carol', password: PASSWORD })).toMatchObject({
      code: 'no-token',
    });
    await haven.setStatus('bob', 'disabled');
    expect(await post('/emergency', { name: 'bob', password: PASSWORD })).toMatchObject({
      status: 401,
      code: 'emergency-refused',
    });
  });

  test('is not made by a code that is wrong, old, of another ticket, or was guessed at five times', async () => {
    const ticket = await ticketOf('alice');
    expect(await post('/emergency/code', { ticket, code: 'AAAA-AAAA' })).toMatchObject({
      code: 'ticket-over',
    });
    const code = await mailedCode('alice', ticket);
    const other = await ticketOf('alice');
    expect(await post('/emergency/code', { ticket: other, code })).toMatchObject({ code: 'ticket-over' });
    expect(await post('/emergency/code', { ticket: `${ticket.slice(0, -4)}AAAA`, code })).toMatchObject({
      code: 'ticket-over',
    });
    clock.ahead += 16 * MINUTE;
    expect(await post('/emergency/code', { ticket, code })).toMatchObject({ code: 'authorisation-wrong' });
    const next = await mailedCode('alice', ticket);
    for (let i = 0; i < 5; i++) {
      expect(await post('/emergency/code', { ticket, code: `AAAA-AAA${i}` })).toMatchObject({ status: 403 });
    }
    expect(await post('/emergency/code', { ticket, code: next })).toMatchObject({ status: 403 });
  });

  test('takes a mailed code as people type it, once', async () => {
    const ticket = await ticketOf('alice');
    const code = await mailedCode('alice', ticket);
    const typed = ` ${code.toLowerCase().replace('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `;
    expect((await post('/emergency/code', { ticket, code: typed })).status).toBe(200);
    expect((await post('/emergency/code', { ticket, code })).status).toBe(403);
  });

  test('is mailed for three times an hour; the newest code alone holds', async () => {
    const ticket = await ticketOf('alice');
    const codes = [await mailedCode('alice', ticket), await mailedCode('alice', ticket)];
    await mailedCode('alice', ticket);
    expect(await post('/emergency/mail', { ticket })).toMatchObject({ status: 429, code: 'mails-too-many' });
    for (const code of codes) expect((await post('/emergency/code', { ticket, code })).status).toBe(403);
  });

  test('stands in for a security key too, and dies with it', async () => {
    const key = await keyOfCarol();
    const first = await makeCode('carol');
    const door = haven.door;
    const come = (code: string) => signIn(door, { name: 'carol', password: PASSWORD, code });
    const entered = await come(first);
    expect(entered.status).toBe(204);
    expect(await come(first)).toMatchObject({ status: 401 });
    const second = await makeCode('carol');
    expect(await removeSecurityKey(haven.custody, { kind: 'console' }, 'carol', key.row.id)).toMatchObject({
      ok: true,
    });
    expect(await come(second)).toMatchObject({ status: 401 });
    expect(await post('/emergency', { name: 'carol', password: PASSWORD })).toMatchObject({
      code: 'no-token',
    });
  });

  test.each([
    ['POST', '/tokens', { scopes: ['read'], days: 1 }],
    ['POST', '/ssh-keys', { line: 'ssh-ed25519 AAAA' }],
    ['POST', '/password', { current: PASSWORD, code: '', next: 'another good password' }],
    ['POST', '/security-keys/challenge', { password: PASSWORD, code: '' }],
    ['DELETE', '/soft-token', undefined],
  ] as const)(
    'leads to a new soft token first: its session may not %s %s before',
    async (method, path, body) => {
      const browser = browserWith(haven.door, cookieIn(await enter(await makeCode('alice'))));
      const proven = await browser.post('/api/v1/step-up', { password: PASSWORD, code: '' });
      const own = browserWith(haven.door, cookieIn(proven));
      const send = () =>
        method === 'POST' ? own.post(`/api/v1${path}`, body) : own.delete(`/api/v1${path}`);
      expect(await send()).toMatchObject({ status: 403, code: 'token-first' });
      const { ticket, uri } = JSON.parse((await own.post('/api/v1/soft-token')).text) as {
        ticket: string;
        uri: string;
      };
      const taking = { ticket, code: haven.codeOf(uri), pin: '' };
      expect((await own.post('/api/v1/soft-token/use', taking)).status).toBe(204);
      expect((await send()).code).not.toBe('token-first');
    },
  );

  test('is over with the password that its ticket was for', async () => {
    const ticket = await ticketOf('alice');
    await haven.reset('alice');
    expect(await post('/emergency/mail', { ticket })).toMatchObject({ status: 410, code: 'ticket-over' });
  });
});

describe('a new password by mail', () => {
  const NEW = 'another long password';

  async function linkFor(name: string): Promise<string> {
    const before = haven.hints.length;
    expect(await post('/password-reset', { name })).toMatchObject({ status: 204, text: '' });
    await until(() => haven.hints.length > before);
    const text = await lastProof(name);
    const [, link = ''] = /^ {4}https:\/\/transfer\.example\.org\/reset#(hgm_\S+)$/m.exec(text) ?? [];
    return link;
  }

  test('is set once by the link and a code, signs browsers out, and is told by mail', async () => {
    const browser = await openBrowser(haven, 'alice');
    const link = await linkFor('alice');
    expect(await post('/password-reset/look', { link })).toMatchObject({
      status: 200,
      text: JSON.stringify({ name: 'alice', needsCode: true, hasKey: false }),
    });
    const finish = (code: string) => post('/password-reset/finish', { link, password: NEW, code });
    expect(await finish('000000')).toMatchObject({ status: 403, code: 'reset-code-wrong' });
    expect((await finish(haven.code('alice'))).status).toBe(204);
    expect(await finish(haven.code('alice'))).toMatchObject({ status: 410, code: 'link-over' });
    expect(await post('/password-reset/look', { link })).toMatchObject({ status: 410 });
    expect(await browser.get('/api/v1/me')).toMatchObject({ code: 'session-over' });
    const old = await signIn(haven.door, { name: 'alice', password: PASSWORD, code: haven.code('alice') });
    expect(old.status).toBe(401);
    const entered = await signIn(haven.door, { name: 'alice', password: NEW, code: haven.code('alice') });
    expect(entered.status).toBe(204);
    const told = (await haven.mailsTo('alice')).map(({ text }) => text).join('\n');
    expect(told).toContain('Your password was set anew by a mailed link');
  });

  test('takes a security key in the place of a code, and is not set by the mailbox alone of who has one', async () => {
    const key = await keyOfCarol();
    const link = await linkFor('carol');
    const looked = await post('/password-reset/look', { link });
    expect(JSON.parse(looked.text)).toEqual({ name: 'carol', needsCode: false, hasKey: true });
    const finish = (more: object) => post('/password-reset/finish', { link, password: NEW, ...more });
    expect(await finish({})).toMatchObject({ status: 403, code: 'reset-code-wrong' });
    expect(await post('/password-reset/challenge', { link: `${link.slice(0, -2)}AA` })).toMatchObject({
      code: 'link-over',
    });
    const at = { id: 'transfer.example.org', origin: 'https://transfer.example.org' };
    const answer = async () => {
      const { challenge } = JSON.parse((await post('/password-reset/challenge', { link })).text) as {
        challenge: string;
      };
      return assertionJson(key.answer(challenge, { at, flags: 1 }));
    };
    // What was asked for beside a link is none beside a password.
    expect(await post('/sign-in/security-key', { assertion: await answer() })).toMatchObject({ status: 401 });
    expect((await finish({ assertion: await answer() })).status).toBe(204);
    expect(await finish({})).toMatchObject({ status: 410, code: 'link-over' });
  });

  test('sends who has a key for another portal there', async () => {
    await keyOfCarol('elsewhere.example.org');
    const link = await linkFor('carol');
    expect(await post('/password-reset/challenge', { link })).toMatchObject({
      status: 409,
      code: 'key-elsewhere',
    });
    expect(await post('/password-reset/finish', { link, password: NEW })).toMatchObject({ status: 403 });
  });

  test('is asked for with one answer, whoever has the name, and mailed to those who may come in', async () => {
    await haven.setStatus('bob', 'disabled');
    const answers = [];
    for (const name of ['alice', 'nobody', 'bob', 'NOT A NAME']) {
      answers.push(await post('/password-reset', { name }));
    }
    for (const { status, text, headers } of answers) {
      expect([status, text, Object.keys(headers)]).toEqual([204, '', Object.keys(answers[0]?.headers ?? {})]);
    }
    await until(() => haven.hints.length > 0);
    const mails = await haven.mailsTo('bob');
    expect(mails.filter(({ id }) => id.startsWith('proof-'))).toEqual([]);
  });

  test('needs a link that is neither forged, nor old, nor of before, nor of the other side', async () => {
    const inside = await haven.open({ side: 'inside', site: { reset: true } });
    const old = await linkFor('alice');
    const link = await linkFor('alice');
    const finish = (given: string, door = haven.door) =>
      post('/password-reset/finish', { link: given, password: NEW, code: haven.code('alice') }, door);
    expect((await finish(old)).code).toBe('link-over');
    expect((await finish(`${link.slice(0, -2)}AA`)).code).toBe('link-over');
    expect((await finish(link, inside)).code).toBe('link-over');
    expect(await post('/password-reset/finish', { link, password: 'short', code: '' })).toMatchObject({
      code: 'password-too-short',
    });
    clock.ahead += 31 * MINUTE;
    expect((await finish(link)).code).toBe('link-over');
  });

  test('of somebody who is disabled meanwhile is none', async () => {
    const link = await linkFor('alice');
    await haven.setStatus('alice', 'disabled');
    const given = { link, password: NEW, code: haven.code('alice') };
    expect((await post('/password-reset/finish', given)).code).toBe('link-over');
  });

  test('is set by one of two who use the link at the same time', async () => {
    const link = await linkFor('alice');
    const other = await haven.open({ site: { reset: true } });
    const [one, two] = [haven.code('alice'), haven.code('alice')];
    const answers = await Promise.all([
      post('/password-reset/finish', { link, password: NEW, code: one }),
      post('/password-reset/finish', { link, password: `${NEW} 2`, code: two }, other),
    ]);
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  });

  test('is not asked for often from one source', async () => {
    const guarded = await makeHaven({ clock, site: { reset: true }, guard: { never: [], source: 5 } });
    const statuses: number[] = [];
    for (let i = 0; i < 8; i++) {
      statuses.push((await post('/password-reset', { name: `nobody${i}` }, guarded.door)).status);
    }
    expect(statuses.at(-1)).toBe(429);
    expect(statuses[0]).toBe(204);
    await guarded.close();
  });

  test('is not offered where no portal has an address', async () => {
    const plain = await haven.open({ site: { reset: false } });
    expect(await post('/password-reset', { name: 'alice' }, plain)).toMatchObject({ code: 'no-reset' });
  });
});
