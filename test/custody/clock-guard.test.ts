import { describe, expect, test } from 'vitest';
import { systemActor } from '../../src/core/custody/actors.ts';
import {
  acceptClock,
  ClockWatch,
  checkClockAtStart,
  clockAgainstLedger,
  clockSuspicion,
  lastTrustedTime,
  noteTrustedTime,
} from '../../src/core/custody/retention/clock-guard.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/kit/clock.ts';
import { custodyForTest, type TestCustody } from './custody-for-tests.ts';

const CONSOLE = { kind: 'console' } as const;

/** A row of the audit log, as a verb writes it by whatever clock it has. */
async function rowAt({ ledger }: TestCustody, at: number): Promise<void> {
  const event = { type: 'signed-in', subjects: {} } as const;
  await ledger.appendAudit([{ at, actor: CONSOLE, event }]);
}

describe('a start', () => {
  test('trusts a clock that goes on where the daemon left it, whatever a verb wrote by a wrong one', async () => {
    const scene = await custodyForTest();
    const { ledger, clock } = scene;
    await noteTrustedTime(ledger, clock.now());
    await rowAt(scene, clock.now() + 3650 * DAY);
    expect(await checkClockAtStart(ledger, clock)).toBeNull();
  });

  test('finds a wrong clock out, though a verb wrote by the same', async () => {
    const scene = await custodyForTest();
    const { ledger, clock } = scene;
    await noteTrustedTime(ledger, clock.now());
    clock.ahead = 91 * DAY;
    await rowAt(scene, clock.now());
    expect(await checkClockAtStart(ledger, clock)).toContain('more than 90 days after');
    clock.ahead = -HOUR;
    await rowAt(scene, clock.now());
    expect(await clockAgainstLedger(ledger, clock)).toContain('before');
  });

  test('goes by the newest row where no daemon has run', async () => {
    const scene = await custodyForTest();
    const { ledger, clock } = scene;
    expect(await clockAgainstLedger(ledger, clock)).toBeNull();
    await rowAt(scene, clock.now());
    expect(await clockAgainstLedger(ledger, clock)).toBeNull();
    clock.ahead = 91 * DAY;
    expect(await clockAgainstLedger(ledger, clock)).toContain('90 days after');
  });
});

test('a suspect clock moves no mark until somebody accepts it', async () => {
  const { ledger, clock } = await custodyForTest();
  const start = clock.now();
  await noteTrustedTime(ledger, start);
  const watch = new ClockWatch(clock);
  clock.ahead = 31 * DAY;
  const seen = await watch.look(ledger);
  expect(seen).toBeGreaterThanOrEqual(start + 31 * DAY);
  expect(await clockSuspicion(ledger)).toContain('ahead');
  await noteTrustedTime(ledger, seen);
  expect(await lastTrustedTime(ledger)).toBe(start);
  expect(await acceptClock(ledger, clock, CONSOLE)).toBe(true);
  expect(await clockSuspicion(ledger)).toBeNull();
  expect(await lastTrustedTime(ledger)).toBeGreaterThanOrEqual(start + 31 * DAY);
});

test('what was accepted while the daemon was stopped does not make its next start suspect', async () => {
  const { ledger, clock } = await custodyForTest();
  await noteTrustedTime(ledger, clock.now());
  clock.ahead = 200 * DAY;
  expect(await acceptClock(ledger, clock, CONSOLE)).toBe(true);
  expect(await checkClockAtStart(ledger, clock)).toBeNull();
  expect(await acceptClock(ledger, clock, systemActor('test'))).toBe(false);
});

test('a clock that a time server sets back a little is trusted', async () => {
  const { ledger, clock } = await custodyForTest();
  await noteTrustedTime(ledger, clock.now());
  clock.ahead = -4 * MINUTE - 30 * SECOND;
  expect(await checkClockAtStart(ledger, clock)).toBeNull();
});
