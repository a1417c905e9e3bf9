import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../src/core/kit/ids.ts';
import type { ApiRoute } from '../../src/doors/http/api/api-route.ts';
import { UNAUTHENTICATED_ROUTES } from '../../src/doors/http/authenticate.ts';
import { describeApi } from '../../src/doors/http/openapi.ts';
import { ask, create, type Haven, makeHaven, patch, someBytes, tus } from './http-fixtures.ts';
import { routeTable } from './route-table.ts';

const PATH = '/api/v1/uploads';

let haven: Haven;
let alice: string;
let bob: string;
let pages: string;
const clock = { ahead: 0 };

beforeAll(async () => {
  haven = await makeHaven({ clock });
  alice = await haven.token('alice');
  bob = await haven.token('bob');
  pages = await mkdtemp(join(tmpdir(), 'havengate-pages-'));
  await writeFile(join(pages, 'index.html'), '<!doctype html>');
});

afterAll(async () => {
  await haven.close();
  await rm(pages, { recursive: true });
});

/** Every route of a side, as `METHOD /path`, and what the API describes. */
async function routesOf(side: 'outside' | 'inside'): Promise<{ routes: string[]; api: readonly ApiRoute[] }> {
  const table = await routeTable({
    side,
    listen: { host: '127.0.0.1', port: 0 },
    signIns: haven.signIns,
    intake: haven.custody,
    airlockFiles: `${haven.data}/airlock/files`,
    log: haven.custody.log,
    pages,
  });
  return {
    routes: [...new Set(table.map(({ method, path }) => `${method} ${path}`))],
    api: table.flatMap(({ api }) => api ?? []),
  };
}

describe('without a token', () => {
  test('only these routes answer', () => {
    const pages = ['', 'upload', 'arrivals', 'outbound', 'security', 'help'];
    pages.push('emergency', 'forgotten', 'reset', 'activate', 'assets/*');
    expect(UNAUTHENTICATED_ROUTES).toEqual([
      ...pages.flatMap((page) => [`GET /${page}`, `HEAD /${page}`]),
      'GET /api/v1/openapi.json',
      'HEAD /api/v1/openapi.json',
      'GET /api/v1/site',
      'POST /api/v1/sign-in',
      'POST /api/v1/sign-in/passkey/challenge',
      'POST /api/v1/sign-in/passkey',
      'POST /api/v1/sign-in/security-key/challenge',
      'POST /api/v1/sign-in/security-key',
      'POST /api/v1/emergency',
      'POST /api/v1/emergency/mail',
      'POST /api/v1/emergency/code',
      'POST /api/v1/activation/look',
      'POST /api/v1/activation/begin',
      'POST /api/v1/password-reset',
      'POST /api/v1/password-reset/look',
      'POST /api/v1/password-reset/challenge',
      'POST /api/v1/password-reset/finish',
      'OPTIONS /api/v1/uploads',
      'OPTIONS /api/v1/uploads/:id',
    ]);
  });

  test('every other route asks for one', async () => {
    const { routes } = await routesOf('outside');
    expect(routes.length).toBeGreaterThan(30);
    for (const route of routes.filter((one) => !UNAUTHENTICATED_ROUTES.includes(one))) {
      const [method = '', path = ''] = route.split(' ');
      const answered = await ask(haven.door, method, path.replace(':id', newId('file', 0)), {
        'tus-resumable': '1.0.0',
      });
      expect([route, answered.status, answered.headers['www-authenticate']]).toEqual([
        route,
        401,
        'Bearer realm="havengate"',
      ]);
    }
  });

  test('the routes are those that the API describes', async () => {
    for (const side of ['outside', 'inside'] as const) {
      const { routes, api } = await routesOf(side);
      const paths = describeApi(side, api)['paths'] as Record<string, Record<string, unknown>>;
      const described = Object.entries(paths).flatMap(([path, item]) =>
        Object.keys(item)
          .filter((key) => key !== 'parameters')
          .map((method) => `${method.toUpperCase()} ${path.replace('{id}', ':id')}`),
      );
      const left = routes.filter(
        (route) =>
          !/^(GET|HEAD) .*uploads|^HEAD \/(api\/v1\/openapi.json)?$|^(GET|HEAD) \/(?!api)./.test(route),
      );
      expect(described.filter((route) => !route.startsWith('HEAD /api/v1/uploads')).toSorted()).toEqual(
        left.toSorted(),
      );
    }
  });

  test('OPTIONS tells what is spoken', async () => {
    const answered = await ask(haven.door, 'OPTIONS', PATH);
    expect(answered.status).toBe(204);
    expect(answered.headers).toMatchObject({
      'tus-version': '1.0.0',
      'tus-resumable': '1.0.0',
      'tus-extension': 'creation,creation-with-upload,termination,checksum',
      'tus-checksum-algorithm': 'sha256,sha1,md5',
      'tus-max-size': String(haven.custody.policy.largest),
    });
  });
});

describe('a token', () => {
  const asking = (token: string) => ask(haven.door, 'POST', PATH, tus(token, { 'upload-length': 1 }));

  test.each([
    ['that was made up', async () => 'hgt_x', 401, 'token-invalid'],
    ['with a wrong secret', async () => `${alice.slice(0, -3)}AAA`, 401, 'token-invalid'],
    ['of the other side', () => haven.token('alice', ['upload'], 'inside'), 401, 'token-other-side'],
    ['that only reads', () => haven.token('alice', ['read']), 403, 'token-scope'],
  ])('%s is refused', async (_, make, status, code) => {
    const answered = await asking(await make());
    expect(answered).toMatchObject({ status, code });
    expect(answered.headers['www-authenticate']).toMatch(/^Bearer realm="havengate", error="/);
  });

  test('that has expired is refused', async () => {
    const short = await haven.token('alice', ['upload'], 'outside', 1000);
    clock.ahead += 2000;
    expect(await asking(short)).toMatchObject({ status: 401, code: 'token-expired' });
    clock.ahead -= 2000;
  });

  test('of a disabled person is refused', async () => {
    await haven.setStatus('bob', 'disabled');
    expect(await asking(bob)).toMatchObject({ status: 401, code: 'token-invalid' });
    await haven.setStatus('bob', 'active');
    expect((await asking(bob)).status).toBe(400);
  });

  test('is not taken from anywhere else', async () => {
    const { authorization: _, ...headers } = tus('x');
    for (const more of [
      { authorization: `Basic ${alice}` },
      { authorization: alice },
      { cookie: `token=${alice}` },
    ]) {
      expect(await ask(haven.door, 'POST', `${PATH}?token=${alice}`, { ...headers, ...more })).toMatchObject({
        status: 401,
        code: 'token-missing',
      });
    }
  });
});

describe('somebody else’s upload', () => {
  test('is not there, by any method', async () => {
    const location = await create(haven.door, alice, 100);
    const unknown = `${PATH}/${newId('file', Date.now())}`;
    for (const path of [
      location,
      unknown,
      `${PATH}/nonsense`,
      `${PATH}/..%2f..%2fetc`,
      `${unknown}?x=/${location}`,
    ]) {
      const answers = [
        await ask(haven.door, 'HEAD', path, tus(bob)),
        await ask(haven.door, 'PATCH', path, patch(bob, 0), someBytes(10)),
        await ask(haven.door, 'DELETE', path, tus(bob)),
        await ask(haven.door, 'POST', path, tus(bob, { 'x-http-method-override': 'DELETE' })),
      ];
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
      expect(new Set(answers.slice(1).map(({ text }) => text)).size).toBe(1);
    }
    expect((await ask(haven.door, 'HEAD', location, tus(alice))).headers['upload-offset']).toBe('0');
  });

  test('is left alone by a new one of the same name', async () => {
    const hers = await create(haven.door, alice, 100, 'same.csv');
    const his = await create(haven.door, bob, 100, 'same.csv');
    expect((await haven.file(hers)).state).toBe('receiving');
    expect((await haven.file(his)).state).toBe('receiving');
  });

  test('nobody reads bytes back', async () => {
    const location = await create(haven.door, alice, 0, 'empty.csv');
    expect(await ask(haven.door, 'GET', location, tus(alice))).toMatchObject({
      status: 405,
      code: 'method-not-allowed',
    });
    expect((await ask(haven.door, 'GET', location)).status).toBe(401);
    expect((await ask(haven.door, 'GET', `/files/${location.split('/').at(-1)}`)).status).toBe(404);
  });
});

describe('the inside door', () => {
  test('takes no uploads', async () => {
    const door = await haven.open({ side: 'inside' });
    const token = await haven.token('alice', ['upload'], 'inside');
    expect(await ask(door, 'POST', PATH, tus(token, { 'upload-length': 1 }))).toMatchObject({
      status: 404,
      code: 'route-unknown',
    });
    expect((await ask(door, 'OPTIONS', PATH)).status).toBe(404);
    expect((await ask(door, 'GET', '/')).status).toBe(200);
  });
});
