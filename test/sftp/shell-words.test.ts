import { expect, test } from 'vitest';
import { parseCommand } from '../../src/doors/sftp/commands/parse-command.ts';
import { splitWords } from '../../src/doors/sftp/commands/shell-words.ts';
import { run } from './openssh.ts';

const PLAIN = [
  'md5sum /arrivals/scan.csv',
  '  md5sum\t a   b ',
  'md5sum \'a b\' "c d" e\\ f',
  `md5sum 'it'"'"'s' "say \\"no\\"" back\\\\slash`,
  `md5sum "a\\b \\$HOME \\\`x\\\` !" 'a\\b $HOME'`,
  'md5sum a\\;b\\&c\\|d\\*\\?\\[e\\]\\{f\\}\\~\\#\\!\\(\\)\\<\\>',
  "md5sum '' \"\" x''y",
  'md5sum -- -dash',
  'md5sum a=b c%d e^f g]h i!j k,l m:n o@p +q',
  'sha256sum ünï/日本語',
];

test('splits plain and quoted words exactly as sh does', async () => {
  for (const line of PLAIN) {
    const { out } = await run('sh', ['-c', `show() { printf '%s\\n' "$@"; }; show ${line}`]);
    expect(splitWords(line), line).toEqual(out.split('\n').slice(0, -1));
  }
});

test.each([
  'md5sum $HOME',
  'md5sum "$HOME"',
  'md5sum `id`',
  'md5sum "`id`"',
  'md5sum $(id)',
  'md5sum *',
  'md5sum a?',
  'md5sum [ab]',
  'md5sum {a,b}',
  'md5sum ~/a',
  'md5sum a; id',
  'md5sum a && id',
  'md5sum a | cat',
  'md5sum a > b',
  'md5sum < a',
  'md5sum a # b',
  'md5sum (a)',
  'md5sum a\nid',
  'md5sum a\\\nb',
  'md5sum "a\\\nb"',
  "md5sum 'a",
  'md5sum "a',
  'md5sum a\\',
])('takes %j for more than words, and does not split it', (line) => {
  expect(splitWords(line)).toBeNull();
  expect(parseCommand(line)).toBe('not-plain');
});

test.each([
  ['id', 'no-commands'],
  ['', 'no-commands'],
  ['md5sum;id', 'no-commands'],
  ['/usr/bin/md5sum a', 'no-commands'],
  ['md5sumx a', 'no-commands'],
  ["echo 'abc' | md5sum; id", 'no-commands'],
  ["echo 'abcd' | md5sum", 'no-commands'],
  ['scp -t /arrivals', 'old-scp'],
  ['md5sum -c list', 'options'],
  ['md5sum a --check', 'options'],
  ['md5sum -', 'options'],
  ['md5sum -- -', 'options'],
  [`md5sum${' a'.repeat(101)}`, 'too-many'],
])('refuses %j', (line, refusal) => {
  expect(parseCommand(line)).toBe(refusal);
});
