/** Seals a working file, for `call-order.test.ts` to watch its system calls. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FolderPath } from '../../src/core/custody/names.ts';
import { openZones } from '../../src/stores/zones/open-zones.ts';
import { bytesOf, fileId, SHARES } from './zone-fixtures.ts';

const data = process.argv[2] ?? '';
const zones = await openZones({
  data,
  keepFree: 0,
  published: { mode: 0o440, gid: null },
  shares: SHARES,
});
await zones.shares.make('cohort');
await writeFile(join(data, 'shares', 'cohort', 'scan.csv'), bytesOf(100_000));
const from = { share: 'cohort', path: 'scan.csv' as FolderPath };
const { outcome } = await zones.shares.seal({ file: fileId(), from });
if (outcome !== 'sealed') throw new Error(outcome);
