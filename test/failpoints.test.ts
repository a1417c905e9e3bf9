import { expect, test } from 'vitest';
import { FAILPOINTS } from '../src/core/kit/failpoint.ts';
import { type Node, readSourceFiles, type SourceFile } from './support/source-files.ts';

const tests = readSourceFiles('test/e2e');

function calls(file: SourceFile, name: string): readonly Node[] {
  return file.nodes.filter(
    (node) => node.type === 'CallExpression' && (node['callee'] as Node)['name'] === name,
  );
}

function literalsOf(call: Node): readonly string[] {
  return (call['arguments'] as readonly Node[]).map((one) =>
    typeof one['value'] === 'string' ? one['value'] : 'computed',
  );
}

test('every failpoint is reached somewhere in the source', () => {
  const source = readSourceFiles('src').filter(({ path }) => path !== 'src/core/kit/failpoint.ts');
  const literals = new Set(
    source.flatMap(({ nodes }) => nodes.filter(({ type }) => type === 'Literal').map((one) => one['value'])),
  );
  expect(FAILPOINTS.filter((point) => !literals.has(point))).toEqual([]);
});

test('every step that has failpoints has a crash test that kills at all of them', () => {
  const killing = tests.filter((file) => calls(file, 'failpointsOf').length > 0);
  const taken = new Set(killing.flatMap((file) => calls(file, 'failpointsOf').flatMap(literalsOf)));
  const steps = new Set(FAILPOINTS.map((point) => point.replace(/\..*/, '')));
  expect([...steps].filter((step) => !taken.has(step))).toEqual([]);
});

test('a crash test gives its failpoint to the daemon, sees it killed, and asks the doctor', () => {
  const killing = tests.filter((file) => calls(file, 'failpointsOf').length > 0);
  expect(killing.length).toBeGreaterThan(2);
  const careless = killing.filter(
    ({ text }) =>
      !text.includes('HAVENGATE_TEST_FAILPOINT: point') ||
      !/SIGKILL|toBeNull\(\)/.test(text) ||
      !text.includes("havengate('doctor')"),
  );
  expect(careless.map(({ path }) => path)).toEqual([]);
});
