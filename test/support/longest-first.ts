import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes a minute or more, the longest first. */
const LONG: readonly string[] = [
  'test/faults/fault-loops.test.ts',
  'test/e2e/crash-at-failpoints.test.ts',
  'test/e2e/crash-while-sharing.test.ts',
  'test/jobs/queue-faults.test.ts',
  'test/e2e/crash-while-destroying.test.ts',
  'test/e2e/random-kills.test.ts',
  'test/portal/upload.test.ts',
  'test/e2e/retention.test.ts',
  'test/e2e/crash-while-continuing.test.ts',
  'test/e2e/random-kills-inside.test.ts',
  'test/app/mail-daemon.test.ts',
];

function rank({ moduleId }: TestSpecification): number {
  const place = LONG.findIndex((file) => moduleId.endsWith(file));
  return place === -1 ? LONG.length : place;
}

/** Begins with the files that take longest, so that none of them is left to run alone at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
