import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openZones } from '../../src/stores/zones/open-zones.ts';
import { PUBLISHED, SHARES } from './zone-fixtures.ts';
import type { Layout } from './zones-conformance.ts';

/** Another file system than the one of temporary files. */
export const SHARED_MEMORY = '/dev/shm';

async function layoutAt(data: string, ...others: string[]): Promise<Layout> {
  const reopen = () => openZones({ data, keepFree: 0, published: PUBLISHED, shares: SHARES });
  const remove = async (): Promise<void> => {
    for (const path of [data, ...others]) await rm(path, { recursive: true, force: true });
  };
  return { data, zones: await reopen(), reopen, remove };
}

/** All zones but one are on one file system. */
export async function zoneElsewhere(zone: string): Promise<Layout> {
  const data = await mkdtemp(join(tmpdir(), 'havengate-zones-'));
  const other = await mkdtemp(join(SHARED_MEMORY, 'havengate-zones-'));
  await mkdir(join(other, zone));
  await symlink(join(other, zone), join(data, zone));
  return layoutAt(data, other);
}

/** All zones are on one file system. */
export const together = async (): Promise<Layout> =>
  layoutAt(await mkdtemp(join(tmpdir(), 'havengate-zones-')));
