import { DatabaseSync } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import { expect, test } from 'vitest';
import { compileOnce } from '../../src/stores/ledger/compile-once.ts';
import type { LedgerDb } from '../../src/stores/ledger/tables.ts';

/** A table of marks, and how often a query was built. */
function marks(): { readonly db: LedgerDb; readonly raw: DatabaseSync } {
  const raw = new DatabaseSync(':memory:');
  raw.exec('create table marks (name text primary key, value text)');
  const database = {
    close: () => raw.close(),
    prepare(text: string) {
      const statement = raw.prepare(text);
      return {
        reader: statement.columns().length > 0,
        all: (values: readonly unknown[]) => statement.all(...(values as string[])),
        run: (values: readonly unknown[]) => statement.run(...(values as string[])),
        iterate: (values: readonly unknown[]) => statement.iterate(...(values as string[])),
      };
    },
  };
  return { raw, db: new Kysely({ dialect: new SqliteDialect({ database }) }) };
}

test('a query is compiled once, and run with the values of each call', async () => {
  const { db, raw } = marks();
  let built = 0;
  const insert = compileOnce((on, { row }: { row: { name: string; value: string } }) => {
    built++;
    return on.insertInto('marks').values(row);
  });
  for (const name of ['a', 'b', 'c'])
    expect((await insert(db, { row: { name, value: `${name}!` } })).changed).toBe(1);
  expect(built).toBe(1);
  expect(raw.prepare('select name, value from marks order by name').all()).toMatchObject(
    ['a', 'b', 'c'].map((name) => ({ name, value: `${name}!` })),
  );
});

test('another shape is another query: members, the length of a list, and what is left out', async () => {
  const { db } = marks();
  const insert = compileOnce((on, { rows }: { rows: { name: string; value: string }[] }) =>
    on.insertInto('marks').values(rows),
  );
  await insert(db, { rows: [{ name: 'a', value: '1' }] });
  await insert(db, {
    rows: [
      { name: 'b', value: '2' },
      { value: '3', name: 'c' },
    ],
  });
  const find = compileOnce((on, { name, value }: { name?: string; value?: string | undefined }) => {
    let select = on.selectFrom('marks').select('name').orderBy('name');
    if (name !== undefined) select = select.where('name', '=', name);
    if (value !== undefined) select = select.where('value', '=', value);
    return select;
  });
  const names = async (values: { name?: string; value?: string | undefined }) =>
    (await find(db, values)).rows.map((row) => row.name);
  expect(await names({})).toEqual(['a', 'b', 'c']);
  expect(await names({ name: 'b' })).toEqual(['b']);
  expect(await names({ value: '3' })).toEqual(['c']);
  expect(await names({ value: '3', name: 'c' })).toEqual(['c']);
  expect(await names({ name: 'a', value: undefined })).toEqual(['a']);
});
