import { expect, test } from 'vitest';
import { configurationChanges, effectiveConfiguration } from '../../src/app/serve/effective-configuration.ts';
import { canonicalJson } from '../../src/core/kit/canonical-json.ts';
import { readConfig } from './read-config.ts';

const effective = (text: string) => effectiveConfiguration(readConfig(`doors: []\n${text}`));

test('a password in an address of the queue is not in the effective configuration, whose digest it leaves alone', () => {
  const [one, two] = ['secret-1', 'secret-2'].map((password) =>
    effective(`queue: "redis://user:${password}@queue.example.org:6379/0"`),
  );
  expect(canonicalJson(one ?? {})).not.toContain('secret');
  expect(canonicalJson(one ?? {})).toContain('queue.example.org');
  expect(one).toEqual(two);
});

test('the same written in another way is the same configuration', () => {
  expect(effective('retention: { arrivals: 24h }')).toEqual(effective('retention: { arrivals: 1d }'));
  expect(effective('')).toEqual(effective('retention: { arrivals: 30d }'));
});

test('what was added, left out and changed is told by key', () => {
  const { count, changes } = configurationChanges(
    effective('scan: off'),
    effective('scan: { clamd: /run/c, too_large: admit }'),
  );
  expect(count).toBe(changes.length);
  expect(changes).toContainEqual({ key: 'scan.on', from: 'false', to: 'true' });
  expect(changes).toContainEqual({ key: 'scan.tooLarge', from: null, to: '"admit"' });
});

test('however much changes, the event stays small', () => {
  const many = (value: string) =>
    Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`k${i}`, value.repeat(5000)]));
  const { count, changes } = configurationChanges(many('a'), many('b'));
  expect([count, changes.length]).toEqual([80, 50]);
  expect(JSON.stringify(changes).length).toBeLessThan(25_000);
});
