import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FAULT_CASES } from './support/fault-list.ts';
import { ROOT } from './support/source-files.ts';
import { testTitles, titlesIn } from './support/test-titles.ts';

interface Row {
  readonly group: string;
  readonly name: string;
  readonly file: string;
  readonly title: string;
}

/** The rows of the tables, each under the heading of its group. */
function readRows(text: string): Row[] {
  let group = '';
  return text.split('\n').flatMap((line) => {
    group = /^## (.+)$/.exec(line)?.[1] ?? group;
    const cells = /^\| (.+) \| (test\/\S+) \| (.+) \|$/.exec(line);
    return cells === null
      ? []
      : [{ group, name: cells[1] ?? '', file: cells[2] ?? '', title: cells[3] ?? '' }];
  });
}

const rows = readRows(readFileSync(join(ROOT, 'docs/fault-cases.md'), 'utf8'));

describe('docs/fault-cases.md', () => {
  test.each(Object.entries(FAULT_CASES))('has every case of %s, and no other', (group, cases) => {
    const named = rows.filter((row) => row.group === group).map(({ name }) => name);
    expect([...new Set(named)].toSorted()).toEqual(cases.toSorted());
  });

  test('has no groups but those of the list', () => {
    expect([...new Set(rows.map(({ group }) => group))]).toEqual(Object.keys(FAULT_CASES));
  });

  test.each(rows)('$name: there is the test "$title" in $file', ({ file, title }) => {
    expect(testTitles(file).some((pattern) => pattern.test(title))).toBe(true);
  });
});

describe('the titles of tests', () => {
  const matches = (source: string, title: string) => titlesIn(source).some((one) => one.test(title));

  test('are found in every form, and stand for what is filled in', () => {
    const source = `
      test('plain', () => {});
      describe('a group', () => { it("quoted", { timeout: 1 }, () => {}); });
      test.each([1, 2])('of %i bytes', () => {});
      test.each([['first', 1], ['second', 2]])('%s', () => {});
      test.each(TABLE)('$name of $size', () => {});
      for (const what of ALL) test(\`a hold on \${what} keeps\`, () => {});
    `;
    for (const title of ['plain', 'quoted', 'of 7 bytes', 'first', 'second', 'a of b', 'a hold on x keeps'])
      expect(matches(source, title), title).toBe(true);
  });

  test('are not found in what is no test, and never by a title of which nothing is known', () => {
    const source = `
      describe('a group', () => {});
      run('plain');
      // test('commented', () => {})
      test.each(TABLE)('%s', () => {});
      test(title, () => {});
      test.todo('later');
    `;
    for (const title of ['a group', 'plain', 'commented', 'anything', 'later'])
      expect(matches(source, title), title).toBe(false);
  });
});
