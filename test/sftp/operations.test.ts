import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../src/doors/sftp/operations.ts';
import { MESSAGE, STATUS } from '../../src/doors/sftp/wire/message-types.ts';
import { type Haven, makeHaven } from './haven.ts';
import { operationsTable, placesTable } from './operations/page.ts';
import { isForbidden, PLACES, type Place } from './operations/places.ts';
import { HANDLE_SAMPLES, LINKS, SAMPLES, type Sample, type SamplePaths } from './operations/samples.ts';
import { RawClient, string, uint32 } from './raw-client.ts';

let haven: Haven;
let clients: { readonly outside: RawClient; readonly inside: RawClient };

beforeAll(async () => {
  haven = await makeHaven();
  clients = {
    outside: await RawClient.connect(haven.outside, haven.alice),
    inside: await RawClient.connect(haven.inside, haven.alice),
  };
});

afterAll(async () => {
  await Promise.all([clients.outside[Symbol.asyncDispose](), clients.inside[Symbol.asyncDispose]()]);
  await haven[Symbol.asyncDispose]();
});

/** Longer than an answer of a check holds. */
const ANSWERS_LAPSE = 300;

let shares = 0;

/** A share on which alice has certain rights. */
async function shareWith(rights: Place['rights']): Promise<string> {
  const share = `s-${++shares}`;
  await haven.addShare(share);
  if (rights.length > 0) await haven.allow(haven.alice, share, ...rights);
  return share;
}

/** Something new of each kind in a place. */
async function preparePaths(place: Place, share: string, about: string): Promise<SamplePaths> {
  const base = place.path.replace('SHARE', share);
  const parts = { haven, client: clients[place.side], base, share };
  const name = (what: string): string => `${about}-${what}`.replaceAll(/[@.]/g, '-');
  await place.make(parts, 'file', name('file'));
  await place.make(parts, 'folder', name('folder'));
  const target = place.renamedTo(name('target')).replace('SHARE', share);
  return {
    file: `${base}/${name('file')}`,
    folder: `${base}/${name('folder')}`,
    free: `${base}/${name('free')}`,
    target: target.startsWith('/') ? target : `${base}/${target}`,
  };
}

const rightOf = (name: string) => OPERATIONS.find((one) => one.name === name)?.right;

test('every operation has a sample here, and every sample is of an operation', () => {
  const sampled = [...SAMPLES, ...LINKS, ...HANDLE_SAMPLES].map(({ of }) => of);
  expect(new Set(sampled)).toEqual(new Set(OPERATIONS.map(({ name }) => name)));
});

test('docs/sftp.md shows the operations and the places as they are', () => {
  const page = readFileSync(new URL('../../docs/sftp.md', import.meta.url), 'utf8');
  expect(page).toContain(operationsTable());
  expect(page).toContain(placesTable());
});

describe.each(PLACES.map((place) => [`${place.side} ${place.path}`, place.who, place] as const))(
  '%s (%s)',
  (_, who, place) => {
    test('grants what the table says that each operation needs, and nothing else', async () => {
      const share = await shareWith(place.rights);
      const granted: Record<string, boolean> = {};
      const expected: Record<string, boolean> = {};
      for (const [i, sample] of SAMPLES.entries()) {
        const paths = await preparePaths(place, share, `m${PLACES.indexOf(place)}-${i}`);
        const reply = await ask(place, sample, paths);
        const right = sample.right ?? rightOf(sample.of) ?? 'none';
        const about = `${sample.of}: ${right}`;
        granted[about] = !isForbidden(reply);
        expected[about] = right === 'none' || place.grants.some((one) => one === right);
      }
      expect(granted, who).toEqual(expected);
    });

    test('neither makes nor follows links', async () => {
      const share = await shareWith(place.rights);
      for (const sample of LINKS) {
        const paths = await preparePaths(place, share, `l${PLACES.indexOf(place)}-${sample.of}`);
        expect(await ask(place, sample, paths)).toMatchObject({
          code: STATUS.PERMISSION_DENIED,
          message: expect.stringContaining('links are neither made nor followed'),
        });
      }
    });
  },
);

async function ask(place: Place, sample: Sample, paths: SamplePaths) {
  const [type, ...fields] = sample.request(paths);
  return clients[place.side].ask(type, ...fields);
}

test.each(HANDLE_SAMPLES)(
  'once the rights are taken away, $of on an open handle is what the table says',
  async ({ of, opened, request }) => {
    const share = await shareWith(['read', 'write']);
    const path = `/shares/${share}/open`;
    writeFileSync(haven.data('shares', share, 'open'), 'working', { mode: 0o660 });
    const client = clients.inside;
    const opening =
      opened === 'folder'
        ? client.ask(MESSAGE.OPENDIR, string(`/shares/${share}`))
        : client.ask(MESSAGE.OPEN, string(path), uint32(opened === 'reading' ? 0x01 : 0x02), uint32(0));
    const { body } = await opening;
    await haven.allow(haven.alice, share, 'outbound');
    await setTimeout(ANSWERS_LAPSE);
    const [type, ...fields] = request(body.subarray(4));
    expect(isForbidden(await client.ask(type, ...fields))).toBe(rightOf(of) === 'as-opened');
  },
);
