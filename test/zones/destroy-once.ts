/** Publishes and destroys one file, for `call-order.test.ts` to watch its system calls. */
import { openZones } from '../../src/stores/zones/open-zones.ts';
import { arrivalPath, bytesOf, fileId, publicationOf, SHARES, store } from './zone-fixtures.ts';

const data = process.argv[2] ?? '';
const zones = await openZones({ data, keepFree: 0, published: { mode: 0o440, gid: null }, shares: SHARES });
const file = fileId();
const bytes = bytesOf(100_000);
const publication = publicationOf(file, bytes, arrivalPath('scan.csv', 'raw'));
await store(zones, file, bytes);
await zones.arrivals.publish(publication);
await zones.airlock.unlink(file);
const { home, path, size, sha256 } = publication;
const ref = { id: file, generation: 3 };
const outcome = await zones.doomed.take({ ref, from: 'arrivals', published: { home, path }, size, sha256 });
if (outcome !== 'doomed') throw new Error(outcome);
const left = await zones.doomed.unlink(ref);
if (left !== 0) throw new Error(`${left} names are left`);
