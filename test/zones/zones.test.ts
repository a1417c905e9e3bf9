import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { describeDoomed } from './doomed-conformance.ts';
import { SHARED_MEMORY, together, zoneElsewhere } from './layouts.ts';
import { describeZones } from './zones-conformance.ts';

describeZones('one file system', false, together);
describeZones('two file systems, Arrivals apart', true, () => zoneElsewhere('arrivals'));
describeZones('two file systems, quarantine apart', false, () => zoneElsewhere('quarantine'));

describeDoomed('one file system', null, together);
describeDoomed('two file systems, Arrivals apart', 'arrivals', () => zoneElsewhere('arrivals'));
describeDoomed('two file systems, outbound apart', 'outbound', () => zoneElsewhere('outbound'));
describeDoomed('two file systems, quarantine apart', 'quarantine', () => zoneElsewhere('quarantine'));

test('the two file systems of these tests are two', async () => {
  const { statSync } = await import('node:fs');
  expect(statSync(SHARED_MEMORY).dev).not.toBe(statSync(tmpdir()).dev);
});
