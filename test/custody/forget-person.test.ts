import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { addToken } from '../../src/core/accounts/change-account.ts';
import { verifyAudit } from '../../src/core/audit/verify.ts';
import { checkCustody } from '../../src/core/custody/check-custody.ts';
import { forgetPerson } from '../../src/core/custody/forget/forget-person.ts';
import { destroyFile } from '../../src/core/custody/retention/destroy-file.ts';
import { liftHold, placeHold } from '../../src/core/custody/retention/hold.ts';
import { runRetention } from '../../src/core/custody/retention/run.ts';
import { DAY } from '../../src/core/kit/clock.ts';
import { emptyWriteAheadLog } from '../../src/stores/ledger/sqlite-connection.ts';
import { softwareKey } from '../support/software-key.ts';
import { custodyForTest } from './custody-for-tests.ts';

const CONSOLE = { kind: 'console' } as const;

/** What must not be found anywhere: she is called Mildred, and one of her files after an illness. */
const TRACES = ['mildred', 'porphyria', 'an old acquaintance'];

/** Somebody who had a file that was destroyed, a token, a hold, and mails; disabled by now. */
async function formerPerson() {
  const scene = await custodyForTest();
  const { custody, ledger, clock, admit, person, setStatus, file } = scene;
  const dana = await person('dana', 'data-team');
  const mildred = await person('mildred');
  const arrived = await admit(mildred, 'porphyria.csv');
  const target = { kind: 'account', account: mildred.id } as const;
  const held = await placeHold({ ledger, clock }, CONSOLE, {
    target,
    reason: 'an old acquaintance',
    by: dana.id,
  });
  if (!held.ok) throw new Error(held.refusal);
  await liftHold({ ledger, clock }, CONSOLE, {
    hold: held.value.id,
    reason: 'an old acquaintance',
    by: dana.id,
  });
  const token = { name: 'mildred', scopes: ['upload'], side: 'outside', lifetime: DAY } as const;
  expect(await addToken({ ledger, clock }, CONSOLE, token)).toMatchObject({ ok: true });
  const key = softwareKey(mildred.id, 'localhost', { name: 'porphyria ward' });
  await ledger.addSecurityKey(key.row, []);
  const forget = async (confirm: string | null) => {
    const now = await ledger.accountById(mildred.id);
    if (now === null) throw new Error('there is no such account');
    return forgetPerson(custody, CONSOLE, { person: now, by: dana, confirm });
  };
  const destroyAll = async () => {
    clock.ahead += 31 * DAY;
    await runRetention(custody, CONSOLE, null);
    await destroyFile(custody, await file(arrived.id));
    expect(await file(arrived.id)).toMatchObject({ state: 'destroyed' });
  };
  return { ...scene, dana, mildred, arrived, forget, destroyAll, setStatus };
}

test('nobody is forgotten who can sign in, has files in custody, or without a confirmation', async () => {
  const { forget, destroyAll, setStatus, mildred, ledger, custody, dana } = await formerPerson();
  expect(await forget(null)).toMatchObject({ refusal: 'still-active' });
  await setStatus('mildred', 'disabled');
  expect(await forget(mildred.id)).toMatchObject({
    refusal: 'still-tied',
    detail: expect.stringContaining('1 files in custody'),
  });
  // Who cannot sign in would be given more time.
  await setStatus('mildred', 'active');
  await destroyAll();
  await setStatus('mildred', 'disabled');
  expect(await forget(null)).toMatchObject({ refusal: 'not-confirmed' });
  expect(await forget(dana.id)).toMatchObject({ refusal: 'not-confirmed' });
  const request = { person: dana, by: dana, confirm: dana.id };
  expect(await forgetPerson(custody, CONSOLE, request)).toMatchObject({ refusal: 'same-person' });
  expect(await ledger.accountById(mildred.id)).toMatchObject({ name: 'mildred' });
});

test('nothing of a person who was forgotten is left in the ledger or on disk, and the log verifies', async () => {
  const { forget, destroyAll, setStatus, mildred, arrived, ledger, custody, data, file, story, person } =
    await formerPerson();
  await destroyAll();
  await setStatus('mildred', 'disabled');
  const before = await verifyAudit(ledger);
  expect(existsSync(join(data, 'arrivals/mildred'))).toBe(true);
  const forgotten = await forget(mildred.id);
  expect(forgotten).toMatchObject({ ok: true, value: { files: 1, documents: 2 } });

  const database = new DatabaseSync(join(data, '../ledger.sqlite3'), { readOnly: true });
  const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
  const rows = tables.flatMap(({ name }) =>
    database
      .prepare(`select * from "${String(name)}"`)
      .all()
      .map((row) => JSON.stringify(row).toLowerCase()),
  );
  database.close();
  for (const trace of TRACES) expect(rows.filter((row) => row.includes(trace))).toEqual([]);
  expect(existsSync(join(data, 'arrivals/mildred'))).toBe(false);
  // Nor in what the database has freed.
  expect(emptyWriteAheadLog(join(data, '../ledger.sqlite3'))).toBe(true);
  const raw = readFileSync(join(data, '../ledger.sqlite3')).toString('latin1').toLowerCase();
  for (const trace of TRACES) expect(raw.includes(trace), trace).toBe(false);

  const after = await verifyAudit(ledger);
  expect(after).toMatchObject({ size: before.size + 1, faults: [] });
  expect((await story(arrived.id)).at(-1)).toBe('file-destroyed');
  expect(await file(arrived.id)).toMatchObject({ owner: mildred.id, sha256: arrived.sha256 });
  expect((await checkCustody(custody)).findings).toEqual([]);
  // The name is free again, for somebody else.
  expect((await person('mildred')).id).not.toBe(mildred.id);
});

/** Tables that point to people, with what forgetting does about them. A new one has to be thought about. */
const POINTING: Readonly<Record<string, string>> = {
  access_tokens: 'rows go',
  credentials: 'rows go',
  reconnections: 'rows go',
  guard_scores: 'rows go',
  security_keys: 'rows go',
  key_challenges: 'rows go',
  ssh_keys: 'rows go',
  web_sessions: 'rows go',
  emergency_codes: 'rows go',
  mailed_proofs: 'rows go',
  untaken_mails: 'rows go',
  hard_tokens: 'are taken back, and stay with the site',
  folders: 'rows go',
  files: 'names go',
  holds: 'reasons go',
  freezes: 'reasons go',
  notices: 'unsent ones go, the others say nothing',
  freeze_notices: 'unsent ones go, the others say nothing',
  security_notices: 'unsent ones go, the others say nothing',
  projects: 'keeps its owner from being forgotten',
  share_members: 'keeps a member from being forgotten',
};

test('every table that points to people is thought of', async () => {
  const { data } = await custodyForTest();
  const database = new DatabaseSync(join(data, '../ledger.sqlite3'), { readOnly: true });
  const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
  const pointing = tables.filter(({ name }) =>
    database
      .prepare(`pragma table_info("${String(name)}")`)
      .all()
      .some((column) => ['account', 'owner', 'iao'].includes(String(column['name']))),
  );
  database.close();
  expect(pointing.map(({ name }) => String(name)).toSorted()).toEqual(Object.keys(POINTING).toSorted());
});
