/** Stores and publishes one file, for `call-order.test.ts` to watch its system calls. */
import { openZones } from '../../src/stores/zones/open-zones.ts';
import { arrivalPath, bytesOf, fileId, publicationOf, SHARES, store } from './zone-fixtures.ts';

const data = process.argv[2] ?? '';
const zones = await openZones({ data, keepFree: 0, published: { mode: 0o440, gid: null }, shares: SHARES });
const file = fileId();
const bytes = bytesOf(100_000);
await store(zones, file, bytes);
const outcome = await zones.arrivals.publish(publicationOf(file, bytes, arrivalPath('scan.csv', 'raw')));
if (outcome !== 'published') throw new Error(outcome);
await zones.airlock.unlink(file);
