import { expect, test } from 'vitest';
import { ALL_OFF, createGates } from '../../src/core/accounts/gates.ts';
import { recordTraining } from '../../src/core/accounts/record-standing.ts';
import { warnOfTraining } from '../../src/core/accounts/warn-training.ts';
import { sendSecurityMails } from '../../src/core/custody/security-mails/send-security-mails.ts';
import { DAY, HOUR, isoTime } from '../../src/core/kit/clock.ts';
import { custodyForTest } from './custody-for-tests.ts';

const CONSOLE = { kind: 'console' } as const;

async function trainedScene() {
  const scene = await custodyForTest();
  const { custody, clock, person, mails } = scene;
  const gates = createGates({ ...ALL_OFF, training: true, warn: [30 * DAY, 7 * DAY] }, clock);
  const asking = { ...custody, gates };
  const alice = await person('alice');
  const expires = clock.now() + 60 * DAY;
  await recordTraining(custody, CONSOLE, 'alice', expires, null);
  await sendSecurityMails(custody, alice.id);
  mails.length = 0;
  /** What is mailed when that much is left. */
  const at = async (left: number) => {
    clock.ahead += expires - left - clock.now();
    const told = await warnOfTraining(asking);
    await sendSecurityMails(custody, alice.id);
    return [told, mails.splice(0).map(({ subject }) => subject)] as const;
  };
  return { ...scene, asking, alice, expires, at };
}

const TOLD = [1, ['[test] your training ends']] as const;

test('whose training ends is told once for each of the times of the site, and once when it is over', async () => {
  const { at } = await trainedScene();
  expect(await at(31 * DAY)).toEqual([0, []]);
  expect(await at(30 * DAY - HOUR)).toEqual(TOLD);
  expect(await at(8 * DAY)).toEqual([0, []]);
  expect(await at(7 * DAY - HOUR)).toEqual(TOLD);
  expect(await at(HOUR)).toEqual([0, []]);
  expect(await at(0)).toEqual(TOLD);
  expect(await at(-99 * DAY)).toEqual([0, []]);
});

test('a daemon that was away sends the nearest warning alone', async () => {
  const { at } = await trainedScene();
  expect(await at(3 * DAY)).toEqual(TOLD);
  expect(await at(2 * DAY)).toEqual([0, []]);
});

test('the mail says until when and what to do, and takes it for no sign-in of somebody else', async () => {
  const { asking, clock, alice, expires, mails } = await trainedScene();
  clock.ahead += 55 * DAY;
  await warnOfTraining(asking);
  await sendSecurityMails(asking, alice.id);
  const text = mails[0]?.text ?? '';
  expect(text).toContain(`    until     ${isoTime(expires)}`);
  expect(text).toContain('Take the training again, and send the proof to the data team.');
  expect(text).not.toContain('sign in as you');
});

test('nobody is told where the site asks for no training, or whose account is disabled; a new training begins anew', async () => {
  const { custody, asking, clock, alice, setStatus } = await trainedScene();
  clock.ahead += 55 * DAY;
  expect(await warnOfTraining(custody)).toBe(0);
  await setStatus('alice', 'disabled');
  expect(await warnOfTraining(asking)).toBe(0);
  await setStatus('alice', 'active');
  expect(await warnOfTraining(asking)).toBe(1);
  await recordTraining(custody, CONSOLE, 'alice', clock.now() + DAY, alice.id);
  expect(await warnOfTraining(asking)).toBe(1);
});
