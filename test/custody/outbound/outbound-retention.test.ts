import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openReleased } from '../../../src/core/custody/outbound/outbound-view.ts';
import { revokeRelease } from '../../../src/core/custody/outbound/revoke.ts';
import { placeHold } from '../../../src/core/custody/retention/hold.ts';
import { runRetention } from '../../../src/core/custody/retention/run.ts';
import { warnOfExpiry } from '../../../src/core/custody/retention/warn.ts';
import { DAY } from '../../../src/core/kit/clock.ts';
import { at } from '../../ledger/fixtures.ts';
import { done, makeOutboundHaven, type OutboundHaven } from './outbound-haven.ts';

let haven: OutboundHaven;

beforeEach(async () => {
  haven = await makeOutboundHaven();
});

afterEach(() => haven.close());

const CONSOLE = { kind: 'console' } as const;

async function retain(): Promise<number> {
  const { begun } = done(await runRetention(haven.custody, CONSOLE, null));
  await haven.work();
  return begun;
}

async function collect(name: string): Promise<void> {
  const reader = done(await openReleased(haven.custody, haven.session('alice'), 'cohort', at(name)));
  await reader.read(Buffer.alloc(100), 0);
  await reader.close();
}

describe('retention of what was released', () => {
  test('destroys it after 14 days, with a certificate that cannot be taken for one of Arrivals', async () => {
    const file = await haven.release('alice', 'table.csv', 'a,b\n');
    haven.pass(14 * DAY - 60_000);
    expect(await retain()).toBe(0);
    haven.pass(120_000);
    expect(await retain()).toBe(1);
    expect(await haven.file(file.id)).toMatchObject({ state: 'destroyed', zone: 'gone' });
    expect(await haven.outbound()).toEqual([]);
    const [certificate] = await haven.ledger.certificatesOf(file.id);
    expect(certificate?.body).toMatchObject({
      file: { id: file.id, path: '/outbound/cohort/table.csv', sha256: file.sha256 },
      rule: 'outbound/v1',
      linkCount: 0,
      arrivedAt: null,
    });
    expect(haven.mails.at(-1)?.text).toContain('/outbound/cohort/table.csv');
    expect(await haven.faults()).toEqual([]);
  });

  test('warns 7 days and 1 day before, and only of what was not collected', async () => {
    await haven.release('alice', 'waits.csv', 'one');
    await haven.release('alice', 'taken.csv', 'two');
    await collect('taken.csv');
    haven.pass(7 * DAY + 60_000);
    expect(await warnOfExpiry(haven.custody)).toBe(1);
    expect(await warnOfExpiry(haven.custody)).toBe(0);
    await haven.work();
    const mail = haven.mails.at(-1);
    expect(mail?.subject).toBe('[test] 1 file not collected');
    expect(mail?.text).toMatch(/Download[^]*\/outbound\/cohort\/waits\.csv/);
    expect(mail?.text).not.toContain('taken.csv');
    expect(mail?.text).not.toContain('Move what you need');
    haven.pass(6 * DAY);
    expect(await warnOfExpiry(haven.custody)).toBe(1);
    await collect('waits.csv');
    expect(await warnOfExpiry(haven.custody)).toBe(0);
  });

  test('gives no extension to somebody who is locked out', async () => {
    const file = await haven.release('alice', 'table.csv', 'a,b\n');
    await haven.disable('alice');
    haven.pass(15 * DAY);
    expect(await retain()).toBe(1);
    expect((await haven.file(file.id)).state).toBe('destroyed');
  });

  test('destroys what was revoked by its next run', async () => {
    const file = await haven.release('alice', 'table.csv', 'a,b\n');
    const by = await haven.account('dana');
    done(await revokeRelease(haven.custody, CONSOLE, file, { by, reason: 'a mistake' }));
    expect(await retain()).toBe(1);
    expect(await haven.file(file.id)).toMatchObject({ state: 'destroyed' });
    expect((await haven.ledger.certificatesOf(file.id))[0]?.body).toMatchObject({
      rule: 'revoked/v1',
      linkCount: 0,
    });
    expect(await haven.outbound()).toEqual([]);
    expect(await readdir(haven.at('airlock/files'))).toEqual([]);
  });

  test('keeps the bytes of a hold, not the access', async () => {
    const file = await haven.release('alice', 'table.csv', 'a,b\n');
    const by = await haven.account('dana');
    const target = { kind: 'file', file: file.id } as const;
    done(await placeHold(haven.custody, CONSOLE, { target, reason: 'a court order', by: by.id }));
    done(await revokeRelease(haven.custody, CONSOLE, file, { by, reason: 'a mistake' }));
    expect(await retain()).toBe(0);
    expect(await haven.outbound()).toEqual(['cohort/alice/table.csv']);
    expect(
      await openReleased(haven.custody, haven.session('alice'), 'cohort', at('table.csv')),
    ).toMatchObject({ refusal: 'not-found' });
    expect(await haven.faults()).toEqual([]);
  });

  test('a second file of the name is released while the first is being destroyed', async () => {
    const first = await haven.release('alice', 'table.csv', 'one');
    const by = await haven.account('dana');
    done(await revokeRelease(haven.custody, CONSOLE, first, { by, reason: 'a mistake' }));
    const second = await haven.release('alice', 'table.csv', 'one');
    expect(second).toMatchObject({ state: 'released', arrival: at('table (2).csv') });
    await retain();
    expect(await haven.outbound()).toEqual(['cohort/alice/table (2).csv']);
    expect(await haven.faults()).toEqual([]);
  });
});
