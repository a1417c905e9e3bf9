/** What a run of the tests came to. `troubles` are failures that belong to no single test; `failed` has them. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly troubles: readonly string[];
}

/** Stands for the report of a runner that left none. */
export const NOTHING_RAN: unknown = {};

interface Report {
  readonly numPassedTests?: number;
  readonly numFailedTests?: number;
  readonly numPendingTests?: number;
  readonly numTodoTests?: number;
  readonly testResults?: readonly FileResult[];
}

interface FileResult {
  readonly name: string;
  readonly status: string;
  readonly message?: string;
  readonly assertionResults: readonly { readonly status: string }[];
}

/** Counts vitest's JSON report; `exitedWell` is whether vitest ended with 0. Never counts a silent run as passed. */
export function countReport(json: unknown, exitedWell: boolean): Count {
  const report = json as Report;
  const passed = report.numPassedTests ?? 0;
  const failedTests = report.numFailedTests ?? 0;
  const troubles = (report.testResults ?? [])
    .filter((file) => file.status === 'failed' && !file.assertionResults.some((a) => a.status === 'failed'))
    .map((file) => `${file.name} could not be run: ${file.message || 'it ended without a word'}`);
  if (passed + failedTests + troubles.length === 0) troubles.push('the test runner ran no test');
  else if (!exitedWell && failedTests + troubles.length === 0)
    troubles.push('the test runner failed, though no test did');
  const skipped = (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0);
  return { passed, failed: failedTests + troubles.length, skipped, troubles };
}
