/** Publishes a file and moves it to a share, for `call-order.test.ts` to watch its system calls. */
import { openZones } from '../../src/stores/zones/open-zones.ts';
import { arrived } from './share-fixtures.ts';
import { bytesOf, SHARES } from './zone-fixtures.ts';

const data = process.argv[2] ?? '';
const zones = await openZones({
  data,
  keepFree: 0,
  published: { mode: 0o440, gid: null },
  shares: SHARES,
});
await zones.shares.make('cohort');
const carriage = await arrived(zones, bytesOf(100_000));
const outcome = await zones.shares.carry(carriage, () => undefined);
if (outcome !== 'carried') throw new Error(outcome);
await zones.shares.finishCarrying(carriage);
