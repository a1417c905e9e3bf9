import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { destroyFile } from '../../src/core/custody/retention/destroy-file.ts';
import { runRetention } from '../../src/core/custody/retention/run.ts';
import { sendNotices } from '../../src/core/custody/send-notices.ts';
import { DAY } from '../../src/core/kit/clock.ts';
import { custodyForTest } from './custody-for-tests.ts';

test.each([
  ['replaced', 'Something else stands under its name'],
  ['missing', 'Its name is gone, and not by our hand'],
])(
  'a destruction that stops because a name is %s is told to the data team, and to nobody else',
  async (why, words) => {
    const { custody, data, person, admit, file, mails, clock, hints, setStatus } = await custodyForTest();
    const alice = await person('alice');
    const [dana, dora] = [await person('dana', 'data-team'), await person('dora', 'data-team')];
    await person('gone', 'data-team');
    await setStatus('gone', 'disabled');
    const { id, sha256 } = await admit(alice, 'scan.csv');
    await sendNotices(custody, alice.id);
    mails.length = 0;
    clock.ahead += 31 * DAY;
    await runRetention(custody, { kind: 'console' }, null);
    const path = join(data, 'arrivals/alice/scan.csv');
    await rename(path, join(data, 'taken-away'));
    if (why === 'replaced') await writeFile(path, 'somebody else');
    hints.length = 0;
    await destroyFile(custody, await file(id));
    expect((await file(id)).state).toBe('held');
    expect(hints).toEqual([dana, dora].map(({ id: account }) => ({ job: 'send-notices', account })));
    for (const { id: account } of [alice, dana, dora]) await sendNotices(custody, account);
    expect(mails.map(({ to }) => to.address)).toEqual(['dana@example.org', 'dora@example.org']);
    expect(mails[0]?.subject).toContain('1 file not destroyed');
    for (const part of [words, id, 'scan.csv', sha256 ?? '?', `havengate file show ${id}`])
      expect(mails[0]?.text).toContain(part);
    // Said once, whatever runs again.
    await destroyFile(custody, await file(id));
    await sendNotices(custody, dana.id);
    expect(mails).toHaveLength(2);
  },
);
