import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArrivalPath } from '../../src/core/custody/file.ts';
import type { Carriage } from '../../src/core/custody/shares/ports.ts';
import type { Zones } from '../../src/core/custody/zone-ports.ts';
import { arrivalPath, digest, fileId, publicationOf, store } from './zone-fixtures.ts';

/** Publishes bytes in alice's Arrivals, as `raw/scan.csv`, and says how they go to the share `cohort`. */
export async function arrived(
  zones: Zones,
  bytes: Uint8Array,
  to: ArrivalPath = arrivalPath('scan.csv', 'wave 1'),
): Promise<Carriage> {
  const file = fileId();
  const path = arrivalPath('scan.csv', 'raw');
  await store(zones, file, bytes);
  const outcome = await zones.arrivals.publish(publicationOf(file, bytes, path));
  if (outcome !== 'published') throw new Error(outcome);
  await zones.airlock.unlink(file);
  const from = { home: ['alice'] as const, path };
  return { file, from, share: 'cohort', to, size: bytes.byteLength, sha256: digest(bytes) };
}

export async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}

/** Every name below a folder but for those of the daemon, with what is under it: `folder/`, or the size of a file. */
export async function everything(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => !name.startsWith('.havengate-'))
    .map((name) => join(name))
    .toSorted();
}
