import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { portalTypes } from '../../scripts/lib/portal-types.ts';
import { ROOT } from '../support/source-files.ts';

test('the types of the pages are those of the API (otherwise run scripts/portal-types)', async () => {
  const words = (text: string): string => text.replaceAll(/[\s;]+/g, ' ').trim();
  const kept = await readFile(join(ROOT, 'src/portal/api/types.ts'), 'utf8');
  expect(words(kept)).toBe(words(await portalTypes()));
});
