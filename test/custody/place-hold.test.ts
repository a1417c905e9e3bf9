import { expect, test } from 'vitest';
import { type HoldTarget, placeHold } from '../../src/core/custody/retention/hold.ts';
import { newId } from '../../src/core/kit/ids.ts';
import { custodyForTest } from './custody-for-tests.ts';

test.each<HoldTarget>([
  { kind: 'file', file: newId('file', 1) },
  { kind: 'account', account: newId('acct', 1) },
  { kind: 'project', project: newId('proj', 1) },
])('a hold on something that is not there is refused in words: %j', async (target) => {
  const { ledger, clock, person } = await custodyForTest();
  const { id: by } = await person('dana', 'data-team');
  const { size } = await ledger.auditHead();
  const request = { target, reason: 'an audit', by };
  expect(await placeHold({ ledger, clock }, { kind: 'console' }, request)).toMatchObject({
    refusal: 'target-unknown',
    detail: expect.stringContaining(`no such ${target.kind}`),
  });
  expect(await ledger.listHolds(false)).toEqual([]);
  expect((await ledger.auditHead()).size).toBe(size);
});
