import { expect, test } from 'vitest';
import { facts, table } from '../../src/app/cli/table.ts';

test('columns are as wide as their widest cell, and numbers stand to the right', () => {
  expect(
    table(
      ['NAME', 'SIZE', 'X'],
      [
        ['a', 5, null],
        ['längeres', 12_345, 'y'],
      ],
    ),
  ).toBe('NAME       SIZE  X\na             5  -\nlängeres  12345  y');
});

test('a table without rows has its headings', () => {
  expect(table(['A', 'B'], [])).toBe('A  B');
});

test.each(['\u001b[31m', '\n', '\u202e', '\u0000'])(
  'nothing that a terminal obeys gets through: %j',
  (character) => {
    expect(table(['A'], [[`x${character}y`]])).not.toContain(character === '\n' ? 'x\n' : character);
    expect(facts([['a', `x${character}y`]])).not.toContain(character);
  },
);
