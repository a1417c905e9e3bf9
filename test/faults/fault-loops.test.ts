import { describe, expect, test } from 'vitest';
import { type CallKind, WRAPPED } from './calls.ts';
import { runLoop } from './loops.ts';
import type { LoopReport } from './run-loop.ts';
import { SCENARIOS } from './scenarios.ts';
import { takenFromDisk } from './source-calls.ts';

const KINDS: readonly CallKind[] = [
  'open',
  'read',
  'write',
  'sync',
  'link',
  'unlink',
  'rename',
  'make',
  'look',
  'attributes',
  'close',
  'query',
  'commit',
  'queue',
];

/** A busy machine takes its time for hundreds of starts. */
const TIME = { timeout: 600_000 };

const reports: LoopReport[] = [];

describe.each([
  ['once', 'fails once'],
  ['lasting', 'fails from then on, until a restart'],
] as const)('the disk, the ledger or the queue %s', (mode, how) => {
  test.each(Object.keys(SCENARIOS))(
    `at call 1, 2, 3 … of %s, which ${how}: it is refused or tried again, and nothing is lost`,
    TIME,
    async (scenario) => {
      const report = await runLoop(scenario, mode);
      reports.push(report);
      expect(report.problems).toEqual([]);
      expect(report.runs).toBeGreaterThan(1);
    },
  );
});

test('the zones have no way to the disk that the loops do not watch', () => {
  const constants = ['constants from node:fs', 'constants from node:fs/promises'];
  const watched = [...constants, ...WRAPPED];
  expect(takenFromDisk().filter((one) => !watched.includes(one))).toEqual([]);
  expect(takenFromDisk()).toContain('open from node:fs/promises');
});

test('the loops have failed calls of every kind', () => {
  const seen = new Set(reports.flatMap(({ calls }) => calls.map(({ kind }) => kind)));
  expect(KINDS.filter((kind) => !seen.has(kind))).toEqual([]);
});
