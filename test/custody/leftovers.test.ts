import { access, link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkCustody } from '../../src/core/custody/check-custody.ts';
import { clearAirlock } from '../../src/core/custody/clear-airlock.ts';
import { dropSpareLeftovers } from '../../src/core/custody/doctor/leftovers.ts';
import { removeArrived } from '../../src/core/custody/retention/remove-file.ts';
import { noteRestored } from '../../src/core/custody/retention/restored-guard.ts';
import { HOUR } from '../../src/core/kit/clock.ts';
import { sha256 } from '../../src/core/kit/digest.ts';
import { newId } from '../../src/core/kit/ids.ts';
import { custodyForTest } from './custody-for-tests.ts';

const RANDOM = '0123456789abcdef';

/** A person, a share, and the daemon's own folders with something in them, an hour ago. */
async function scene() {
  const site = await custodyForTest();
  const alice = await site.person('alice');
  await site.custody.zones.shares.make('cohort');
  const own = {
    arrivals: join(site.data, 'arrivals/.havengate-incoming'),
    outbound: join(site.data, 'outbound/.havengate-incoming'),
    share: join(site.data, 'shares/cohort/.havengate-incoming'),
  };
  await mkdir(own.share, { mode: 0o700 });
  const told = async () => {
    const { findings } = await checkCustody(site.custody);
    expect(findings.filter(({ severity }) => severity === 'fault')).toEqual([]);
    return findings.map(({ message }) => message);
  };
  return { ...site, alice, own, told };
}

test('a half-made copy of a file that stands elsewhere, or is gone, is told and dropped by the next start', async () => {
  const { custody, admit, alice, own, told, clock, data } = await scene();
  const standing = await admit(alice, 'scan.csv');
  const gone = await admit(alice, 'gone.csv');
  await removeArrived(custody, { kind: 'console' }, gone);
  await clearAirlock(custody, gone);
  await writeFile(join(own.share, `${standing.id}-${RANDOM}`), 'half a co');
  await writeFile(join(own.arrivals, `${gone.id}-${RANDOM}`), 'half a co');
  // Somebody may be at it.
  expect(await told()).toEqual([]);
  expect(await dropSpareLeftovers(custody)).toBe(0);
  clock.ahead += HOUR;
  expect(await told()).toEqual([
    expect.stringMatching(/^arrivals\/\.havengate-incoming\/.* the next start removes it/),
    expect.stringMatching(/^shares\/cohort\/\.havengate-incoming\/.* the next start removes it/),
  ]);
  expect(await dropSpareLeftovers(custody)).toBe(2);
  expect(await told()).toEqual([]);
  expect(await readFile(join(data, 'arrivals/alice/scan.csv'), 'utf8')).toBe('the bytes of scan.csv');
});

test('the second name of a working file whose rename was cut off is dropped; its only name never is', async () => {
  const { custody, own, told, clock, data } = await scene();
  await writeFile(join(own.share, `renamed-${RANDOM}`), 'work');
  await link(join(own.share, `renamed-${RANDOM}`), join(data, 'shares/cohort/new.csv'));
  await writeFile(join(own.share, 'renamed-fedcba9876543210'), 'the only name');
  clock.ahead += HOUR;
  expect(await told()).toEqual([
    expect.stringMatching(/renamed-0123456789abcdef is a second copy or name/),
    expect.stringMatching(/renamed-fedcba9876543210 may be the only name of its bytes/),
  ]);
  expect(await dropSpareLeftovers(custody)).toBe(1);
  expect(await readdir(own.share)).toEqual(['renamed-fedcba9876543210']);
  expect(await readFile(join(data, 'shares/cohort/new.csv'), 'utf8')).toBe('work');
});

test.each([
  ['a file that no row knows', async () => newId('file', Date.now())],
  [
    'a file whose bytes are missing',
    async ({ admit, alice, data }: Awaited<ReturnType<typeof scene>>) => {
      const file = await admit(alice, 'lost.csv');
      await rm(join(data, 'arrivals/alice/lost.csv'));
      return file.id;
    },
  ],
])('a copy of %s is told, and never dropped', async (_, make) => {
  const site = await scene();
  const left = join(site.own.outbound, `${await make(site)}-${RANDOM}`);
  await writeFile(left, 'all that is left');
  site.clock.ahead += HOUR;
  expect(await dropSpareLeftovers(site.custody)).toBe(0);
  const { findings } = await checkCustody(site.custody);
  expect(findings.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/only name of its bytes/),
  );
  await access(left);
});

test('what was set aside, and what is no file, is told and stays; a restored ledger drops nothing', async () => {
  const { custody, admit, alice, own, told, clock, ledger } = await scene();
  const before = { size: 1, root: sha256('root'), backedUpAt: '2026-11-28T12:00:00Z', replaced: 2 };
  const file = await admit(alice, 'scan.csv');
  await writeFile(join(own.share, `renamed-${RANDOM}-replaced`), 'somebody else’s');
  await mkdir(join(own.arrivals, `${file.id}-${RANDOM}`));
  await writeFile(join(own.outbound, `${file.id}-${RANDOM}`), 'half a co');
  clock.ahead += HOUR;
  await noteRestored(ledger, clock, { kind: 'console' }, { ...before, overNewer: null });
  expect(await dropSpareLeftovers(custody)).toBe(0);
  expect(await told()).toHaveLength(3);
});
