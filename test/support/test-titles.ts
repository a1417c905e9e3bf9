import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Node, parseSource, ROOT } from './source-files.ts';

/** What stands for a value in the title of a table of tests: `%s`, `%i`, `$name`; NUL: a `${…}` of the source. */
// oxlint-disable-next-line no-control-regex
const PLACEHOLDER = /%[sdifjo#]|\$[A-Za-z_][\w.]*|\u0000/g;

/** The titles of the tests in a file of the project, as patterns. Throws where there is no such file. */
export function testTitles(path: string): RegExp[] {
  return titlesIn(readFileSync(join(ROOT, path), 'utf8'), path);
}

/**
 * The titles of the tests in a source, as patterns: what a table of tests or a loop fills in stands for any text. A
 * title of placeholders alone stands only for the first values of the rows that are written with it.
 */
export function titlesIn(source: string, path = 'a.ts'): RegExp[] {
  const { nodes } = parseSource(path, source);
  return nodes.flatMap((node) => {
    const title = node.type === 'CallExpression' && isTest(node['callee']) ? titleOf(node) : null;
    if (title === null) return [];
    if (/\p{L}/u.test(title.replaceAll(PLACEHOLDER, ''))) return [patternOf(title)];
    return firstValues(node['callee'] as Node).map(patternOf);
  });
}

/** `test`, `it`, `test.each(…)`, `test.skipIf(…)`; not what is left out, such as `test.todo`. */
function isTest(callee: unknown): boolean {
  if (!isNode(callee)) return false;
  if (callee.type === 'Identifier') return callee['name'] === 'test' || callee['name'] === 'it';
  if (callee.type !== 'CallExpression') return false;
  const made = callee['callee'];
  return isNode(made) && made.type === 'MemberExpression' && isTest(made['object']);
}

/** The text of the first argument, a NUL for each value in it; null when it is computed. */
function titleOf(call: Node): string | null {
  const first = listOf(call['arguments'])[0];
  if (!isNode(first)) return null;
  if (typeof first['value'] === 'string') return first['value'];
  if (first.type !== 'TemplateLiteral') return null;
  const pieces = first['quasis'] as readonly { readonly value: { readonly cooked: string } }[];
  return pieces.map(({ value }) => value.cooked).join('\0');
}

/** The first texts of the rows of `test.each([['text', …], …])`. */
function firstValues(callee: Node): string[] {
  const table = listOf(callee['arguments'])[0];
  if (!isNode(table) || table.type !== 'ArrayExpression') return [];
  return listOf(table['elements']).flatMap((row) => {
    const first = isNode(row) && row.type === 'ArrayExpression' ? listOf(row['elements'])[0] : row;
    return isNode(first) && typeof first['value'] === 'string' ? [first['value']] : [];
  });
}

function patternOf(title: string): RegExp {
  const words = title.split(PLACEHOLDER).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${words.join('.+')}$`, 'su');
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}
