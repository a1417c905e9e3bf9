import { describe, expect, test } from 'vitest';
import { planRetention } from '../../src/core/custody/retention/plan.ts';
import { runRetention } from '../../src/core/custody/retention/run.ts';
import { DAY, HOUR } from '../../src/core/kit/clock.ts';
import { custodyForTest } from './custody-for-tests.ts';

const CONSOLE = { kind: 'console' } as const;

/** So many files of a person, all arrived and due. */
async function dueFiles(count: number) {
  const scene = await custodyForTest();
  const owner = await scene.person('alice');
  for (let n = 0; n < count; n++) await scene.admit(owner, `${n}.csv`);
  scene.clock.ahead += 31 * DAY;
  const stopped = async () => {
    const rows = await scene.ledger.readAudit(0, 10_000);
    return rows.filter(({ entry }) => entry.includes('"type":"retention-stopped"')).length;
  };
  return { ...scene, stopped };
}

describe('a plan of many files', () => {
  test('is confirmed by a person when they are to be destroyed, and not when they only get more time', async () => {
    const { ledger, clock, custody, setStatus } = await dueFiles(21);
    const at = clock.now();
    const before = await planRetention(ledger, at);
    expect(before).toMatchObject({ files: 21, extended: 0, needsConfirmation: true });
    await setStatus('alice', 'disabled');
    const locked = await planRetention(ledger, at);
    expect(locked).toMatchObject({ files: 21, extended: 21, needsConfirmation: false });
    expect(await runRetention(custody, CONSOLE, null)).toMatchObject({
      value: { begun: 0, extended: 21 },
    });
  }, 60_000);

  test('is another plan when a file would be destroyed that would have got more time', async () => {
    const { ledger, clock, custody, setStatus } = await dueFiles(1);
    await setStatus('alice', 'disabled');
    const at = clock.now();
    const locked = await planRetention(ledger, at);
    await setStatus('alice', 'active');
    expect((await planRetention(ledger, at)).id).not.toBe(locked.id);
    clock.ahead += 1;
    expect(await runRetention(custody, CONSOLE, locked.id)).toMatchObject({ refusal: 'plan-changed' });
  });

  test('that stops hour after hour is one row of the audit log for each set of files', async () => {
    const { clock, custody, logged, stopped, admit, person } = await dueFiles(22);
    const look = async () => {
      clock.ahead += HOUR;
      expect(await runRetention(custody, CONSOLE, null)).toMatchObject({ refusal: 'needs-confirmation' });
    };
    for (let hour = 0; hour < 3; hour++) await look();
    expect(await stopped()).toBe(1);
    // The operators' log goes on saying it.
    expect(logged.filter(({ event }) => event === 'retention-stopped')).toHaveLength(3);
    await admit(await person('bob'), 'one-more.csv');
    await look();
    expect(await stopped()).toBe(1);
    clock.ahead += 31 * DAY;
    for (let hour = 0; hour < 3; hour++) await look();
    expect(await stopped()).toBe(2);
  }, 60_000);
});
