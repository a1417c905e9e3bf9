import type { CustodyPolicy } from '../../src/core/custody/custody.ts';
import { DAY, SECOND } from '../../src/core/kit/clock.ts';

/** The rules of a test's site: those of a real one, without a scanner, except for what the test says. */
export function testPolicy(differing: Partial<CustodyPolicy> = {}): CustodyPolicy {
  return {
    site: 'test',
    portals: { outside: 'https://transfer.example.org', inside: null },
    settle: 5 * SECOND,
    abandon: 14 * DAY,
    retention: {
      arrivals: 30 * DAY,
      outbound: 14 * DAY,
      aside: 90 * DAY,
      warn: [7 * DAY, DAY],
      extension: 30 * DAY,
      medium: { encryption: 'none', snapshots: 'none', backups: 'none' },
    },
    listed: 90 * DAY,
    gather: SECOND,
    largest: 2 ** 42,
    scan: { on: false, tooLarge: 'hold', encrypted: 'hold' },
    ...differing,
  };
}

/** The scan policy of a site with a scanner that is as strict as can be. */
export const STRICT_SCAN: CustodyPolicy['scan'] = { on: true, tooLarge: 'hold', encrypted: 'hold' };
