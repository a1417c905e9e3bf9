import { expect, onTestFinished, test } from 'vitest';
import { checkFile } from '../../src/core/custody/check-file.ts';
import type { ImpliedWork } from '../../src/core/custody/implied-work.ts';
import { homeOf } from '../../src/core/custody/shares/ports.ts';
import { MIB } from '../../src/core/kit/bytes.ts';
import { type Millis, SECOND } from '../../src/core/kit/clock.ts';
import { onFailpoint } from '../../src/core/kit/failpoint.ts';
import { at } from '../ledger/fixtures.ts';
import { custodyForTest, type TestCustody } from './custody-for-tests.ts';

/** What is hinted from now on, and after how long. */
function hintsOf({ custody }: TestCustody): { work: ImpliedWork; delay: Millis }[] {
  const hints: { work: ImpliedWork; delay: Millis }[] = [];
  Object.assign(custody, {
    hints: { hint: (work: ImpliedWork, delay = 0) => void hints.push({ work, delay }) },
  });
  return hints;
}

const names = (hints: readonly { work: ImpliedWork }[]) => hints.map(({ work }) => work.job);

test('a small file that has settled arrives, and leaves the airlock, in one job', async () => {
  const site = await custodyForTest();
  const hints = hintsOf(site);
  const { id, generation } = await site.receive(await site.person('alice'), 'scan.csv');
  expect(hints).toMatchObject([{ work: { job: 'inspect-file', ref: { id, generation } } }]);
  expect(hints[0]?.delay).toBeGreaterThanOrEqual(5 * SECOND);
  site.clock.ahead += 6 * SECOND;
  expect(await checkFile(site.custody, { id, generation })).toEqual({ end: 'done' });
  expect(await site.file(id)).toMatchObject({ state: 'arrived', zone: 'arrivals' });
  expect(names(hints)).toEqual(['inspect-file', 'send-notices']);
});

test('a large file is inspected while it settles, and admitted by a job of its own', async () => {
  const site = await custodyForTest();
  const hints = hintsOf(site);
  const file = await site.receive(await site.person('alice'), 'scan.bin', 'x'.repeat(8 * MIB + 1));
  expect(hints).toMatchObject([{ work: { job: 'inspect-file' }, delay: 0 }]);
  site.clock.ahead += 6 * SECOND;
  await checkFile(site.custody, file);
  expect(await site.file(file.id)).toMatchObject({ state: 'inspecting', zone: 'airlock' });
  expect(names(hints)).toEqual(['inspect-file', 'admit-file']);
});

test.each([
  ['case', 'Scan.csv', 'scan.csv', 'scan (2).csv'],
  ['how an accent is written', 'caf\u00e9.csv', 'cafe\u0301.csv', 'cafe\u0301 (2).csv'],
])(
  'names that differ in %s alone arrive beside each other, with their own bytes',
  async (_, one, two, beside) => {
    const site = await custodyForTest();
    const alice = await site.person('alice');
    const files = [await site.receive(alice, one, 'first'), await site.receive(alice, two, 'second')];
    site.clock.ahead += 6 * SECOND;
    for (const file of files) await checkFile(site.custody, file);
    const arrived = await Promise.all(files.map(({ id }) => site.file(id)));
    expect(arrived.map(({ state, arrival }) => [state, arrival?.name])).toEqual([
      ['arrived', one],
      ['arrived', beside],
    ]);
    const bytes = async (name: string) => {
      const reader = await site.custody.zones.arrivals.open({ home: homeOf('alice', null), path: at(name) });
      const buffer = Buffer.alloc(10);
      const read = (await reader?.read(buffer, 0)) ?? 0;
      await reader?.close();
      return buffer.toString('utf8', 0, read);
    };
    expect([await bytes(one), await bytes(beside)]).toEqual(['first', 'second']);
  },
);

test('a file that has not settled is inspected, and admitted when it has', async () => {
  const site = await custodyForTest();
  const file = await site.receive(await site.person('alice'), 'scan.csv');
  const hints = hintsOf(site);
  await checkFile(site.custody, file);
  expect(await site.file(file.id)).toMatchObject({ state: 'inspecting', arrival: null });
  expect(hints).toMatchObject([{ work: { job: 'admit-file' } }]);
  expect(hints[0]?.delay).toBeGreaterThan(4 * SECOND);
});

test('what stopped behind the inspection goes on without a second one', async () => {
  const site = await custodyForTest();
  const file = await site.receive(await site.person('alice'), 'scan.csv');
  site.clock.ahead += 6 * SECOND;
  onTestFinished(() => onFailpoint(null));
  for (const point of ['inspect.recorded', 'admit.name-reserved', 'admit.linked'] as const) {
    onFailpoint((reached) => {
      if (reached === point) throw new Error(point);
    });
    await expect(checkFile(site.custody, file)).rejects.toThrow(point);
  }
  onFailpoint(null);
  expect(await checkFile(site.custody, file)).toEqual({ end: 'done' });
  expect(await site.file(file.id)).toMatchObject({ state: 'arrived', zone: 'arrivals' });
  const story = await site.story(file.id);
  expect(story.filter((event) => event === 'file-inspected')).toHaveLength(1);
});

test('a file that was reopened, or that is unknown to its job, is left alone', async () => {
  const site = await custodyForTest();
  const file = await site.receive(await site.person('alice'), 'scan.csv');
  site.clock.ahead += 6 * SECOND;
  const past = { id: file.id, generation: file.generation - 1 };
  expect(await checkFile(site.custody, past)).toEqual({ end: 'done' });
  expect(await site.file(file.id)).toMatchObject({ state: 'received' });
});
