import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../support/installation.ts';

const SOAK = join(import.meta.dirname, '../../scripts/soak');

test('a short soak with one seed keeps every invariant, and says what it has done', {
  timeout: 900_000,
}, async () => {
  const soak = await run(SOAK, ['--seconds', '15', '--seed', 'in the tests', '--fault', 'kill-daemon']);
  expect(soak.stdout).toContain('every invariant held');
  expect(soak.code).toBe(0);
  const count = (what: string) =>
    Number(new RegExp(`^soak: +(\\d+)  ${what}$`, 'm').exec(soak.stdout)?.[1] ?? 0);
  expect(count('uploads acknowledged')).toBeGreaterThan(0);
  expect(count('rounds')).toBeGreaterThan(0);
  const ways = ['uploads acknowledged', 'drops acknowledged', 'working files sent out'];
  const acknowledged = ways.map(count).reduce((sum, one) => sum + one, 0);
  expect(count('uploads looked after')).toBe(acknowledged);
});

test.each([
  [['--hours', 'many'], 'is no length of time'],
  [['--hours', '1', '--minutes', '1'], 'give one of'],
  [['--for', '1h'], 'Unknown option'],
])('%j is not understood', async (args, why) => {
  const soak = await run(SOAK, args);
  expect([soak.code, soak.stdout]).toEqual([2, '']);
  expect(soak.stderr).toContain(why);
});

test('a fault that does not exist is not understood', async () => {
  const soak = await run(SOAK, ['--seconds', '1', '--fault', 'earthquake']);
  expect(soak.code).toBe(2);
  expect(soak.stderr).toContain('kill-daemon');
});
