import { describe, expect, test } from 'vitest';
import { shareAttributes } from '../../src/app/config/share-attributes.ts';
import { readConfig } from './read-config.ts';

const attributesOf = (shares: string) => shareAttributes(readConfig(`doors: []\nshares: ${shares}`).shares);

describe('mode and group of a share', () => {
  test('are those of its name, else those of every other one', async () => {
    const of = await attributesOf('[{ name: "*", mode: "0600", group: 100 }, { name: cohort, group: root }]');
    expect(of('cohort')).toEqual({ mode: 0o660, gid: 0 });
    expect(of('heart')).toEqual({ mode: 0o600, gid: 100 });
    expect((await attributesOf('[]'))('heart')).toEqual({ mode: 0o660, gid: null });
  });

  test('of a group that the machine does not know name the share and say what to do', async () => {
    await expect(attributesOf('[{ name: cohort, group: no-such-group }]')).rejects.toThrow(
      'shares: cohort: there is no group "no-such-group" on this machine; make it, or give its number',
    );
  });
});
