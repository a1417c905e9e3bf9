import { chmod, link, mkdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { admitFile } from '../../src/core/custody/admit-file.ts';
import { checkCustody } from '../../src/core/custody/check-custody.ts';
import { repairCustody } from '../../src/core/custody/doctor/repair.ts';
import { orderAdmission } from '../../src/core/custody/retention/decide.ts';
import { HOUR, MINUTE } from '../../src/core/kit/clock.ts';
import { newId } from '../../src/core/kit/ids.ts';
import { custodyForTest } from './custody-for-tests.ts';

/** One file in each place that a file may stand in, with nothing amiss. */
async function soundScene() {
  const scene = await custodyForTest();
  const { custody, admit, receive, person, data } = scene;
  const alice = await person('alice');
  const dana = await person('dana', 'data-team');
  const arrived = await admit(alice, 'scan.csv');
  const held = await admit(alice, 'locked.zip', 'encrypted');
  const bad = await admit(alice, 'bad.exe', 'infected');
  const received = await receive(alice, 'new.csv');
  const findings = async () => (await checkCustody(custody)).findings;
  expect(await findings()).toEqual([]);
  /** As somebody could who writes to the ledger's file. */
  const sql = (statement: string) => {
    const database = new DatabaseSync(join(data, '../ledger.sqlite3'));
    database.exec(statement);
    database.close();
  };
  return { ...scene, alice, dana, arrived, held, bad, received, findings, sql };
}

test.each([
  ['arrived', 'held', 'file-arrived'],
  ['held', 'arrived', 'file-held'],
  ['bad', 'destroyed', 'file-quarantined'],
  ['received', 'abandoned', 'file-received'],
] as const)('a %s file whose row says %s is told: its log ends with %s', async (which, state, event) => {
  const scene = await soundScene();
  scene.sql(`update files set state = '${state}' where id = '${scene[which].id}'`);
  expect(await scene.findings()).toContainEqual({
    severity: 'fault',
    invariant: 6,
    file: scene[which].id,
    message: `it is ${state}, and the last that the audit log says of it is ${event}`,
  });
});

test.each(['abandoned', 'destroying'])(
  'an upload that a failing disk gave up, and that is %s, may have other bytes than were noted',
  async (state) => {
    const scene = await soundScene();
    const change = `state = '${state}', reason = 'write-failed', size = 3`;
    scene.sql(`update files set ${change} where id = '${scene.received.id}'`);
    expect((await scene.findings()).filter(({ invariant }) => invariant === 1)).toEqual([]);
    scene.sql(`update files set state = 'received' where id = '${scene.received.id}'`);
    expect((await scene.findings()).filter(({ invariant }) => invariant === 1)).toHaveLength(1);
  },
);

test('a name in Arrivals or outbound that is in no row is told, and kept', async () => {
  const { data, findings, custody, alice } = await soundScene();
  const planted = join(data, 'arrivals', alice.name, 'planted.csv');
  await writeFile(planted, 'nobody has checked this');
  await mkdir(join(data, 'outbound/cohort/alice'), { recursive: true });
  await writeFile(join(data, 'outbound/cohort/alice/leak.csv'), 'nor this');
  await writeFile(join(data, 'outbound/leak.csv'), 'nor this');
  const found = await findings();
  expect(found.map(({ invariant, severity }) => [severity, invariant])).toEqual([
    ['fault', 2],
    ['fault', 2],
    ['fault', 2],
  ]);
  const told = found.map(({ message }) => message).join('\n');
  for (const path of ['arrivals/alice/planted.csv', 'outbound/cohort/alice/leak.csv', 'outbound/leak.csv'])
    expect(told).toContain(`${path} is in no row`);
  await repairCustody(custody);
  expect(await readFile(planted, 'utf8')).toBe('nobody has checked this');
});

test('a name in quarantine that is in no row is told; the mark of the installation is none', async () => {
  const { data, findings } = await soundScene();
  await writeFile(join(data, 'quarantine/.havengate-installation'), 'mine');
  await writeFile(join(data, 'quarantine', newId('file', 1)), 'what is this?');
  const [found, ...others] = await findings();
  expect([found?.severity, others]).toEqual(['warning', []]);
  expect(found?.message).toContain('no row accounts for it');
});

test('a published file that others may write to, or that is another one by now, is told', async () => {
  const { data, findings, arrived } = await soundScene();
  const path = join(data, 'arrivals/alice/scan.csv');
  await chmod(path, 0o662);
  expect(await findings()).toMatchObject([{ severity: 'fault', invariant: 11, file: arrived.id }]);
  await chmod(path, 0o440);
  expect(await findings()).toEqual([]);
  await link(path, join(data, 'second-name'));
  expect(await findings()).toMatchObject([{ severity: 'warning', file: arrived.id }]);
  const bytes = await readFile(path);
  await rename(path, join(data, 'third-name'));
  await writeFile(path, bytes, { mode: 0o440 });
  expect(await findings()).toMatchObject([
    { severity: 'warning', file: arrived.id, message: expect.stringContaining('a copy of its bytes') },
  ]);
  await writeFile(path, Buffer.alloc(bytes.length));
  expect(await findings()).toMatchObject([{ severity: 'fault', invariant: 3, file: arrived.id }]);
});

test('a published file whose verdicts speak of other bytes is told', async () => {
  const { findings, arrived, sql } = await soundScene();
  sql(`update verdicts set sha256 = '${'0'.repeat(64)}' where file = '${arrived.id}'`);
  expect(await findings()).toMatchObject([{ severity: 'fault', invariant: 2, file: arrived.id }]);
});

test('room that is promised, and a lease, for what was received long ago are told, and ended by a repair', async () => {
  const { findings, received, sql, custody } = await soundScene();
  sql(`insert into reservations (file, bytes) values ('${received.id}', 1000000)`);
  sql(`insert into leases (file, id, until) values ('${received.id}', 'lease_x', 1)`);
  expect(await findings()).toMatchObject([{ severity: 'warning', file: received.id }]);
  expect(await repairCustody(custody)).toHaveLength(1);
  expect(await findings()).toEqual([]);
  expect(await repairCustody(custody)).toEqual([]);
});

test('bytes in the airlock that are in no row become a held file that the data team decides on', async () => {
  const { data, findings, custody, dana, file, ledger, clock, story } = await soundScene();
  const id = newId('file', Date.now() - HOUR);
  const path = join(data, 'airlock/files', id);
  await writeFile(path, 'the only copy');
  await utimes(path, 1, 1);
  expect(await findings()).toMatchObject([{ severity: 'warning', file: id }]);
  // It could be an upload that begins.
  expect(await repairCustody(custody)).toEqual([]);
  clock.ahead += 2 * MINUTE;
  expect(await repairCustody(custody)).toEqual([expect.stringContaining('for the data team to decide')]);
  expect(await file(id)).toMatchObject({
    owner: dana.id,
    state: 'held',
    reason: 'orphan',
    size: 13,
    expiresAt: null,
  });
  expect(await readFile(path, 'utf8')).toBe('the only copy');
  expect(await findings()).toEqual([]);
  expect(await story(id)).toEqual(['orphan-adopted']);
  expect(
    (await ledger.pendingNotices(dana.id, 10)).map((notice) => [notice.kind, notice.file]),
  ).toContainEqual(['file-held', id]);
  expect(await repairCustody(custody)).toEqual([]);
  // Nobody has looked into it, so that nobody can let it in.
  expect(await orderAdmission(custody, await file(id), { by: dana, reason: 'looks fine' })).toMatchObject({
    ok: false,
    refusal: 'not-stopped',
  });
});

test('a name in the airlock that is no id of a file, and an orphan without a data team, are left alone', async () => {
  const { data, findings, custody, clock, setStatus } = await soundScene();
  await writeFile(join(data, 'airlock/files/notes.txt'), 'mine');
  await writeFile(join(data, 'airlock/files', newId('file', 1)), 'whose?');
  await setStatus('dana', 'disabled');
  clock.ahead += 2 * MINUTE;
  expect(await repairCustody(custody)).toEqual([expect.stringContaining('was not adopted')]);
  expect(await findings()).toHaveLength(2);
  expect(await readFile(join(data, 'airlock/files/notes.txt'), 'utf8')).toBe('mine');
});

test('a check keeps to a pace: it asks before every file, and reads the log in pieces', async () => {
  const { custody } = await soundScene();
  let looks = 0;
  await checkCustody(custody, () => void looks++);
  // Four files by their bytes and by their story, a name in Arrivals, and the log.
  expect(looks).toBeGreaterThanOrEqual(4 + 4 + 1 + 1);
});

test.each(['infected', 'limits-exceeded'])(
  'a file in Arrivals that the scanner called %s is told, unless a person has let it',
  async (outcome) => {
    const scene = await soundScene();
    const { arrived, bad, custody, dana, person, file } = scene;
    scene.sql(
      `update verdicts set outcome = '${outcome}' where file in ('${arrived.id}', '${bad.id}') and check_name = 'malware'`,
    );
    const dirk = await person('dirk', 'data-team');
    for (const by of [dana, dirk])
      await orderAdmission(custody, await file(bad.id), { by, reason: 'a test file' });
    await admitFile(custody, await file(bad.id));
    expect((await file(bad.id)).state).toBe('arrived');
    expect((await scene.findings()).filter(({ invariant }) => invariant === 8)).toEqual([
      {
        severity: 'fault',
        invariant: 8,
        file: arrived.id,
        message: `it is arrived, the scanner said ${outcome}, and nobody has let it`,
      },
    ]);
  },
);
