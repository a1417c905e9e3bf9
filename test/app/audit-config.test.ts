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
    expect(ANCHOR_KEYS['file']).toEqual(['kind', 'path']);
  });

  test('takes syslog servers and mailboxes', () => {
    const { audit } = readConfig(
      'doors: []\naudit: { anchors: [{ kind: syslog, server: "logs.example.org:6514" }, { kind: mail, to: a@b.example }] }',
    );
    expect(audit.anchors).toEqual([
      {
        kind: 'syslog',
        server: { host: 'logs.example.org', port: 6514 },
        caFile: null,
        certificateFile: null,
        keyFile: null,
        timeout: 10_000,
      },
      { kind: 'mail', to: 'a@b.example', every: 86_400_000 },
    ]);
  });

  test.each([
    ['audit: { checkpoint: 0s }', /audit\.checkpoint is "0s".*longer than 0/],
    ['audit: { anchors: [{ path: /a }] }', /audit\.anchors\[0\]\.kind is missing/],
    ['audit: { anchors: [{ kind: fax, path: /a }] }', /expected one of file, syslog, mail/],
    ['audit: { anchors: [{ kind: file, path: /a }, { kind: file, path: /a }] }', /\/a stands there twice/],
    [
      'audit: { anchors: [{ kind: syslog, server: logs.example.org }] }',
      /server is .*expected the address of a/,
    ],
    ['audit: { anchors: [{ kind: syslog, server: "logs.example:6514", key_file: k }] }', /given together/],
    ['audit: { anchors: [{ kind: mail, to: "a@b.example, c@d.example" }] }', /expected one mail address/],
    [
      'audit: { anchors: [{ kind: mail, to: a@b.example }, { kind: mail, to: a@b.example, every: 1h }] }',
      /mail a@b\.example stands there twice/,
    ],
    ['audit: { anchor: [] }', /did you mean "anchors"/],
  ])('%s is refused', (text, words) => {
    expect(faultsIn(`doors: []\n${text}`).join('\n')).toMatch(words);
  });
});
