import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DatabaseSync } from 'node:sqlite';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifyAudit } from '../../src/core/audit/verify.ts';
import { arrivalsDrop } from '../../src/core/custody/file.ts';
import type { AccountId, FileId, ShareId } from '../../src/core/kit/ids.ts';
import { SCHEMA_VERSION } from '../../src/stores/ledger/migrate.ts';
import { makeAuditTables } from '../../src/stores/ledger/migrations/0001-audit.ts';
import { makePeopleTables } from '../../src/stores/ledger/migrations/0002-people.ts';
import { makeCustodyTables } from '../../src/stores/ledger/migrations/0003-custody.ts';
import { makeRetentionTables } from '../../src/stores/ledger/migrations/0004-retention.ts';
import { openSqliteConnection } from '../../src/stores/ledger/sqlite-connection.ts';
import { SQLITE_DIALECT } from '../../src/stores/ledger/sqlite-dialect.ts';
import { openSqliteLedger } from '../../src/stores/ledger/sqlite-ledger.ts';
import { openThreadedLedger } from '../../src/stores/ledger/threaded-ledger.ts';
import { addPerson, at, folder, record, start } from './fixtures.ts';
import { SqliteHouse } from './sqlite-house.ts';

let house: SqliteHouse;

beforeEach(() => {
  house = new SqliteHouse(openSqliteLedger);
});

afterEach(async () => house.close());

describe.each([
  ['in this thread', openSqliteLedger],
  ['in a thread of its own', openThreadedLedger],
])('a ledger file opened %s', (_, open) => {
  test('is readable by its owner only, as are the files beside it', async () => {
    const ledger = await open({ file: house.file });
    await ledger.writeMark('a', 'b');
    const modes = ['', '-wal', '-shm'].map((ending) => statSync(house.file + ending).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o600]);
    await ledger.close();
    chmodSync(house.file, 0o644);
    await (await open({ file: house.file })).close();
    expect(statSync(house.file).mode & 0o777).toBe(0o600);
  });

  test('is refused, unchanged, when a newer program was at it', async () => {
    await (await open({ file: house.file })).close();
    await house.sql(`insert into schema_version (version, name) values (${SCHEMA_VERSION + 1}, 'later')`);
    const refused = open({ file: house.file });
    await expect(refused).rejects.toThrow(
      `schema version ${SCHEMA_VERSION + 1}, and this program knows versions up to ${SCHEMA_VERSION}`,
    );
    await expect(refused).rejects.toMatchObject({ code: 'ledger-schema-newer' });
  });

  test('is brought forward from the version before retention, with its files counted', async () => {
    const raw = await oldLedger([makeAuditTables, makePeopleTables, makeCustodyTables]);
    for (const zone of ['airlock', 'arrivals', 'gone']) {
      raw.exec(`insert into files (id, owner, generation, door, state, folder, folder_key, name, name_key,
        zone, size, gap, created_at, last_byte_at, expires_at) values ('file_${zone}', 'acct_x', 1, 'sftp', 'removed',
        '', '', '${zone}', '${zone}', '${zone}', 1, 0, 1, 1, 5)`);
    }
    raw.close();
    const ledger = await open({ file: house.file });
    expect(await ledger.countFilesWithBytes()).toBe(2);
    expect((await ledger.impliedWork(1, 10)).map(({ job }) => job)).toEqual([
      'clear-airlock',
      'clear-airlock',
    ]);
    expect(await ledger.fileById('file_gone' as FileId)).toMatchObject({
      warnedBefore: null,
      extendedAt: null,
      destroyedAt: null,
    });
    await start(ledger, 'acct_x' as AccountId, 'new.csv');
    expect(await ledger.countFilesWithBytes()).toBe(3);
    await ledger.close();
  });

  test('is brought forward from the version before shares, with its files, folders and members', async () => {
    const raw = await oldLedger([makeAuditTables, makePeopleTables, makeCustodyTables, makeRetentionTables]);
    raw.exec(`insert into projects values ('proj_x', 'DEMO-1', 'A study', 'acct_x', 1);
      insert into shares values ('shar_x', 'cohort', 'proj_x', 1);
      insert into share_members values ('shar_x', 'acct_x', 'read,outbound');
      insert into folders values ('acct_x', 'Data', 'data', '', 'data', 7), ('acct_x', 'Data/Raw', 'data/raw', 'data', 'raw', 8)`);
    const insert =
      raw.prepare(`insert into files (id, owner, generation, door, state, folder, folder_key, name,
      name_key, arrival_folder, arrival_folder_key, arrival_name, arrival_name_key, zone, size, gap, created_at,
      last_byte_at, arrived_at, expires_at) values (?, 'acct_x', 1, 'sftp', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0, 1, 1, ?, 5)`);
    const arrival = (path: string) => [path, path.toLowerCase(), 'a.csv', 'a.csv'];
    for (const path of ['', 'Data', 'Data/Raw']) {
      insert.run(`file_${path}`, 'arrived', ...arrival(path), ...arrival(path), 'arrivals', 3);
    }
    insert.run(
      'file_new',
      'receiving',
      '',
      '',
      'new.csv',
      'new.csv',
      null,
      null,
      null,
      null,
      'airlock',
      null,
    );
    raw.exec(`insert into holds values ('hold_x', 'file_Data', null, null, 'why', 'acct_x', 1, null, null);
      insert into leases values ('file_new', 'leas_x', 99);
      update counters set value = 4`);
    raw.close();
    const ledger = await open({ file: house.file });
    const drop = arrivalsDrop('acct_x' as AccountId);
    expect(await ledger.listFiles({ limit: 9 })).toHaveLength(4);
    expect(await ledger.fileById('file_Data/Raw' as FileId)).toMatchObject({
      leavesBy: null,
      path: at('Data/Raw/a.csv'),
      arrival: at('Data/Raw/a.csv'),
      working: null,
      carried: null,
      inode: null,
      releasedAt: null,
      collectedAt: null,
    });
    expect(await ledger.findFolder(drop, folder('DATA/RAW'))).toEqual({ path: 'Data/Raw', createdAt: 8 });
    const page = { listedSince: 0, after: null, limit: 9 };
    const names = async (path: string) =>
      [
        await ledger.listFolder(drop, folder(path), page),
        await ledger.listPublished(drop, folder(path), page),
      ].map((entries) => entries?.map((entry) => entry.name));
    expect(await names('')).toEqual([
      ['a.csv', 'Data', 'new.csv'],
      ['a.csv', 'Data'],
    ]);
    expect(await names('data')).toEqual([
      ['a.csv', 'Raw'],
      ['a.csv', 'Raw'],
    ]);
    expect(await names('data/raw')).toEqual([['a.csv'], ['a.csv']]);
    expect((await ledger.arrivalAt(drop, at('Data/Raw/A.csv')))?.id).toBe('file_Data/Raw');
    expect((await ledger.newestAt(drop, at('Data/Raw/A.csv')))?.id).toBe('file_Data/Raw');
    expect(await ledger.publishedBelow(drop, folder('data'), null, 9)).toHaveLength(2);
    expect(await ledger.countFilesWithBytes()).toBe(4);
    expect((await ledger.dueFiles(9, null, 9)).map(({ id }) => id)).toEqual(['file_', 'file_Data/Raw']);
    const share = { id: 'shar_x', name: 'cohort', project: 'proj_x', createdAt: 1, closedAt: null };
    expect(await ledger.rightsOn('cohort', drop.owner)).toEqual({ share, rights: ['read', 'outbound'] });
    await expect(start(ledger, drop.owner, 'NEW.csv')).rejects.toThrow(/name-taken/);
    await start(ledger, drop.owner, 'NEW.csv', 'shar_x' as ShareId);
    expect((await ledger.liveLease('file_new' as FileId, 1))?.id).toBe('leas_x');
    await ledger.close();
  });

  test('is refused when it is no database, or its folder is missing', async () => {
    await expect(open({ file: join(house.folder, 'no', 'such.sqlite') })).rejects.toThrow(/ENOENT/);
    await expect(open({ file: house.folder })).rejects.toThrow('is not a file');
    const text = join(house.folder, 'text');
    writeFileSync(text, 'This was never a database. '.repeat(100));
    await expect(open({ file: text })).rejects.toThrow('file is not a database');
  });

  test('answers what was asked before the close, and refuses what comes after', async () => {
    const ledger = await open({ file: house.file });
    const marks = Array.from({ length: 300 }, (_, i) => ledger.writeMark(`m${i}`, 'x'));
    const closing = ledger.close();
    await expect(ledger.writeMark('late', 'x')).rejects.toThrow('the ledger is closed');
    await expect(ledger.readMark('late')).rejects.toThrow('the ledger is closed');
    await closing;
    await Promise.all(marks);
    await ledger.close();
    const again = await open({ file: house.file });
    expect(await again.readMark('m299')).toBe('x');
    await again.close();
  });

  test('gives errors with their message and code', async () => {
    const ledger = await open({ file: house.file });
    const stray = ledger.setMember('shar_x' as never, 'acct_x' as never, ['read'], []);
    await expect(stray).rejects.toThrow('FOREIGN KEY constraint failed');
    await expect(stray).rejects.toMatchObject({ code: 'ERR_SQLITE_ERROR', errcode: 787 });
    await ledger.close();
  });
});

/** A ledger that an older program has left, with one account, still open for more rows. */
async function oldLedger(steps: readonly Step[]): Promise<DatabaseSync> {
  const { raw, schema } = openSqliteConnection(house.file);
  for (const up of steps) await up(schema, SQLITE_DIALECT);
  raw.exec('create table schema_version (version integer primary key, name text not null) strict');
  for (const i of steps.keys()) raw.exec(`insert into schema_version values (${i + 1}, 'old')`);
  raw.exec("insert into accounts values ('acct_x', 'x', 'X', 'x@example.org', 'researcher', 'active', 1)");
  return raw;
}

type Step = typeof makeAuditTables;

test('a ledger puts nothing into files elsewhere, however much a savepoint may have to take back', () => {
  const { raw } = openSqliteConnection(house.file);
  try {
    raw.exec('create table names (id integer primary key, name blob)');
    const many =
      'with recursive n(i) as (select 1 union all select i + 1 from n where i < 400) select i from n';
    raw.exec(`insert into names select i, zeroblob(2000) from (${many})`);
    const before = openFiles();
    raw.exec('begin immediate; savepoint a; update names set name = randomblob(2000)');
    expect(openFiles()).toEqual(before);
    raw.exec('rollback');
  } finally {
    raw.close();
  }
});

function openFiles(): readonly string[] {
  return readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return ''; // The listing's own.
      }
    })
    .filter((file) => file.startsWith('/') && !file.startsWith('/proc/'))
    .sort();
}

describe('several processes on one ledger file', () => {
  test('make it together when it is missing', async () => {
    const children = Array.from({ length: 4 }, () => writer('', 'make'));
    const ends = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number));
    expect(ends).toEqual([0, 0, 0, 0]);
    expect(await (await house.open()).readMark('made')).toBe('yes');
  });

  test('write at once without one being told that the database is locked', async () => {
    const ledger = await house.open();
    const owner = await addPerson(ledger, 'alice');
    const children = [writer(owner, 0), writer(owner, 1)];
    const exits = children.map((child) => once(child, 'exit'));
    for (let i = 0; i < 100; i++) await start(ledger, owner, `here-${i}`);
    expect((await Promise.all(exits)).map(([code]) => code as unknown)).toEqual([0, 0]);
    expect(await ledger.listFiles({ owner, limit: 1000 })).toHaveLength(300);
    const { size, faults } = await verifyAudit(ledger);
    expect([size, faults]).toEqual([301, []]);
  });

  test('use a TOTP step once', async () => {
    const ledger = await house.open();
    const owner = await addPerson(ledger, 'alice');
    const children = [writer(owner, 'totp'), writer(owner, 'totp'), writer(owner, 'totp')];
    const lines = await Promise.all(children.map(async (child) => (await linesOf(child)).join()));
    expect(lines.toSorted()).toEqual(['false', 'false', 'true']);
  });

  test('find every answered write again after one was killed', async () => {
    const ledger = await house.open();
    const owner = await addPerson(ledger, 'alice');
    await ledger.close();
    const child = writer(owner, 'forever');
    const answered: FileId[] = [];
    for await (const line of createInterface({ input: child.stdout! })) {
      answered.push(line as FileId);
      if (answered.length === 50) child.kill('SIGKILL');
    }
    const after = await house.open();
    for (const id of answered) expect((await after.fileById(id))?.state).toBe('receiving');
    const found = await after.listFiles({ owner, limit: 10_000 });
    const { size, faults } = await verifyAudit(after);
    expect([size, faults]).toEqual([found.length + 1, []]);
  });

  function writer(owner: AccountId | '', what: number | string): ChildProcess {
    const script = new URL('./ledger-writer.ts', import.meta.url).pathname;
    const args = [script, house.file, owner, String(what)];
    return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  async function linesOf(child: ChildProcess): Promise<string[]> {
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout! })) lines.push(line);
    return lines;
  }
});

test('a ledger whose thread has died refuses what waits and what comes, lookups too', async () => {
  const created = once(process, 'worker');
  const ledger = await openThreadedLedger({ file: house.file });
  const [thread] = (await created) as [Worker];
  const waiting = [ledger.writeMark('a', 'b'), ledger.readAudit(0, 10)];
  const ended = thread.terminate();
  const outcomes = await Promise.allSettled(waiting);
  await ended;
  const why = /the ledger thread has ended/;
  const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? String(outcome.reason) : null));
  expect(reasons.filter((reason) => reason !== null && !why.test(reason))).toEqual([]);
  await expect(ledger.writeMark('a', 'b')).rejects.toThrow(why);
  await expect(ledger.readMark('a')).rejects.toThrow(why);
  await ledger.close();
});

test('what is not plain data cannot cross to the thread of the ledger, and breaks nothing', async () => {
  const ledger = await openThreadedLedger({ file: house.file });
  const odd = { ...record('signed-in'), actor: { kind: 'system', part: (() => 'x') as never } } as const;
  await expect(ledger.appendAudit([odd])).rejects.toThrow('a call cannot cross threads');
  await ledger.writeMark('still', 'here');
  await ledger.close();
});
