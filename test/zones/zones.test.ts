import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openZones } from '../../src/stores/zones/open-zones.ts';
import { describeDoomed } from './doomed-conformance.ts';
import { PUBLISHED } from './zone-fixtures.ts';
import { describeZones, type Layout } from './zones-conformance.ts';

const SHARED_MEMORY = '/dev/shm';

async function layoutAt(data: string, ...others: string[]): Promise<Layout> {
  const reopen = () => openZones({ data, keepFree: 0, published: PUBLISHED });
  const remove = async (): Promise<void> => {
    for (const path of [data, ...others]) await rm(path, { recursive: true, force: true });
  };
  return { data, zones: await reopen(), reopen, remove };
}

async function zoneElsewhere(zone: string): Promise<Layout> {
  const data = await mkdtemp(join(tmpdir(), 'havengate-zones-'));
  const other = await mkdtemp(join(SHARED_MEMORY, 'havengate-zones-'));
  await mkdir(join(other, zone));
  await symlink(join(other, zone), join(data, zone));
  return layoutAt(data, other);
}

const together = async (): Promise<Layout> => layoutAt(await mkdtemp(join(tmpdir(), 'havengate-zones-')));

describeZones('one file system', false, together);
describeZones('two file systems, Arrivals apart', true, () => zoneElsewhere('arrivals'));
describeZones('two file systems, quarantine apart', false, () => zoneElsewhere('quarantine'));

describeDoomed('one file system', null, together);
describeDoomed('two file systems, Arrivals apart', 'arrivals', () => zoneElsewhere('arrivals'));
describeDoomed('two file systems, quarantine apart', 'quarantine', () => zoneElsewhere('quarantine'));

test('the two file systems of these tests are two', async () => {
  const { statSync } = await import('node:fs');
  expect(statSync(SHARED_MEMORY).dev).not.toBe(statSync(tmpdir()).dev);
});
