import { mkdtemp, rm } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from './http-fixtures.ts';
import { routeTable, type TableRoute } from './route-table.ts';
import { askRoute, makeSweepSite, type SweepSite, sampleOf } from './sweep-site.ts';

let site: SweepSite;
let table: readonly TableRoute[];
let pages: string;
let before: unknown;

beforeAll(async () => {
  pages = await mkdtemp(join(tmpdir(), 'havengate-pages-'));
  site = await makeSweepSite('outside', pages);
  table = await routeTable(site.options);
  before = await site.snapshot();
});

afterAll(async () => {
  await site.close();
  await rm(pages, { recursive: true });
});

/** The addresses of a route with ids of hers, so that something would happen. */
function addresses({ path }: TableRoute): readonly string[] {
  return path.includes(':id') ? site.hers.map((id) => path.replace(':id', id)) : [path];
}

describe('a page of another site', () => {
  const sets = (headers: OutgoingHttpHeaders) => headers;
  const FROM_ELSEWHERE = [
    ['that the browser says is another site’s', sets({ 'sec-fetch-site': 'cross-site' })],
    ['that the browser says is a sister’s', sets({ 'sec-fetch-site': 'same-site' })],
    ['that comes from nowhere', sets({ 'sec-fetch-site': 'none' })],
    ['of a browser that tells another origin', sets({ origin: 'https://elsewhere.example' })],
    ['of a browser that tells no origin', sets({ origin: 'null' })],
    ['of a browser that tells nothing', sets({})],
  ] as const;

  test.each(FROM_ELSEWHERE)('changes nothing by any route, with a request %s', async (_, told) => {
    const { cookie } = await site.owner.credentials();
    const changing = table.filter(({ method }) => !['GET', 'HEAD', 'OPTIONS'].includes(method));
    expect(changing.length).toBeGreaterThan(8);
    const wrong: string[] = [];
    for (const route of changing) {
      for (const path of addresses(route)) {
        const { status, text } = await askRoute(site.door, route, path, { cookie, ...told });
        if (status !== 403 || !text.includes('"cross-site"'))
          wrong.push(`${route.method} ${path}: ${status} ${text}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(await site.snapshot()).toEqual(before);
  });

  test('reads nothing by any route', async () => {
    const { cookie } = await site.owner.credentials();
    const reading = table.filter(({ method, access }) => method === 'GET' && access !== 'open');
    const told = { cookie, 'sec-fetch-site': 'cross-site' };
    const statuses = await Promise.all(
      reading.flatMap((route) =>
        addresses(route).map(async (path) => (await ask(site.door, 'GET', path, told)).status),
      ),
    );
    expect([...new Set(statuses)]).toEqual([403]);
  });
});

describe('what a route does not ask for', () => {
  const MORE = {
    role: 'operator',
    account: 'acct_1',
    owner: 'acct_1',
    id: 'x',
    status: 'active',
    side: 'inside',
  };

  test('is refused in a body, whatever it is, and nothing is done', async () => {
    const headers = { ...(await site.owner.credentials()), 'content-type': 'application/json' };
    const bodies = table.flatMap(({ api }) => (api?.body === undefined ? [] : [{ api, body: api.body }]));
    expect(bodies.length).toBeGreaterThan(3);
    const wrong: string[] = [];
    for (const { api, body } of bodies) {
      const right = sampleOf(body.toJSONSchema()) as object;
      const texts = [
        ...Object.entries(MORE)
          .filter(([key]) => !(key in right))
          .map(([key, value]) => JSON.stringify({ ...right, [key]: value })),
        JSON.stringify(right).replace(/^\{/, '{"__proto__":{"role":"operator"},'),
        JSON.stringify(right).replace(/^\{/, '{"constructor":{"prototype":{"role":"operator"}},'),
        JSON.stringify([right]),
        'null',
      ];
      for (const text of texts) {
        const path = `/api/v1${api.path.replace(':id', site.hers[0] ?? '')}`;
        const { status, code } = await ask(site.door, api.method, path, headers, Buffer.from(text));
        if (status !== 400 || code !== 'body-invalid')
          wrong.push(`${api.method} ${path} ${text}: ${status} ${code}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(await site.snapshot()).toEqual(before);
  });

  test('is refused in what is nested in a body too', () => {
    const open = table.flatMap(({ api }) =>
      api?.body === undefined ? [] : looseObjects(api.body.toJSONSchema(), `${api.method} ${api.path}`),
    );
    expect(open).toEqual([]);
  });

  test('is refused in a query', async () => {
    const headers = await site.owner.credentials();
    const asking = table.filter(({ api }) => api?.query !== undefined);
    expect(asking.length).toBeGreaterThan(1);
    for (const { path, method } of asking) {
      for (const query of ['owner=acct_1', 'account=acct_1', '__proto__=x']) {
        const answered = await ask(site.door, method, `${path}?${query}`, headers);
        expect([path, query, answered.code]).toEqual([path, query, 'query-invalid']);
      }
    }
  });

  /** The objects in a schema that take more than they say. */
  function looseObjects(schema: unknown, where: string): readonly string[] {
    if (typeof schema !== 'object' || schema === null) return [];
    const { type, additionalProperties } = schema as { type?: unknown; additionalProperties?: unknown };
    const inside = Object.entries(schema).flatMap(([key, one]) => looseObjects(one, `${where} ${key}`));
    return type === 'object' && additionalProperties !== false ? [where, ...inside] : inside;
  }
});
