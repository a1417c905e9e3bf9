import { describe, expect, test } from 'vitest';
import { ANCHOR_KEYS } from '../../src/app/config/audit-schema.ts';
import { faultsIn, readConfig } from './read-config.ts';

describe('audit in the configuration', () => {
  test('left out, signs every five minutes and keeps no copies', () => {
    expect(readConfig('doors: []').audit).toEqual({ checkpoint: 300_000, anchors: [] });
  });

  test('takes anchors, whose paths start at the configuration file', () => {
    const { audit } = readConfig(
      'doors: []\naudit: { checkpoint: 1m, anchors: [{ kind: file, path: a/b }] }',
    );
    expect(audit).toEqual({
      checkpoint: 60_000,
      anchors: [{ kind: 'file', path: expect.stringMatching(/^\/.*a\/b$/) }],
    });
    expect(ANCHOR_KEYS).toEqual(['kind', 'path']);
  });

  test.each([
    ['audit: { checkpoint: 0s }', /audit\.checkpoint is "0s".*longer than 0/],
    ['audit: { anchors: [{ path: /a }] }', /audit\.anchors\[0\]\.kind is missing/],
    ['audit: { anchors: [{ kind: fax, path: /a }] }', /expected one of file/],
    ['audit: { anchors: [{ kind: file, path: /a }, { kind: file, path: /a }] }', /\/a stands there twice/],
    ['audit: { anchor: [] }', /did you mean "anchors"/],
  ])('%s is refused', (text, words) => {
    expect(faultsIn(`doors: []\n${text}`).join('\n')).toMatch(words);
  });
});
