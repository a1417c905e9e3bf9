import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../src/core/kit/ids.ts';
import { routeTable, type TableRoute } from './route-table.ts';
import { askRoute, type Caller, makeSweepSite, type SweepSite } from './sweep-site.ts';

/** Ids that nobody has, one of each kind that routes take. */
const UNKNOWN = [
  newId('file', Date.now()),
  newId('sess', Date.now()),
  newId('tokn', Date.now()),
  newId('acct', Date.now()),
  'nonsense',
];

/** What a POST to an upload may mean. */
const MEANT = ['HEAD', 'PATCH', 'DELETE'];

/** A route of which others' things are asked. */
const byId = ({ path }: TableRoute): boolean => path.includes(':');

/** The addresses of a route, with each of the ids in each of its places. */
function addresses(path: string, ids: readonly string[]): readonly string[] {
  const place = /:\w+/.exec(path)?.[0];
  if (place === undefined) return [path.replace('*', 'none.js')];
  return ids.flatMap((id) => addresses(path.replace(place, id), ids));
}

/** What somebody is answered who asks a route for what is not theirs. */
function expected({ standing, reaches }: Caller, { method, path, access }: TableRoute): readonly number[] {
  const isToken = !reaches.includes('session');
  // A token is not even looked at where only a browser is let in.
  if (isToken && access === 'session') return [403];
  if (standing === 'shut-out') return [401];
  if (!reaches.includes(access)) return [403];
  if (standing === 'frozen') return [423];
  // These methods are taken of no upload, known or not.
  return path.startsWith('/api/v1/uploads') && ['GET', 'POST'].includes(method) ? [404, 405] : [404];
}

/** What one caller was answered by one route: for her ids, and for ids that nobody has. */
interface Asked {
  readonly caller: Caller;
  readonly route: TableRoute;
  readonly ofHers: readonly string[];
  readonly ofNothing: readonly string[];
}

/** An answer as a line: its status, and its text without the id that was asked for. */
function line({ status, text }: { readonly status: number; readonly text: string }, path: string): string {
  return `${status} ${path.split('/').reduce((left, part) => left.replaceAll(part, part.length > 20 ? '…' : part), text)}`;
}

describe.each(['outside', 'inside'] as const)('at the %s door', (side) => {
  let site: SweepSite;
  let table: readonly TableRoute[];
  let pages: string;
  let before: unknown;
  const asked: Asked[] = [];

  beforeAll(async () => {
    pages = await mkdtemp(join(tmpdir(), 'havengate-pages-'));
    await writeFile(join(pages, 'index.html'), '<!doctype html>');
    site = await makeSweepSite(side, pages);
    table = await routeTable(site.options);
    before = await site.snapshot();
    for (const caller of site.callers) {
      for (const route of table) {
        const ofHers = await answersTo(caller, route, site.hers);
        const ofNothing = byId(route) ? await answersTo(caller, route, UNKNOWN) : ofHers;
        asked.push({ caller, route, ofHers, ofNothing });
      }
    }
  }, 120_000);

  afterAll(async () => {
    await site.close();
    await rm(pages, { recursive: true });
  });

  /** The answers to a route for each id; a POST to an upload in all that it may mean. */
  async function answersTo(
    caller: Caller,
    route: TableRoute,
    ids: readonly string[],
  ): Promise<readonly string[]> {
    const credentials = await caller.credentials();
    const meant = route.path === '/api/v1/uploads/:id' && route.method === 'POST' ? MEANT : [null];
    const answers = new Set<string>();
    for (const path of addresses(route.path, ids)) {
      for (const method of meant) {
        const means = method === null ? {} : { 'x-http-method-override': method };
        answers.add(line(await askRoute(site.door, route, path, { ...credentials, ...means }), path));
      }
    }
    return [...answers];
  }

  test('nobody reaches what is somebody else’s, by any route, and all they learn is what they learn of nothing', () => {
    const byIds = asked.filter(({ route }) => byId(route) && route.access !== 'open');
    expect(new Set(byIds.map(({ route }) => route)).size).toBeGreaterThan(4);
    const wrong = byIds.filter(({ caller, route, ofHers, ofNothing }) => {
      const statuses = expected(caller, route);
      return ofHers.some((one) => !ofNothing.includes(one) || !statuses.includes(Number(one.slice(0, 3))));
    });
    expect(wrong.map(inWords)).toEqual([]);
  });

  test('no answer to anybody holds anything of somebody else’s, or is a fault of ours', () => {
    const wrong = asked.filter(({ ofHers }) =>
      ofHers.some((answer) => answer.startsWith('5') || site.marks.some((mark) => answer.includes(mark))),
    );
    expect(wrong.map(inWords)).toEqual([]);
  });

  test('whoever is shut out gets in by no route, with an id or without', () => {
    const shut = asked.filter(({ caller, route }) => caller.standing !== 'in' && route.access !== 'open');
    const wrong = shut.filter(({ caller, route, ofNothing }) =>
      ofNothing.some((one) => !expected(caller, route).includes(Number(one.slice(0, 3)))),
    );
    expect(wrong.map(inWords)).toEqual([]);
  });

  test('nothing of hers has changed by all that', async () => {
    expect(await site.snapshot()).toEqual(before);
  });

  test('the sweep means something: she reaches a thing of hers by every route that takes an id', async () => {
    const ORDER = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PATCH', 'DELETE'];
    const routes = table
      .filter((route) => byId(route) && route.access !== 'open')
      .toSorted((a, b) => ORDER.indexOf(a.method) - ORDER.indexOf(b.method));
    const unreached: string[] = [];
    for (const route of routes) {
      const answers = await answersTo(site.owner, route, site.hers);
      if (answers.every((answer) => /^40[04]/.test(answer))) unreached.push(`${route.method} ${route.path}`);
    }
    // A route that is listed here asks for something that `makeSweepSite` does not give her: give it to her there.
    expect(unreached).toEqual([]);
  });
});

function inWords({ caller, route, ofHers, ofNothing }: Asked): string {
  return `${caller.name}, ${route.method} ${route.path}: ${ofHers.join(' | ')}; of nothing ${ofNothing.join(' | ')}`;
}
