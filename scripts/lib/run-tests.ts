/**
 * What scripts/test runs: the checks (unless arguments name test files), then vitest. The last line counts both.
 * A runner that crashes, or that ran no test, counts as a failure: nothing may pass by not having run.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKS, commandOf, run, runChecks } from './checks.ts';
import { countReport, NOTHING_RAN } from './count-report.ts';

const patterns = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'havengate-tests-'));
const reportFile = join(folder, 'report.json');

const checks = patterns.length > 0 ? { passed: 0, failed: 0 } : await runChecks(CHECKS);
const vitest = await run(
  process.execPath,
  [
    commandOf('vitest'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
    ...patterns,
  ],
  true,
);
const tests = countReport(readReport(), vitest.ok);
rmSync(folder, { recursive: true, force: true });

const failed = checks.failed + tests.failed;
console.log('');
for (const trouble of tests.troubles) console.log(`FAILED ${trouble}`);
if (tests.skipped > 0) console.log(`${tests.skipped} tests were skipped`);
console.log(`${checks.passed + tests.passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function readReport(): unknown {
  try {
    return JSON.parse(readFileSync(reportFile, 'utf8'));
  } catch {
    return NOTHING_RAN;
  }
}
