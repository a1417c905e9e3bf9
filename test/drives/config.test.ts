import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DRIVE_USER_KEYS } from '../../src/app/config/drives-schema.ts';
import { faultsIn, readConfig } from '../app/read-config.ts';
import { ROOT } from '../support/source-files.ts';

const read = (drives: string, env = {}) => readConfig(`doors: []\n${drives}`, env).drives;

describe('the key drives', () => {
  test('means that everything is looked at every minute when it is left out', () => {
    expect(read('')).toEqual({ on: true, rescan: 60_000, watches: 8192, users: [] });
  });

  test('takes "off", and its members one by one', () => {
    expect(read('drives: off')).toEqual({ on: false });
    expect(read('drives: { watches: 0, users: [{ uid: 10001, account: alice }] }')).toEqual({
      on: true,
      rescan: 60_000,
      watches: 0,
      users: [{ uid: 10_001, account: 'alice' }],
    });
  });

  test('can come from the environment', () => {
    expect(read('', { HAVENGATE_DRIVES: 'off' })).toEqual({ on: false });
    expect(read('', { HAVENGATE_DRIVES_RESCAN: '5m' })).toMatchObject({ rescan: 300_000 });
    expect(read('', { HAVENGATE_DRIVES_USERS: '[{ uid: 7, account: bob }]' })).toMatchObject({
      users: [{ uid: 7, account: 'bob' }],
    });
  });

  test.each([
    ['drives: on', 'drives is "on"'],
    ['drives: { rescan: 0s }', 'drives.rescan is "0s"'],
    ['drives: { watches: -1 }', 'drives.watches is "-1"'],
    ['drives: { watchers: 1 }', 'did you mean "watches"?'],
    ['drives: { users: [{ uid: 0, account: alice }] }', 'drives.users[0].uid is "0"'],
    ['drives: { users: [{ uid: 1, account: Alice }] }', 'drives.users[0].account is "Alice"'],
    ['drives: { users: [{ uid: 1, account: al }, { uid: 1, account: bo }] }', 'the uid 1 stands there twice'],
  ])('refuses %s', (written, fault) => {
    expect(faultsIn(`doors: []\n${written}`).join()).toContain(fault);
  });

  test.each(DRIVE_USER_KEYS)('has its users’ %s in the documented configuration', (key) => {
    expect(readFileSync(join(ROOT, 'config/havengate.yaml'), 'utf8')).toMatch(
      new RegExp(`^# drives: .*${key}:`, 'm'),
    );
  });
});
