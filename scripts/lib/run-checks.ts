/** What scripts/check runs: the checks, and those tests that check the source rather than what it does. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKS, type Check, commandOf, ROOT, runChecks } from './checks.ts';

const SOURCE_TESTS: readonly (readonly [name: string, file: string])[] = [
  ['layers', 'test/architecture.test.ts'],
  ['diagram', 'test/state-diagram.test.ts'],
];

/** vitest is content when a named file does not exist but another does: so each is run, and looked for, alone. */
function sourceTest(name: string, file: string): Check {
  if (!existsSync(join(ROOT, file))) {
    return { name, program: 'sh', args: ['-c', `echo 'there is no ${file}'; exit 1`] };
  }
  const args = [commandOf('vitest'), 'run', '--reporter=default', file];
  return { name, program: process.execPath, args };
}

const { failed } = await runChecks([
  ...CHECKS,
  ...SOURCE_TESTS.map(([name, file]) => sourceTest(name, file)),
]);
process.exitCode = failed === 0 ? 0 : 1;
