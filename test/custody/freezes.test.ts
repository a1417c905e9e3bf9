import { expect, test } from 'vitest';
import type { FreezeTarget } from '../../src/core/accounts/freeze.ts';
import { admitFile } from '../../src/core/custody/admit-file.ts';
import { liftFreeze, placeFreeze } from '../../src/core/custody/freezes/decide-freeze.ts';
import { inspectFile } from '../../src/core/custody/inspect-file.ts';
import { orderDestruction } from '../../src/core/custody/retention/decide.ts';
import { destroyFile } from '../../src/core/custody/retention/destroy-file.ts';
import { removeArrived } from '../../src/core/custody/retention/remove-file.ts';
import { sendNotices } from '../../src/core/custody/send-notices.ts';
import { SECOND } from '../../src/core/kit/clock.ts';
import { custodyForTest } from './custody-for-tests.ts';

const CONSOLE = { kind: 'console' } as const;

async function frozenScene() {
  const scene = await custodyForTest();
  const { custody, person } = scene;
  const [alice, dana, olly] = [
    await person('alice'),
    await person('dana', 'data-team'),
    await person('olly', 'operator'),
  ];
  const freeze = async (target: FreezeTarget) => {
    const placed = await placeFreeze(custody, CONSOLE, target, { by: dana, reason: 'incident 17' });
    if (!placed.ok) throw new Error(placed.refusal);
    return placed.value;
  };
  const lift = (id: string, by = dana) => liftFreeze(custody, CONSOLE, id, { by, reason: 'it is over' });
  return { ...scene, alice, dana, olly, freeze, lift };
}

test('a frozen person’s file waits before it is admitted, in the state that it has, and goes on after the lift', async () => {
  const { custody, clock, alice, olly, receive, file, freeze, lift } = await frozenScene();
  const received = await receive(alice, 'scan.csv');
  await inspectFile(custody, received);
  clock.ahead += 10 * SECOND;
  const { id } = await freeze({ kind: 'account', account: alice.id });
  expect(await admitFile(custody, received)).toMatchObject({
    end: 'later',
    why: expect.stringContaining(id),
  });
  expect((await file(received.id)).state).toBe('inspecting');
  await lift(id);
  expect(await lift(id, olly)).toMatchObject({ ok: true });
  expect(await admitFile(custody, received)).toEqual({ end: 'done' });
  expect((await file(received.id)).state).toBe('arrived');
});

test('what is to be destroyed waits as well, and nothing is ordered or removed meanwhile', async () => {
  const { custody, alice, dana, olly, admit, file, freeze, lift } = await frozenScene();
  const [held, kept] = [await admit(alice, 'a.zip', 'encrypted'), await admit(alice, 'b.zip', 'encrypted')];
  const arrived = await admit(alice, 'scan.csv');
  const decision = { by: dana, reason: 'the sender agrees' };
  await orderDestruction(custody, held, decision);
  const { id } = await freeze({ kind: 'all' });
  expect(await destroyFile(custody, await file(held.id))).toMatchObject({ end: 'later' });
  expect(await orderDestruction(custody, kept, decision)).toMatchObject({ refusal: 'frozen' });
  expect(await removeArrived(custody, CONSOLE, arrived)).toMatchObject({ refusal: 'frozen' });
  await lift(id);
  await lift(id, olly);
  expect(await destroyFile(custody, await file(held.id))).toEqual({ end: 'done' });
  expect((await file(held.id)).state).toBe('destroyed');
});

test('the word of somebody who was shut out since does not lift a freeze', async () => {
  const { ledger, person, setStatus, olly, freeze, lift } = await frozenScene();
  const dora = await person('dora', 'data-team');
  const { id } = await freeze({ kind: 'all' });
  expect(await lift(id, dora)).toMatchObject({ refusal: 'second-person-needed' });
  await setStatus('dora', 'disabled');
  expect(await lift(id, olly)).toMatchObject({ refusal: 'second-person-needed' });
  expect(await ledger.freezeOver({})).toBe(id);
  expect(await lift(id, await person('dana', 'data-team'))).toMatchObject({ ok: true });
  await setStatus('dora', 'active');
  const own = await freeze({ kind: 'account', account: dora.id });
  expect(await lift(own.id, dora)).toMatchObject({ refusal: 'frozen' });
});

test('the data team is told by mail of a freeze, of a proposal and of the lift', async () => {
  const { custody, mails, alice, dana, olly, freeze, lift } = await frozenScene();
  const { id } = await freeze({ kind: 'account', account: alice.id });
  await lift(id, dana);
  await lift(id, olly);
  await sendNotices(custody, dana.id);
  await sendNotices(custody, dana.id);
  expect(mails).toHaveLength(1);
  expect(mails[0]?.text).toContain('incident 17');
  expect(mails[0]?.text).toContain('lifted    by dana and olly');
});
