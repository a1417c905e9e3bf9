import { expect, test } from 'vitest';
import { sendNotices } from '../../src/core/custody/send-notices.ts';
import { newId } from '../../src/core/kit/ids.ts';
import { custodyForTest } from './custody-for-tests.ts';

test('all that is pending goes at once, 500 notices to a mail', async () => {
  const { custody, person, admit, ledger, mails, clock } = await custodyForTest();
  const alice = await person('alice');
  const file = await admit(alice, 'scan.csv');
  await sendNotices(custody, alice.id);
  mails.length = 0;
  const at = clock.now();
  const notices = Array.from({ length: 1001 }, () => {
    return {
      id: newId('noti', at),
      kind: 'file-expires-soon',
      account: alice.id,
      file: file.id,
      at,
    } as const;
  });
  const event = { type: 'retention-warned', subjects: {} } as const;
  await ledger.markWarned([{ ref: file, notices }], 1, { at, actor: { kind: 'console' }, event });
  clock.ahead += 1;
  expect(await sendNotices(custody, alice.id)).toEqual({ end: 'done' });
  expect(mails.map(({ subject }) => /\d+/.exec(subject)?.[0])).toEqual(['500', '500', '1']);
  expect(new Set(mails.map(({ id }) => id)).size).toBe(3);
  expect(await ledger.pendingNotices(alice.id, 10)).toEqual([]);
  expect(await sendNotices(custody, alice.id)).toEqual({ end: 'done' });
  expect(mails).toHaveLength(3);
});
