import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Account } from '../../src/core/accounts/account.ts';
import { admitFile } from '../../src/core/custody/admit-file.ts';
import { renameUpload } from '../../src/core/custody/change-upload.ts';
import { checkCustody } from '../../src/core/custody/check-custody.ts';
import { clearAirlock } from '../../src/core/custody/clear-airlock.ts';
import { arrivalsDrop, type CustodyFile } from '../../src/core/custody/file.ts';
import { inspectFile, type JobEnd } from '../../src/core/custody/inspect-file.ts';
import { type FileName, TOP } from '../../src/core/custody/names.ts';
import { openUpload } from '../../src/core/custody/open-upload.ts';
import { reconcile } from '../../src/core/custody/reconcile.ts';
import { placeHold } from '../../src/core/custody/retention/hold.ts';
import { removeArrived } from '../../src/core/custody/retention/remove-file.ts';
import type { UploadWriter } from '../../src/core/custody/upload-writer.ts';
import { SECOND } from '../../src/core/kit/clock.ts';
import { type Failpoint, onFailpoint } from '../../src/core/kit/failpoint.ts';
import { custodyForTest, type TestCustody } from './custody-for-tests.ts';

const BEGINNING = 'the first half, ';
const REST = 'and the second';

function at(name: string) {
  return { folder: TOP, name: name as FileName };
}

/** Opens a name without truncating it, as clients do that resume. */
function resume(t: TestCustody, owner: Account, name: string): ReturnType<typeof openUpload> {
  const drop = arrivalsDrop(owner.id);
  const how = { mode: 'resume-or-create', door: 'sftp', declaredSize: null } as const;
  return openUpload(t.custody, t.session(owner), { drop, path: at(name), ...how });
}

async function resumed(t: TestCustody, owner: Account, name: string): Promise<UploadWriter> {
  const opened = await resume(t, owner, name);
  if (!opened.ok) throw new Error(opened.refusal);
  return opened.value;
}

/** Goes on with a name: writes at the end of what it shows, and closes it. */
async function goOn(t: TestCustody, owner: Account, name: string, bytes = REST): Promise<CustodyFile> {
  const writer = await resumed(t, owner, name);
  await writer.write([Buffer.from(bytes)], writer.size);
  await writer.finish(false);
  return t.file(writer.ref.id);
}

/** Has a received file checked and, when it has settled, decided on. */
async function decide(t: TestCustody, { id }: CustodyFile): Promise<JobEnd> {
  await inspectFile(t.custody, await t.file(id));
  t.clock.ahead += 6 * SECOND;
  return admitFile(t.custody, await t.file(id));
}

function arrivals(t: TestCustody, owner: Account, name: string): string {
  return readFileSync(join(t.data, 'arrivals', owner.name, name), 'utf8');
}

async function expectSound(t: TestCustody): Promise<void> {
  const { findings } = await checkCustody(t.custody);
  expect(findings.filter(({ severity }) => severity === 'fault')).toEqual([]);
}

async function auditOf(t: TestCustody, file: CustodyFile, type: string): Promise<unknown[]> {
  const rows = await t.ledger.auditOf({ file: file.id });
  return rows.map(({ entry }) => JSON.parse(entry)).filter((row) => row.type === type);
}

test('a name that has arrived is gone on with in a new file, which takes its place when it arrives', async () => {
  const t = await custodyForTest();
  const alice = await t.person('alice');
  const old = await t.admit(alice, 'scan.csv', 'pass', BEGINNING);
  const writer = await resumed(t, alice, 'scan.csv');
  expect(writer.size).toBe(BEGINNING.length);
  expect(await t.file(old.id)).toEqual(old);
  await writer.write([Buffer.from(REST)], writer.size);
  await writer.finish(false);
  const whole = await t.file(writer.ref.id);
  expect(whole).toMatchObject({ state: 'received', continues: old.id, size: 30 });
  expect(arrivals(t, alice, 'scan.csv')).toBe(BEGINNING);

  expect(await decide(t, whole)).toEqual({ end: 'done' });
  expect(await t.file(whole.id)).toMatchObject({ state: 'arrived', arrival: at('scan.csv') });
  expect(arrivals(t, alice, 'scan.csv')).toBe(BEGINNING + REST);
  expect(await t.file(old.id)).toMatchObject({
    state: 'destroyed',
    zone: 'gone',
    reason: 'superseded',
    expiresRule: 'superseded/v1',
  });
  const [certificate] = await t.ledger.certificatesOf(old.id);
  expect(certificate?.body).toMatchObject({ rule: 'superseded/v1', linkCount: 0 });
  expect(await auditOf(t, whole, 'upload-started')).toMatchObject([{ data: { continues: old.id } }]);
  const by = { by: whole.id, bySize: 30, size: old.size, sha256: old.sha256 };
  expect(await auditOf(t, old, 'file-superseded')).toMatchObject([{ data: by }]);
  expect(await t.ledger.receiptsOf(whole.id)).toHaveLength(1);
  await expectSound(t);
});

test('what was gone on with can be gone on with', async () => {
  const t = await custodyForTest();
  const alice = await t.person('alice');
  await t.admit(alice, 'scan.csv', 'pass', BEGINNING);
  await decide(t, await goOn(t, alice, 'scan.csv', REST));
  await decide(t, await goOn(t, alice, 'scan.csv', ' and a third'));
  expect(arrivals(t, alice, 'scan.csv')).toBe(`${BEGINNING}${REST} and a third`);
  await expectSound(t);
});

test('one that is still checked is gone on with from the airlock, and the new file waits for it', async () => {
  const t = await custodyForTest();
  const alice = await t.person('alice');
  const old = await t.receive(alice, 'scan.csv', BEGINNING);
  t.clock.ahead += 6 * SECOND;
  const whole = await goOn(t, alice, 'scan.csv');
  expect(whole).toMatchObject({ continues: old.id, size: 30 });
  expect(await decide(t, whole)).toMatchObject({ end: 'later', why: expect.stringContaining('checked') });
  await decide(t, old);
  await admitFile(t.custody, await t.file(whole.id));
  expect(arrivals(t, alice, 'scan.csv')).toBe(BEGINNING + REST);
  expect((await t.file(old.id)).state).toBe('destroyed');
  await expectSound(t);
});

test.each<[string, (t: TestCustody, old: CustodyFile, whole: CustodyFile) => Promise<unknown>, string]>([
  [
    'that a hold covers stays',
    async (t, old) => {
      const dana = await t.person('dana', 'data-team');
      const target = { kind: 'file', file: old.id } as const;
      return placeHold(t.custody, { kind: 'console' }, { target, reason: 'a question is open', by: dana.id });
    },
    'scan (2).csv',
  ],
  [
    'that its holder has removed stays so',
    (t, old) => removeArrived(t.custody, { kind: 'console' }, old),
    'scan (2).csv',
  ],
])('an earlier file %s, and the new one arrives by itself', async (_, change, name) => {
  const t = await custodyForTest();
  const alice = await t.person('alice');
  const old = await t.admit(alice, 'scan.csv', 'pass', BEGINNING);
  const whole = await goOn(t, alice, 'scan.csv');
  await change(t, old, whole);
  const before = await t.file(old.id);
  await decide(t, whole);
  expect(await t.file(old.id)).toEqual(before);
  expect(arrivals(t, alice, name)).toBe(BEGINNING + REST);
  expect(arrivals(t, alice, 'scan.csv')).toBe(BEGINNING);
  await expectSound(t);
});

test('one whose first bytes were written over is not its successor: both are kept', async () => {
  const t = await custodyForTest();
  const alice = await t.person('alice');
  const old = await t.admit(alice, 'scan.csv', 'pass', BEGINNING);
  const writer = await resumed(t, alice, 'scan.csv');
  await writer.write([Buffer.from('THE')], 0);
  await writer.write([Buffer.from(REST)], writer.size);
  await writer.finish(false);
  await decide(t, await t.file(writer.ref.id));
  expect(await t.file(old.id)).toMatchObject({ state: 'arrived', arrival: at('scan.csv') });
  expect(arrivals(t, alice, 'scan (2).csv')).toBe(`THE${BEGINNING.slice(3)}${REST}`);
});

test('one that was cut, or renamed, is not its successor either', async () => {
  const t = await custodyForTest();
  const alice = await t.person('alice');
  const old = await t.admit(alice, 'scan.csv', 'pass', BEGINNING);
  const cut = await resumed(t, alice, 'scan.csv');
  await cut.truncate(3);
  await cut.finish(false);
  await decide(t, await t.file(cut.ref.id));
  expect(arrivals(t, alice, 'scan (2).csv')).toBe('the');

  // The newest file of the name is the short one now.
  const other = await goOn(t, alice, 'scan.csv');
  const [drop, session] = [arrivalsDrop(alice.id), t.session(alice)];
  await renameUpload(t.custody, session, drop, at('scan.csv'), at('other.csv'));
  await decide(t, other);
  expect(arrivals(t, alice, 'other.csv')).toBe(`the${REST}`);
  expect((await t.file(old.id)).state).toBe('arrived');
  expect(arrivals(t, alice, 'scan (2).csv')).toBe('the');
});

test('a name that was opened and not changed gets a second receipt, and no copy', async () => {
  const t = await custodyForTest();
  const alice = await t.person('alice');
  const old = await t.admit(alice, 'scan.csv', 'pass', BEGINNING);
  const same = await goOn(t, alice, 'scan.csv', '');
  await decide(t, same);
  expect(await t.file(same.id)).toMatchObject({ state: 'abandoned', reason: 'same-bytes' });
  expect((await t.file(old.id)).state).toBe('arrived');
  await expectSound(t);
});

test('what is locked away, or has moved on, cannot be gone on with; nothing is changed', async () => {
  const t = await custodyForTest();
  const alice = await t.person('alice');
  const bad = await t.admit(alice, 'bad.csv', 'infected', BEGINNING);
  const { size } = await t.ledger.auditHead();
  expect(await resume(t, alice, 'bad.csv')).toMatchObject({ ok: false, refusal: 'gone-on' });
  expect(await t.file(bad.id)).toEqual(bad);
  expect((await t.ledger.auditHead()).size).toBe(size);
});

test('where there is no room for the copy it is refused, and the name shows what it did', async () => {
  const t = await custodyForTest();
  const alice = await t.person('alice');
  const old = await t.admit(alice, 'scan.csv', 'pass', BEGINNING);
  const { airlock } = t.custody.zones;
  const zones = { ...t.custody.zones, airlock: { ...airlock, room: async () => BEGINNING.length - 1 } };
  const request = { drop: arrivalsDrop(alice.id), path: at('scan.csv') };
  const opened = await openUpload({ ...t.custody, zones }, t.session(alice), {
    ...request,
    mode: 'resume',
    door: 'sftp',
    declaredSize: null,
  });
  expect(opened).toMatchObject({ ok: false, refusal: 'no-room' });
  expect(await t.ledger.newestAt(request.drop, request.path)).toEqual(old);
  const undone = t.hints.at(-1);
  if (undone?.job !== 'clear-airlock') throw new Error('it is not cleared');
  await clearAirlock(t.custody, undone.ref);
  expect(await t.file(undone.ref.id)).toMatchObject({
    state: 'removed',
    reason: 'not-continued',
    zone: 'gone',
  });
  await expectSound(t);
});

test.each<Failpoint>(['continue.row-created', 'continue.copied'])(
  'a start after a crash at %s takes back what had not got all it was to begin with',
  async (point) => {
    const t = await custodyForTest();
    const alice = await t.person('alice');
    const old = await t.admit(alice, 'scan.csv', 'pass', BEGINNING);
    onTestFinished(() => onFailpoint(null));
    const never = new Promise<never>(() => undefined);
    const reached = new Promise<void>((resolve) => {
      onFailpoint((now) => {
        if (now !== point) return;
        resolve();
        throw new Error('the process ends here');
      });
    });
    // Nothing that the dead process would still have done is done.
    const ledger = new Proxy(t.ledger, {
      get: (target, name, self) =>
        name === 'moveFile' || name === 'noteProgress' ? () => never : Reflect.get(target, name, self),
    });
    const how = { mode: 'resume', door: 'sftp', declaredSize: null } as const;
    const [drop, path] = [arrivalsDrop(alice.id), at('scan.csv')];
    void openUpload({ ...t.custody, ledger }, t.session(alice), { drop, path, ...how }).catch(
      () => undefined,
    );
    await reached;
    onFailpoint(null);

    expect(await reconcile(t.custody, 'boot', null)).toMatchObject({ undone: 1 });
    expect(await t.ledger.newestAt(drop, path)).toEqual(old);
    expect((await resumed(t, alice, 'scan.csv')).size).toBe(BEGINNING.length);
  },
);
