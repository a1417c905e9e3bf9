import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { liftBan, listGrudges } from '../../src/core/accounts/guard/bans.ts';
import { DEFAULT_GUARD, type GuardPolicy } from '../../src/core/accounts/guard/guard-policy.ts';
import { SignInGuard, type Visitor } from '../../src/core/accounts/guard/sign-in-guard.ts';
import type { AuditRecord } from '../../src/core/audit/events.ts';
import { DAY, HOUR, MINUTE } from '../../src/core/kit/clock.ts';
import type { AccountId } from '../../src/core/kit/ids.ts';
import type { OpenLedger } from '../../src/stores/ledger/ledger-engine.ts';
import { openSqliteLedger } from '../../src/stores/ledger/sqlite-ledger.ts';
import { recordingLog } from '../jobs/recording-log.ts';
import { addPerson } from '../ledger/fixtures.ts';

const START = Date.UTC(2026, 10, 21, 12);
const HERE = '192.0.2.1';

let folder: string;
let ledger: OpenLedger;
let alice: AccountId;
let now: number;
/** How long answers were held up. */
let pauses: number[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'havengate-guard-'));
  ledger = await openSqliteLedger({ file: join(folder, 'ledger.sqlite3') });
  alice = await addPerson(ledger, 'alice');
  now = START;
  pauses = [];
});

afterEach(async () => {
  await ledger.close();
  rmSync(folder, { recursive: true });
});

const clock = { now: () => now, monotonic: () => now - START };

function newGuard(policy: Partial<GuardPolicy> = {}): SignInGuard {
  const pause = async (time: number): Promise<void> => void pauses.push(time);
  const parts = { ledger, clock, log: recordingLog(), pause, relay: null };
  return new SignInGuard({ ...parts, policy: { ...DEFAULT_GUARD, ...policy } });
}

function from(source: string, account: AccountId | null = alice, name = 'alice'): Visitor {
  return { source, name, account };
}

function refusal(visitor: Visitor): AuditRecord {
  const data = { door: 'sftp', reason: 'proof' };
  const subjects = visitor.account === null ? {} : { account: visitor.account };
  const personal = { source: visitor.source };
  const event = { type: 'sign-in-refused', subjects, data, personal } as const;
  return { at: now, actor: { kind: 'system', part: 'sftp-door' }, event };
}

let guesses = 0;

/** Somebody guesses, a password that nobody has tried before, as often as it is looked at. */
async function guess(guard: SignInGuard, visitor: Visitor, times = 1): Promise<number> {
  let looked = 0;
  for (let i = 0; i < times; i++) {
    if (guard.welcome(visitor.source).kind === 'banned') continue;
    const leave = guard.mayTry(visitor, 'password');
    if (leave.kind === 'held-back') continue;
    looked++;
    guard.denied(visitor, refusal(visitor), leave.kind === 'blind' ? null : 'proof', `guess ${guesses++}`);
    await guard.tried(visitor, leave, false);
  }
  return looked;
}

describe('a source', () => {
  test('that guesses is banned, for longer each time, and nobody else is', async () => {
    const guard = newGuard();
    for (let i = 0; i < 30; i++) await guess(guard, from('203.0.113.9', null, `name${i}`));
    expect(guard.welcome('203.0.113.9')).toEqual({ kind: 'banned', until: START + MINUTE });
    expect(guard.welcome('203.0.113.10')).toEqual({ kind: 'open' });
    now += MINUTE;
    expect(guard.welcome('203.0.113.9')).toEqual({ kind: 'open' });
    await guess(guard, from('203.0.113.9', null, 'another'));
    expect(guard.welcome('203.0.113.9')).toEqual({ kind: 'banned', until: now + 2 * MINUTE });
    now += 6 * HOUR;
    await guess(guard, from('203.0.113.9', null, 'another'), 3);
    expect(guard.welcome('203.0.113.9')).toEqual({ kind: 'open' });
  });

  test('of IPv6 is its /64, and IPv4 written as IPv6 is IPv4', () => {
    const guard = newGuard();
    for (let i = 0; i < 30; i++) guard.misbehaved(`2001:db8:1:2::${i}`, 'garbage');
    for (let i = 0; i < 30; i++) guard.misbehaved('::ffff:198.51.100.7', 'garbage');
    expect(guard.welcome('2001:db8:1:2:ffff::1').kind).toBe('banned');
    expect(guard.welcome('2001:db8:1:3::1').kind).toBe('open');
    expect(guard.welcome('198.51.100.7').kind).toBe('banned');
  });

  test('that only connects, or sends garbage, is banned too, but for those the site has named', () => {
    const guard = newGuard({ never: ['198.51.100.0/24', '2001:db8:7::/48'] });
    for (const source of ['203.0.113.9', '198.51.100.7', '2001:db8:7::1']) {
      for (let i = 0; i < 200; i++) guard.misbehaved(source, 'silence');
    }
    expect(guard.welcome('203.0.113.9').kind).toBe('banned');
    expect(guard.welcome('198.51.100.7').kind).toBe('open');
    expect(guard.welcome('2001:db8:7::1').kind).toBe('open');
  });

  test('of a program that repeats the same wrong password is not banned for it', async () => {
    const guard = newGuard();
    for (let i = 0; i < 1000; i++) {
      const leave = guard.mayTry(from(HERE), 'password');
      if (leave.kind === 'look') guard.denied(from(HERE), refusal(from(HERE)), 'proof', 'saved and wrong');
    }
    expect(guard.welcome(HERE).kind).toBe('open');
    expect(guard.mayTry(from(HERE), 'password').kind).toBe('held-back');
  });
});

/** What strangers can do: from other sources, or behind the same one under other names. */
const mischief = fc.array(
  fc.record({
    how: fc.constantFrom('guess', 'code', 'garbage', 'silence', 'slow'),
    source: fc.constantFrom(HERE, '203.0.113.1', '203.0.113.2', '2001:db8::1'),
    name: fc.constantFrom('alice', 'bob', 'root'),
    times: fc.integer({ min: 1, max: 60 }),
    later: fc.nat(20 * MINUTE),
  }),
  { maxLength: 15 },
);

describe('somebody', () => {
  test('cannot be locked out by strangers, where they have signed in before, whatever strangers do', async () => {
    await fc.assert(
      fc.asyncProperty(mischief, async (deeds) => {
        const guard = newGuard();
        guard.succeeded(HERE, alice);
        for (const { how, source, name, times, later } of deeds) {
          now += later;
          // Somebody behind the same address who guesses at the same person is the next test.
          const who = source === HERE && name === 'alice' ? 'bob' : name;
          const visitor = from(source, who === 'alice' ? alice : null, who);
          for (let i = 0; i < times; i++) {
            if (how === 'guess') await guess(guard, visitor);
            else if (how === 'code') guard.denied(visitor, refusal(visitor), 'code', `${i}`);
            else guard.misbehaved(source, how as 'garbage');
          }
          expect(guard.welcome(HERE).kind).not.toBe('banned');
          expect(guard.mayTry(from(HERE), 'password')).toMatchObject({
            kind: 'look',
            isKnown: true,
            slow: false,
          });
          const code = guard.mayTry(from(HERE), 'token');
          expect(code).toMatchObject({ kind: 'look', isKnown: true, slow: false });
          await guard.tried(from(HERE), code, true);
          expect(guard.mayTry(from('203.0.113.1'), 'publickey')).toMatchObject({ kind: 'look', slow: false });
        }
      }),
      { numRuns: 60 },
    );
  });

  test('who is guessed at from behind their own address is slowed, and the right password still opens', async () => {
    const guard = newGuard();
    guard.succeeded(HERE, alice);
    await guess(guard, from(HERE), 100);
    expect(new Set(pauses)).toEqual(new Set([10_000]));
    pauses = [];
    const leave = guard.mayTry(from(HERE), 'password');
    expect(leave).toMatchObject({ kind: 'look', isKnown: true, slow: true });
    await guard.tried(from(HERE), leave, true);
    expect(pauses).toEqual([]);
    const held = [1, 2, 3, 4, 5].map(() => guard.mayTry(from(HERE), 'password').kind);
    expect(held).toEqual(['look', 'look', 'look', 'look', 'held-back']);
    expect(guard.mayTry(from(HERE), 'token').kind).toBe('look');
    expect(guard.mayTry(from(HERE), 'token').kind).toBe('held-back');
    now += 30_000;
    expect(guard.mayTry(from(HERE), 'token').kind).toBe('look');
    expect(guard.mayTry(from(HERE), 'publickey')).toMatchObject({ kind: 'look', slow: false });
  });

  test('who succeeds is forgiven what they mistyped, and a source is not', async () => {
    const guard = newGuard();
    for (let i = 0; i < 9; i++) await guess(guard, from(HERE));
    guard.succeeded(HERE, alice);
    for (let i = 0; i < 9; i++) await guess(guard, from(HERE));
    expect(guard.mayTry(from(HERE), 'password')).toMatchObject({ kind: 'look', slow: false });
    for (let i = 0; i < 12; i++) await guess(guard, from(HERE, null, `name${i}`));
    expect(guard.welcome(HERE).kind).toBe('known-only');
  });

  test('who has not been somewhere for long is a stranger there again', async () => {
    const guard = newGuard();
    guard.succeeded(HERE, alice);
    now += 91 * DAY;
    for (let i = 0; i < 40; i++) await guess(guard, from(`203.0.113.${i}`));
    expect(guard.mayTry(from(HERE), 'password').kind).toBe('held-back');
  });
});

test('codes of one person are looked at two at a time, so that many at once are no way around the count', async () => {
  const guard = newGuard();
  const leaves = [1, 2, 3].map((i) => guard.mayTry(from(`203.0.113.${i}`), 'token'));
  expect(leaves.map(({ kind }) => kind)).toEqual(['look', 'look', 'held-back']);
  for (const leave of leaves) await guard.tried(from('203.0.113.1'), leave, false);
  expect(guard.mayTry(from('203.0.113.3'), 'token').kind).toBe('look');
});

describe('a stranger', () => {
  test('gets few guesses at a person, from however many addresses', async () => {
    const guard = newGuard();
    let looked = 0;
    for (let minute = 0; minute < 24 * 60; minute++) {
      now += MINUTE;
      for (let i = 0; i < 20; i++) looked += await guess(guard, from(`10.${minute % 250}.${i}.7`));
    }
    expect(looked).toBeLessThan(24 * 5 + 20);
  });

  test('is told the same of names that exist and of names that do not', async () => {
    const steps = fc.array(
      fc.record({ source: fc.nat(3), times: fc.integer({ min: 1, max: 15 }), later: fc.nat(10 * MINUTE) }),
      { maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const [guard, other] = [newGuard(), newGuard()];
        for (const { source, times, later } of all) {
          now += later;
          const address = `203.0.113.${source}`;
          const real = from(address);
          const invented = from(address, null, 'alice2');
          expect(await guess(guard, real, times)).toBe(await guess(other, invented, times));
          expect(guard.mayTry(real, 'password')).toEqual(other.mayTry(invented, 'password'));
          expect(guard.welcome(address)).toEqual(other.welcome(address));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('behind a banned address where somebody is known is looked at blindly, whoever they say they are', async () => {
    const guard = newGuard();
    guard.succeeded(HERE, alice);
    for (let i = 0; i < 40; i++) await guess(guard, from(HERE, null, `name${i}`));
    expect(guard.welcome(HERE).kind).toBe('known-only');
    expect(guard.mayTry(from(HERE, null, 'nobody'), 'password').kind).toBe('blind');
    expect(guard.mayTry(from(HERE), 'password')).toMatchObject({ kind: 'look', isKnown: true });
  });
});

describe('what is held against somebody', () => {
  test('survives a restart, and goes on decaying meanwhile', async () => {
    const before = newGuard();
    before.succeeded(HERE, alice);
    for (let i = 0; i < 30; i++) before.misbehaved('203.0.113.9', 'garbage');
    for (let i = 0; i < 29; i++) before.misbehaved('203.0.113.10', 'garbage');
    await before.beat();
    const after = newGuard();
    expect(after.welcome('203.0.113.9').kind).toBe('open');
    await after.load();
    expect(after.welcome('203.0.113.9')).toEqual({ kind: 'banned', until: START + MINUTE });
    expect([after.isKnown(HERE), after.isKnown('203.0.113.9')]).toEqual([true, false]);
    now += 30 * MINUTE;
    for (let i = 0; i < 14; i++) after.misbehaved('203.0.113.10', 'garbage');
    expect(after.welcome('203.0.113.10').kind).toBe('open');
    after.misbehaved('203.0.113.10', 'garbage');
    expect(after.welcome('203.0.113.10').kind).toBe('banned');
  });

  test('is one sum of all processes that share the ledger, and none of it is lost', async () => {
    const [one, two] = [newGuard(), newGuard()];
    for (let round = 0; round < 6; round++) {
      for (let i = 0; i < 3; i++) for (const guard of [one, two]) guard.misbehaved('203.0.113.9', 'garbage');
      await Promise.all([one.beat(), two.beat()]);
      now += 2000;
      await Promise.all([one.beat(), two.beat()]);
    }
    const third = newGuard();
    await third.load();
    for (const guard of [one, two, third]) expect(guard.welcome('203.0.113.9').kind).toBe('banned');
    const fresh = newGuard();
    fresh.succeeded('198.51.100.1', alice);
    await fresh.beat();
    now += 2000;
    await one.beat();
    expect(one.isKnown('198.51.100.1')).toBe(true);
  });

  test('is shown and lifted, and doors that run hear of it', async () => {
    const guard = newGuard();
    for (let i = 0; i < 30; i++) await guess(guard, from(`2001:db8::${i}`));
    await guard.beat();
    const desk = { ledger, clock };
    const shown = await listGrudges(desk, DEFAULT_GUARD, true);
    expect(
      shown.map(({ kind, source, account, bannedUntil }) => [kind, source, account, bannedUntil]),
    ).toEqual(
      [
        ['account', null, alice, null],
        ['pair', '2001:db8:0:0::/64', alice, START + MINUTE],
        ['source', '2001:db8:0:0::/64', null, null],
      ].sort((a, b) => Number(b[3]) - Number(a[3])),
    );
    const lift = (what: string) => liftBan(desk, { kind: 'console' }, what);
    expect(await lift('2001:db8::17')).toEqual({ ok: true, value: 2 });
    expect(await lift('2001:db8:0:0::/64')).toMatchObject({ ok: false, refusal: 'nothing-held' });
    expect(await lift('alice')).toEqual({ ok: true, value: 1 });
    expect(await lift('nobody')).toMatchObject({ ok: false, refusal: 'ban-target-unknown' });
    now += 2000;
    await guard.beat();
    expect(guard.mayTry(from('2001:db8::17'), 'password').kind).toBe('look');
    expect(await listGrudges(desk, DEFAULT_GUARD, true)).toEqual([]);
  });
});

describe('an attack', () => {
  test('takes bounded memory, and those who are known are kept', async () => {
    const guard = newGuard({ tracked: 1000 });
    guard.succeeded(HERE, alice);
    for (let i = 0; i < 50_000; i++)
      guard.misbehaved(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, 'garbage');
    const tracked = guard.limits().find(({ limit }) => limit === 'tracked');
    expect(tracked?.used).toBeLessThanOrEqual(1000);
    expect(guard.mayTry(from(HERE), 'password')).toMatchObject({ isKnown: true });
  });

  test('writes a bounded number of audit rows, which account for every refusal', async () => {
    const guard = newGuard({ source: 1_000_000, account: 1_000_000, pair: 1_000_000 });
    const count = 5000;
    for (let i = 0; i < count; i++) {
      const visitor = from(`10.0.${i % 50}.1`, null, 'root');
      guard.denied(visitor, refusal(visitor), 'proof', `${i}`);
    }
    await guard.beat(true);
    await guard.beat(true);
    const rows = await ledger.readAudit(0, 10_000);
    const entries = rows.map(({ entry }) => JSON.parse(entry) as { type: string; data?: { count?: number } });
    expect(entries.length).toBeLessThan(400);
    const told = entries.reduce((sum, { type, data }) => {
      if (type === 'sign-in-refused') return sum + 1;
      return type === 'sign-ins-refused' ? sum + (data?.count ?? 0) : sum;
    }, 0);
    expect(told).toBe(count);
  });

  test('is written down when the ledger is back', async () => {
    const guard = newGuard();
    const save = ledger.saveGuardRows.bind(ledger);
    Object.assign(ledger, { saveGuardRows: () => Promise.reject(new Error('the ledger is away')) });
    for (let i = 0; i < 30; i++) guard.misbehaved('203.0.113.9', 'garbage');
    await guess(guard, from(HERE));
    await guard.beat();
    expect(guard.welcome('203.0.113.9').kind).toBe('banned');
    Object.assign(ledger, { saveGuardRows: save });
    await guard.beat();
    const types = (await ledger.readAudit(0, 100)).map(
      ({ entry }) => (JSON.parse(entry) as { type: string }).type,
    );
    expect(types).toEqual(expect.arrayContaining(['source-banned', 'sign-in-refused']));
    const next = newGuard();
    await next.load();
    expect(next.welcome('203.0.113.9').kind).toBe('banned');
  });
});
