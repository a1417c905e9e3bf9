import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ANCHOR_KEYS } from '../../src/app/config/audit-schema.ts';
import { DOOR_KEYS } from '../../src/app/config/doors-schema.ts';
import { LIMIT_KEYS } from '../../src/app/config/limits-schema.ts';
import { CONFIG_KEYS } from '../../src/app/config/schema.ts';
import { SHARE_KEYS } from '../../src/app/config/shares-schema.ts';
import { ROOT } from '../support/source-files.ts';
import { faultsIn, readConfig } from './read-config.ts';

const text = readFileSync(join(ROOT, 'config/havengate.yaml'), 'utf8');
const comments = text
  .split('\n')
  .filter((line) => line.startsWith('#'))
  .join('\n');

describe('config/havengate.yaml', () => {
  test('has only keys that exist', () => {
    expect(faultsIn(text)).toEqual([]);
  });

  test('gives every key the value that it has when it is left out', () => {
    const documented = readConfig(text);
    expect({ ...documented, doors: [] }).toEqual(readConfig('doors: []'));
    const bare = readConfig(
      'doors: [{ kind: sftp, side: outside, listen: 127.0.0.1:2022 }, { kind: portal, side: outside, listen: 127.0.0.1:8080 }]',
    );
    expect(bare.doors).toEqual([documented.doors[0], documented.doors[2]]);
  });

  test.each(CONFIG_KEYS)('documents %s', (key) => {
    const leaf = key.split('.').at(-1) ?? '';
    expect(text).toMatch(new RegExp(`(^|[ {#])${leaf}:`, 'm'));
  });

  test.each(DOOR_KEYS)('explains the key %s of doors', (key) => {
    expect(text).toMatch(new RegExp(`\\b${key}:`));
    expect(comments).toMatch(new RegExp(`\\b${key}\\b`));
  });

  test.each(Object.entries(LIMIT_KEYS).flatMap(([kind, keys]) => keys.map((key) => [kind, key] as const)))(
    'gives and explains the limit of %s doors, %s',
    (_, key) => {
      expect(text).toMatch(new RegExp(`^      ${key}: \\S+$`, 'm'));
      expect(comments).toMatch(new RegExp(`\\b${key}\\b`));
    },
  );

  test.each(Object.entries(ANCHOR_KEYS).flatMap(([kind, keys]) => keys.map((key) => [kind, key] as const)))(
    'shows, of %s anchors, the key %s',
    (kind, key) => {
      expect(text).toMatch(new RegExp(`# .*\\{ kind: ${kind}, (.*\\b)?${key === 'kind' ? '' : `${key}: `}`));
    },
  );

  test.each(SHARE_KEYS)('explains the key %s of shares', (key) => {
    expect(text).toMatch(new RegExp(`^shares: .*\\b${key}:`, 'm'));
    expect(comments).toMatch(new RegExp(`\\b${key}\\b`));
  });

  test('shows alternatives that can be taken as they are', () => {
    const alternatives = [...text.matchAll(/^# ((\w+): \S.*)$/gm)].filter(([, , key = '']) =>
      CONFIG_KEYS.includes(key),
    );
    expect(alternatives.map(([, , key]) => key)).toEqual([
      'queue',
      'queue',
      'scan',
      'scan',
      'mail',
      'shares',
      'drives',
      'drives',
      'scrub',
      'check',
    ]);
    for (const [, line = ''] of alternatives) expect(faultsIn(`doors: []\n${line}`)).toEqual([]);
  });
});
