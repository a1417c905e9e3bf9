import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names the folder of the demo installation that the tests of one run copy: see `makeDemo`. */
export const SHARED_DEMO = 'TESTS_SHARED_DEMO';

/** For vitest, before all tests: gives the folder. What it returns removes it after them. */
export default function giveFolder(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'havengate-demo-'));
  process.env[SHARED_DEMO] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
