import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GroupCommit } from '../../src/stores/ledger/group-commit.ts';

let folder: string;
let raw: DatabaseSync;
let group: GroupCommit;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'havengate-group-'));
  raw = new DatabaseSync(join(folder, 'group.sqlite'));
  raw.exec(`
    pragma journal_mode = wal;
    create table seen (what text unique);
    create table parent (id integer primary key);
    create table child (parent integer references parent(id) deferrable initially deferred);
  `);
  group = new GroupCommit(raw);
});

afterEach(() => {
  raw.close();
  rmSync(folder, { recursive: true });
});

function insert(what: string): () => Promise<string> {
  return async () => {
    raw.prepare('insert into seen values (?)').run(what);
    return what;
  };
}

function seen(): unknown[] {
  return raw
    .prepare('select what from seen order by rowid')
    .all()
    .map((row) => row['what']);
}

test('nobody is answered before the commit, and then all are', async () => {
  const others = new DatabaseSync(join(folder, 'group.sqlite'));
  const visible = () => Number(others.prepare('select count(*) n from seen').get()?.['n']);
  const calls = ['a', 'b', 'c'].map((what) => group.call('write', insert(what)).then(visible));
  expect(await Promise.all(calls)).toEqual([3, 3, 3]);
  others.close();
});

test('an error undoes all statements of its own call and of no other', async () => {
  const failing = group.call('write', async () => {
    await insert('half')();
    await Promise.resolve();
    throw new Error('no');
  });
  const calls = await Promise.allSettled([
    group.call('write', insert('a')),
    failing,
    group.call('write', insert('b')),
  ]);
  expect(calls.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(seen()).toEqual(['a', 'b']);
});

test('calls do not mix, however long each of them waits', async () => {
  const log: string[] = [];
  const slow = (what: string) => async () => {
    log.push(`${what} begins`);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
    log.push(`${what} ends`);
  };
  await Promise.all([
    group.call('write', slow('a')),
    group.call('read', slow('r')),
    group.call('write', slow('b')),
  ]);
  expect(log).toEqual(['r begins', 'r ends', 'a begins', 'a ends', 'b begins', 'b ends']);
});

test('when the commit fails, every call of the group is told, and nothing is written', async () => {
  const orphan = group.call('write', async () => raw.exec('insert into child values (42)'));
  const calls = await Promise.allSettled([group.call('write', insert('a')), orphan]);
  const told = calls.map((call) => (call.status === 'rejected' ? String(call.reason) : 'answered'));
  expect(told).toEqual([
    expect.stringContaining('FOREIGN KEY constraint failed'),
    expect.stringContaining('FOREIGN KEY constraint failed'),
  ]);
  expect(seen()).toEqual([]);
  expect(await group.call('write', insert('later'))).toBe('later');
});

test('when the disk is full, no call of the group is written outside of a transaction', async () => {
  raw.exec(`pragma max_page_count = ${Number(raw.prepare('pragma page_count').get()?.['page_count'])}`);
  const calls = await Promise.allSettled([
    group.call('write', insert('before')),
    group.call('write', insert('x'.repeat(1_000_000))),
    group.call('write', insert('after')),
  ]);
  expect(calls.map(({ status }) => status)).not.toContain('fulfilled');
  expect(raw.isTransaction).toBe(false);
  expect(seen()).toEqual([]);
  raw.exec('pragma max_page_count = 100000');
  expect(await group.call('write', insert('later'))).toBe('later');
});

test('a call that throws at once is an answer like any other', async () => {
  const broken = () => {
    throw new Error('at once');
  };
  await expect(group.call('read', broken)).rejects.toThrow('at once');
  await expect(group.call('write', broken)).rejects.toThrow('at once');
  expect(await group.call('write', insert('fine'))).toBe('fine');
});

test('reads share one snapshot', async () => {
  const others = new DatabaseSync(join(folder, 'group.sqlite'));
  const count = async () => Number(raw.prepare('select count(*) n from seen').get()?.['n']);
  const first = group.call('read', count);
  const meanwhile = group.call('read', async () => others.exec("insert into seen values ('elsewhere')"));
  const second = group.call('read', count);
  await meanwhile;
  expect(await Promise.all([first, second])).toEqual([0, 0]);
  expect(await group.call('read', count)).toBe(1);
  others.close();
});
