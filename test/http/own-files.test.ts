import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DAY } from '../../src/core/kit/clock.ts';
import { newId } from '../../src/core/kit/ids.ts';
import { type Browser, openBrowser } from './browser-for-tests.ts';
import {
  ask,
  create,
  type Haven,
  makeHaven,
  metadata,
  patch,
  someBytes,
  tus,
  until,
} from './http-fixtures.ts';

interface Shown {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly state: string;
  readonly explanation: string | null;
}

let haven: Haven;
let alice: Browser;
let bob: Browser;
let token: string;
const clock = { ahead: 0 };

beforeAll(async () => {
  haven = await makeHaven({ clock });
  alice = await openBrowser(haven, 'alice');
  bob = await openBrowser(haven, 'bob');
  token = await haven.token('alice');
});

afterAll(() => haven.close());

async function upload(name: string, size: number): Promise<string> {
  const location = await create(haven.door, token, size, name);
  const sent = await ask(haven.door, 'PATCH', location, patch(token, 0), someBytes(size));
  expect(sent.status).toBe(204);
  return location;
}

function idIn(location: string): string {
  return location.split('/').at(-1) ?? '';
}

async function list(browser: Browser, query = ''): Promise<{ files: Shown[]; total: number }> {
  return JSON.parse((await browser.get(`/api/v1/files${query}`)).text) as { files: Shown[]; total: number };
}

describe('a person’s files', () => {
  let scan: string;

  beforeAll(async () => {
    for (const [name, size] of [
      ['b.csv', 30],
      ['A_100%.csv', 20],
      ['c.txt', 10],
    ] as const) {
      const location = await upload(name, size);
      clock.ahead += 10_000;
      await haven.moveOn(location);
    }
    scan = await upload('infected.csv', 40);
    clock.ahead += 10_000;
    await haven.moveOn(scan, 'infected');
  });

  test('are listed with digest, state and end, newest first; nobody else’s are', async () => {
    const { files, total } = await list(alice);
    expect(total).toBe(4);
    expect(files.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'infected.csv quarantined',
      'c.txt arrived',
      'A_100%.csv arrived',
      'b.csv arrived',
    ]);
    expect(files[0]?.explanation).toMatch(/^Malware was found/);
    const arrived = files[1] as unknown as Record<string, string>;
    expect(arrived['sha256']).toMatch(/^[0-9a-f]{64}$/);
    expect(Date.parse(arrived['expiresAt'] ?? '') - Date.parse(arrived['arrivedAt'] ?? '')).toBe(30 * DAY);
    expect(await list(bob)).toEqual({ files: [], total: 0, more: false });
  });

  test('are searched, sorted and turned by the page', async () => {
    const names = async (query: string) => (await list(alice, query)).files.map(({ name }) => name);
    expect(await names('?sort=size&order=ascending')).toEqual([
      'c.txt',
      'A_100%.csv',
      'b.csv',
      'infected.csv',
    ]);
    expect(await names('?sort=name&order=ascending&groups=here')).toEqual(['A_100%.csv', 'b.csv', 'c.txt']);
    expect(await names('?search=CSV&sort=name&order=ascending')).toEqual([
      'A_100%.csv',
      'b.csv',
      'infected.csv',
    ]);
    expect(await names('?search=_100%25')).toEqual(['A_100%.csv']);
    expect(await names('?search=x_100')).toEqual([]);
    const first = await list(alice, '?sort=name&order=ascending&pageSize=2');
    expect(first).toMatchObject({ total: 4, more: true, files: [{ name: 'A_100%.csv' }, { name: 'b.csv' }] });
    const after = `?sort=name&order=ascending&pageSize=2&after=${first.files[1]?.id}`;
    const second = await list(alice, after);
    expect(second).toMatchObject({
      total: 4,
      more: false,
      files: [{ name: 'c.txt' }, { name: 'infected.csv' }],
    });
    expect(await bob.get(`/api/v1/files${after}`)).toMatchObject({ status: 404, code: 'not-found' });
    for (const query of ['?sort=owner', '?pageSize=9999', '?after=x', '?owner=bob', '?groups=all']) {
      expect(await alice.get(`/api/v1/files${query}`)).toMatchObject({ status: 400, code: 'query-invalid' });
    }
  });

  test('have a receipt once they arrived, for their owner alone', async () => {
    const { files } = await list(alice, '?search=b.csv');
    const path = `/api/v1/files/${files[0]?.id}/receipt`;
    const receipt = await alice.get(path);
    expect(receipt.headers['content-disposition']).toBe(
      `attachment; filename="receipt-${files[0]?.id}.json"`,
    );
    expect(JSON.parse(receipt.text)).toMatchObject({ body: { file: { id: files[0]?.id, path: 'b.csv' } } });
    expect(await bob.get(path)).toMatchObject({ status: 404, code: 'not-found' });
    expect(await alice.get(`/api/v1/files/${idIn(scan)}/receipt`)).toMatchObject({ code: 'no-receipt' });
    for (const id of [newId('file', 0), 'nonsense', '..%2f..', idIn(scan)]) {
      expect(await bob.get(`/api/v1/files/${id}`)).toMatchObject({ status: 404, code: 'not-found' });
    }
  });

  test('that came in cannot be read back', async () => {
    const { files } = await list(alice, '?search=b.csv');
    expect(await alice.get(`/api/v1/files/${files[0]?.id}/content`)).toMatchObject({ status: 404 });
  });
});

describe('an upload that was begun in a browser', () => {
  const begin = (name: string, size: number) =>
    alice.post('/api/v1/uploads', undefined, {
      'tus-resumable': '1.0.0',
      'upload-length': size,
      'upload-metadata': metadata({ filename: name }),
    });

  test('goes on without the session by a grant of its own, that opens nothing else', async () => {
    const browser = await openBrowser(haven, 'alice');
    const created = await browser.post('/api/v1/uploads', undefined, {
      'tus-resumable': '1.0.0',
      'upload-length': 20,
      'upload-metadata': metadata({ filename: 'overnight.csv' }),
    });
    const location = created.headers.location ?? '';
    const grant = String(created.headers['upload-grant']);
    expect(grant).toMatch(/^hgt_/);
    await browser.post('/api/v1/sign-out');
    expect((await ask(haven.door, 'PATCH', location, patch(grant, 0), someBytes(10))).status).toBe(204);
    const other = await create(haven.door, token, 5, 'other.csv');
    for (const path of [other, '/api/v1/uploads']) {
      const method = path === other ? 'HEAD' : 'POST';
      expect((await ask(haven.door, method, path, tus(grant, { 'upload-length': 1 }))).status).toBe(403);
    }
    const bearer = { authorization: `Bearer ${grant}` };
    expect((await ask(haven.door, 'GET', '/api/v1/files', bearer)).status).toBe(403);
    clock.ahead += 6.9 * DAY;
    expect((await ask(haven.door, 'PATCH', location, patch(grant, 10), someBytes(10))).status).toBe(204);
    clock.ahead += 0.2 * DAY;
    expect((await ask(haven.door, 'HEAD', location, tus(grant))).status).toBe(401);
    alice = await openBrowser(haven, 'alice');
    bob = await openBrowser(haven, 'bob');
    token = await haven.token('alice');
  });

  test('ends with the account', async () => {
    const created = await begin('ends.csv', 20);
    const grant = String(created.headers['upload-grant']);
    await haven.setStatus('alice', 'disabled');
    const sent = await ask(
      haven.door,
      'PATCH',
      created.headers.location ?? '',
      patch(grant, 0),
      someBytes(5),
    );
    expect(sent).toMatchObject({ status: 401, code: 'token-invalid' });
    await haven.setStatus('alice', 'active');
    alice = await openBrowser(haven, 'alice');
  });

  test('is given no grant where a token began it', async () => {
    const headers = tus(token, { 'upload-length': 5, 'upload-metadata': metadata({ filename: 'by-token' }) });
    expect((await ask(haven.door, 'POST', '/api/v1/uploads', headers)).headers).not.toHaveProperty(
      'upload-grant',
    );
  });
});

describe('an open page', () => {
  test('hears what becomes of its owner’s files, and what it missed; nothing of others', async () => {
    const events = listen(alice);
    const others = listen(bob);
    await until(() => events.text().includes('event: ready') && others.text().includes('event: ready'));
    const location = await upload('live.csv', 50);
    clock.ahead += 10_000;
    await haven.moveOn(location);
    await until(() => /event: file\ndata: .*"live.csv".*"state":"arrived"/.test(events.text()));
    expect(others.text()).not.toContain('live.csv');
    const last = /^id: (\d+)\nevent: ready/m.exec(events.text())?.[1] ?? '';
    events.close();
    others.close();
    const again = listen(alice, last);
    await until(() => again.text().includes('"live.csv"'));
    again.close();
  });

  test('is closed when its session ends', async () => {
    const browser = await openBrowser(haven, 'alice');
    const events = listen(browser);
    await until(() => events.text().includes('event: ready'));
    await browser.post('/api/v1/sign-out');
    await until(() => events.isClosed());
    expect(events.isClosed()).toBe(true);
  });
});

function listen(browser: Browser, last?: string) {
  let text = '';
  let closed = false;
  const headers = {
    cookie: browser.cookie,
    'sec-fetch-site': 'same-origin',
    ...(last !== undefined && { 'last-event-id': last }),
  };
  const open = request({
    port: haven.door.port,
    host: '127.0.0.1',
    path: '/api/v1/events',
    headers,
    agent: false,
  });
  open.on('response', (response) => {
    response.on('data', (piece: Buffer) => (text += piece.toString()));
    response.on('close', () => (closed = true));
    response.on('error', () => undefined);
  });
  open.on('error', () => undefined);
  open.end();
  return { text: () => text, isClosed: () => closed, close: () => void open.destroy() };
}
