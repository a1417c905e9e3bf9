import { expect, test } from 'vitest';
import type { AccountName } from '../../../src/core/accounts/account.ts';
import type { CredentialChange } from '../../../src/core/accounts/ports.ts';
import type { Reconnection } from '../../../src/core/accounts/reconnection.ts';
import { DAY } from '../../../src/core/kit/clock.ts';
import { type AccountId, newId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import { NOW, nextInstant, record, unwritable } from '../fixtures.ts';

const UNTIL = NOW + 1000;

/** Who may come back without a new code. */
export function describeReconnections(scene: Scene): void {
  test('a visit is found again by everything that it is, until its time is over', async () => {
    const kept = reconnection(await person('rita'));
    expect(await keep(kept)).toBe(true);
    expect(await scene.other.reconnectionFor(kept, UNTIL - 1)).toEqual(kept);
    expect(await scene.ledger.reconnectionFor(kept, UNTIL)).toBeNull();
    for (const other of [
      { account: scene.bob },
      { side: 'inside' },
      { proofs: 'SHA256:other' },
      { source: '192.0.2.2' },
    ] as const) {
      expect(await scene.ledger.reconnectionFor({ ...kept, ...other }, NOW)).toBeNull();
    }
  });

  test('the same visit once more is prolonged, and keeps its id', async () => {
    const first = reconnection(await person('rosa'));
    await keep(first);
    await keep({ ...first, id: newId('reco', nextInstant()), at: NOW + 500, until: UNTIL + 500 });
    const live = await scene.ledger.listReconnections(first.account, NOW);
    expect(live).toEqual([{ ...first, at: NOW + 500, until: UNTIL + 500 }]);
  });

  test('nothing is kept for an account that is disabled, but the audit says who came', async () => {
    const id = await person('rolf');
    await scene.ledger.changeCredentials(id, { status: 'disabled' }, [record('account-disabled')]);
    const before = await scene.ledger.auditHead();
    expect(await keep(reconnection(id))).toBe(false);
    expect(await scene.ledger.listReconnections(id, NOW)).toEqual([]);
    expect((await scene.ledger.auditHead()).size).toBe(before.size + 1);
  });

  test('one is used while it is live, with its audit or not at all', async () => {
    const kept = reconnection(await person('rudi'));
    await keep(kept);
    const use = (at: number) => scene.ledger.useReconnection(kept.id, at, [record('signed-in')]);
    expect(await use(NOW + 5)).toBe(true);
    expect((await scene.ledger.reconnectionById(kept.id))?.usedAt).toBe(NOW + 5);
    expect(await use(UNTIL)).toBe(false);
    await expect(scene.ledger.useReconnection(kept.id, NOW + 6, [unwritable('signed-in')])).rejects.toThrow(
      /surrogate/,
    );
    expect((await scene.ledger.reconnectionById(kept.id))?.usedAt).toBe(NOW + 5);
  });

  test('one or all of an account are ended, once, and nobody else’s', async () => {
    const id = await person('ruth');
    const [one, two] = [reconnection(id), reconnection(id, { source: '192.0.2.2' })];
    const foreign = reconnection(await person('ralf'));
    for (const kept of [one, two, foreign]) await keep(kept);
    const end = (only: Reconnection['id'] | null) =>
      scene.ledger.endReconnections(id, only, NOW + 1, record('reconnections-ended'));
    expect(await end(foreign.id)).toBe(0);
    expect(await end(one.id)).toBe(1);
    const before = await scene.ledger.auditHead();
    expect(await end(one.id)).toBe(0);
    expect(await scene.ledger.auditHead()).toEqual(before);
    expect(await end(null)).toBe(1);
    expect(await scene.ledger.listReconnections(id, NOW)).toEqual([]);
    expect(await scene.ledger.reconnectionFor(one, NOW)).toBeNull();
    expect((await scene.ledger.reconnectionById(one.id))?.endedAt).toBe(NOW + 1);
    expect(await scene.ledger.reconnectionFor(foreign, NOW)).toEqual(foreign);
  });

  test.each<[string, CredentialChange]>([
    ['disabling', { status: 'disabled' }],
    ['a new password', { passwordHash: 'new' }],
    ['a new soft token', { totpSealed: Uint8Array.of(1) }],
  ])('%s ends all of an account, and none of another', async (what, change) => {
    const id = await person(`end.${what.replaceAll(' ', '.').slice(-12)}`);
    const [mine, foreign] = [reconnection(id), reconnection(scene.bob, { source: what })];
    await keep(mine);
    await keep(foreign);
    await scene.ledger.changeCredentials(id, change, [record('account-reset')]);
    expect(await scene.ledger.listReconnections(id, NOW)).toEqual([]);
    expect(await scene.ledger.reconnectionFor(foreign, NOW)).toEqual(foreign);
  });

  test('removing a key ends what it has a part in, and leaves the rest', async () => {
    const key = { id: newId('skey', NOW), fingerprint: 'SHA256:a+b/c', blob: 'AAAA', comment: '' };
    const id = await person('roza');
    const addSshKey = { ...key, algorithm: 'ssh-ed25519', addedAt: NOW };
    await scene.ledger.changeCredentials(id, { addSshKey }, []);
    const byKey = reconnection(id, { proofs: 'SHA256:a+b/c password' });
    const byPassword = reconnection(id, { proofs: 'password' });
    await keep(byKey);
    await keep(byPassword);
    await scene.ledger.changeCredentials(id, { removeSshKey: key.id }, [record('ssh-key-removed')]);
    expect(await scene.ledger.listReconnections(id, NOW)).toEqual([byPassword]);
  });

  test('rows are forgotten long after their end', async () => {
    const id = await person('rene');
    const old = reconnection(id);
    await keep(old);
    await keep(reconnection(id, { source: '192.0.2.2', at: UNTIL + 29 * DAY, until: UNTIL + 30 * DAY }));
    expect(await scene.ledger.reconnectionById(old.id)).toEqual(old);
    await keep(reconnection(id, { source: '192.0.2.3', at: UNTIL + 31 * DAY, until: UNTIL + 32 * DAY }));
    expect(await scene.ledger.reconnectionById(old.id)).toBeNull();
  });

  const keep = (kept: Reconnection) => scene.ledger.keepReconnection(kept, [record('signed-in')]);

  async function person(name: string): Promise<AccountId> {
    const id = newId('acct', nextInstant());
    const who = {
      fullName: name,
      email: `${name}@example.org`,
      role: 'researcher',
      status: 'active',
    } as const;
    const account = { id, name: name as AccountName, ...who, createdAt: NOW };
    const added = await scene.ledger.addAccount(
      { account, passwordHash: null, totpSealed: null, sshKeys: [] },
      [],
    );
    expect(added).toBe('added');
    return id;
  }
}

function reconnection(account: AccountId, more: Partial<Reconnection> = {}): Reconnection {
  const id = newId('reco', nextInstant());
  const visit = { account, side: 'outside', proofs: 'password', source: '192.0.2.1' } as const;
  return { id, ...visit, at: NOW, until: UNTIL, usedAt: null, endedAt: null, ...more };
}
