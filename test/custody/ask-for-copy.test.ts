import { describe, expect, test } from 'vitest';
import { admitFile } from '../../src/core/custody/admit-file.ts';
import { askForCopy, orderAdmission } from '../../src/core/custody/retention/decide.ts';
import { sendNotices } from '../../src/core/custody/send-notices.ts';
import { custodyForTest } from './custody-for-tests.ts';

const REASON = 'it is encrypted:\n send it\u001b[31m without a password';

describe.each([
  ['held', 'encrypted'],
  ['quarantined', 'infected'],
] as const)('asking for another copy of a %s file', (state, outcome) => {
  async function stopped() {
    const scene = await custodyForTest();
    const [alice, dana] = [await scene.person('alice'), await scene.person('dana', 'data-team')];
    const file = await scene.admit(alice, 'scan.zip', outcome);
    expect(file.state).toBe(state);
    await sendNotices(scene.custody, alice.id);
    scene.mails.length = 0;
    return { ...scene, alice, dana, file_: file };
  }

  test('leaves the file as it is, and is in the audit with who decided', async () => {
    const { custody, ledger, dana, file, file_ } = await stopped();
    expect(await askForCopy(custody, file_, { by: dana, reason: REASON })).toMatchObject({ ok: true });
    expect(await file(file_.id)).toEqual(file_);
    const row = (await ledger.auditOf({ file: file_.id })).at(-1);
    expect(JSON.parse(row?.entry ?? '')).toMatchObject({
      type: 'copy-requested',
      data: { by: dana.id, from: state },
    });
    expect(row?.entry).not.toContain('password');
  });

  test('mails the sender why, which file, and what to do', async () => {
    const { custody, mails, hints, alice, dana, file_ } = await stopped();
    await askForCopy(custody, file_, { by: dana, reason: REASON });
    expect(hints.at(-1)).toEqual({ job: 'send-notices', account: alice.id });
    await sendNotices(custody, alice.id);
    expect(mails).toHaveLength(1);
    expect(mails[0]?.to.address).toBe('alice@example.org');
    expect(mails[0]?.subject).toContain('1 file asked for again');
    expect(mails[0]?.text).toContain('  scan.zip (');
    expect(mails[0]?.text).toContain('it is encrypted: send it [31m without a password\n');
    expect(mails[0]?.text).toContain('Send it again under the same name');
    expect(mails[0]?.text).toContain('until the data team has decided or its time is over (20');
  });

  test('each of two requests is mailed with its own reason', async () => {
    const { custody, mails, alice, dana, file_ } = await stopped();
    await askForCopy(custody, file_, { by: dana, reason: 'the first reason' });
    await askForCopy(custody, file_, { by: dana, reason: 'the second reason' });
    await sendNotices(custody, alice.id);
    expect(mails[0]?.text).toMatch(/the first reason[^]*the second reason/);
  });

  test('another copy of the same name comes in beside it', async () => {
    const { custody, admit, file, alice, dana, file_ } = await stopped();
    await askForCopy(custody, file_, { by: dana, reason: REASON });
    const copy = await admit(alice, 'scan.zip', 'pass', 'other bytes');
    expect(copy).toMatchObject({ state: 'arrived', arrival: { name: 'scan.zip' } });
    expect((await file(file_.id)).state).toBe(state);
  });

  test('is refused to others than the data team, without a reason, and when the sender cannot send', async () => {
    const { custody, setStatus, ledger, alice, dana, file_ } = await stopped();
    const ask = (by: typeof dana, reason = 'why') => askForCopy(custody, file_, { by, reason });
    const { size } = await ledger.auditHead();
    expect(await ask(alice)).toMatchObject({ refusal: 'not-data-team' });
    expect(await ask(dana, ' ')).toMatchObject({ refusal: 'reason-missing' });
    expect((await ledger.auditHead()).size).toBe(size);
    await setStatus('alice', 'disabled');
    expect(await ask(dana)).toMatchObject({
      refusal: 'account-disabled',
      detail: expect.stringContaining('alice'),
    });
  });
});

test('nobody is asked for another copy of what has arrived, or has just been decided on', async () => {
  const { custody, admit, file, person } = await custodyForTest();
  const [alice, dana] = [await person('alice'), await person('dana', 'data-team')];
  const decision = { by: dana, reason: 'why' };
  const arrived = await admit(alice, 'scan.csv');
  expect(await askForCopy(custody, arrived, decision)).toMatchObject({ refusal: 'not-stopped' });
  const held = await admit(alice, 'scan.zip', 'encrypted');
  await orderAdmission(custody, held, decision);
  expect(await askForCopy(custody, held, decision)).toMatchObject({
    refusal: 'not-stopped',
    detail: expect.stringContaining('nobody was asked'),
  });
  await admitFile(custody, await file(held.id));
  expect((await file(held.id)).state).toBe('arrived');
});
