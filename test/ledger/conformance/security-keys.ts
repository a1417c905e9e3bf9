import { expect, test } from 'vitest';
import type { KeyChallenge } from '../../../src/core/accounts/security-keys/security-key.ts';
import { sha256 } from '../../../src/core/kit/digest.ts';
import { type AccountId, newId, type SessionId } from '../../../src/core/kit/ids.ts';
import { softwareKey } from '../../support/software-key.ts';
import type { Scene } from '../conformance.ts';
import { addPerson, NOW, nextInstant, record, unwritable } from '../fixtures.ts';

const RP = 'transfer.example.org';

/** Security keys, and the challenges that were sent to browsers. */
export function describeSecurityKeys(scene: Scene): void {
  test('a key comes back as it was added, by its owner and by its credential', async () => {
    const { row } = softwareKey(scene.alice, RP);
    expect(await scene.ledger.addSecurityKey(row, [record('security-key-added')])).toBe('added');
    expect(await scene.other.securityKeysOf(scene.alice)).toEqual([row]);
    expect(await scene.other.securityKeyByCredential('outside', RP, row.credentialId)).toEqual(row);
    expect(await scene.other.securityKeyByCredential('inside', RP, row.credentialId)).toBeNull();
    expect(await scene.other.securityKeyByCredential('outside', 'example.org', row.credentialId)).toBeNull();
  });

  test('a credential belongs to one person at a side, and the second leaves nothing behind', async () => {
    const { row } = softwareKey(scene.alice, RP);
    await scene.ledger.addSecurityKey(row, []);
    const before = await scene.ledger.auditHead();
    const again = { ...row, id: newId('wkey', NOW), account: scene.bob };
    expect(await scene.ledger.addSecurityKey(again, [record('security-key-added')])).toBe('taken');
    expect(await scene.ledger.auditHead()).toEqual(before);
    expect(await scene.ledger.addSecurityKey({ ...again, side: 'inside' }, [])).toBe('added');
  });

  test('a use is noted once for each count, of two at once by one', async () => {
    const { row } = softwareKey(scene.alice, RP);
    await scene.ledger.addSecurityKey(row, []);
    const use = (from: number, to: number) => scene.ledger.useSecurityKey(row.id, { from, to }, NOW + to);
    expect((await Promise.all([use(0, 5), use(0, 5)])).filter(Boolean)).toHaveLength(1);
    expect(await use(0, 6)).toBe(false);
    expect(await use(5, 6)).toBe(true);
    expect(await scene.other.securityKeyByCredential('outside', RP, row.credentialId)).toMatchObject({
      counter: 6,
      lastUsedAt: NOW + 6,
    });
  });

  test('a key is removed by its owner only, with its audit or not at all, and ends their browsers but one', async () => {
    const { row } = softwareKey(scene.bob, RP);
    await scene.ledger.addSecurityKey(row, []);
    const sessions = [await openSession(scene, scene.bob), await openSession(scene, scene.bob)] as const;
    const remove = (account = scene.bob, audit = record('security-key-removed')) =>
      scene.ledger.removeSecurityKey(account, row.id, sessions[0], null, audit);
    expect(await remove(scene.alice)).toBe('absent');
    await expect(remove(scene.bob, unwritable('security-key-removed'))).rejects.toThrow(/surrogate/);
    expect(await remove()).toBe('removed');
    expect(await remove()).toBe('absent');
    expect(await scene.other.useSecurityKey(row.id, { from: 0, to: 1 }, NOW)).toBe(false);
    expect(await scene.other.listWebSessions(scene.bob, NOW)).toMatchObject([{ id: sessions[0] }]);
  });

  test('nothing is added or changed in a browser that was signed out meanwhile', async () => {
    const bob = await addPerson(scene.ledger, `key${nextInstant()}`);
    const { row } = softwareKey(bob, RP);
    const session = await openSession(scene, bob);
    const change = { totpSealed: Uint8Array.of(1), keepSession: session };
    const account = { account: bob };
    await scene.other.changeCredentials(bob, { passwordHash: 'new' }, [record('account-reset', account)]);
    const before = await scene.ledger.auditHead();
    const madeIn = { session, isEnough: true };
    expect(await scene.ledger.addSecurityKey(row, [record('security-key-added')], madeIn)).toBe(
      'session-over',
    );
    expect(await scene.ledger.changeCredentials(bob, change, [record('totp-enrolled', account)])).toBe(
      'session-over',
    );
    expect(await scene.other.securityKeysOf(bob)).toEqual([]);
    expect((await scene.other.credentialsOf(bob))?.totpSealed).not.toEqual(change.totpSealed);
    expect(await scene.ledger.auditHead()).toEqual(before);
  });

  test('all keys of a person are removed with a change, if they are those that it names', async () => {
    const bob = await addPerson(scene.ledger, `key${nextInstant()}`);
    const [one, two] = [softwareKey(bob, RP).row, softwareKey(bob, RP).row];
    await scene.ledger.addSecurityKey(one, []);
    await scene.ledger.addSecurityKey(two, []);
    const reset = (keys: readonly { readonly id: typeof one.id }[]) =>
      scene.ledger.changeCredentials(
        bob,
        { passwordHash: 'anew', removeSecurityKeys: keys.map(({ id }) => id) },
        [record('account-reset', { account: bob })],
      );
    for (const wrong of [[one], [], [one, { id: newId('wkey', NOW) }]])
      expect(await reset(wrong)).toBe('security-keys-changed');
    expect((await scene.other.credentialsOf(bob))?.passwordHash).not.toBe('anew');
    expect(await reset([two, one])).toBe('changed');
    expect(await scene.other.securityKeysOf(bob)).toEqual([]);
  });

  test('a challenge is taken once, of two processes by one, and not when its time is over', async () => {
    const [one, two] = [challenge('one'), challenge('two')];
    await scene.ledger.keepChallenge(one, NOW, 9);
    await scene.ledger.keepChallenge(two, NOW, 9);
    expect(await scene.other.findChallenge(one.digest, NOW)).toEqual(one);
    const taken = await Promise.all([
      scene.ledger.takeChallenge(one.digest, NOW),
      scene.other.takeChallenge(one.digest, NOW),
    ]);
    expect(taken.filter((each) => each !== null)).toEqual([one]);
    expect(await scene.ledger.findChallenge(two.digest, two.until)).toBeNull();
    expect(await scene.ledger.takeChallenge(two.digest, two.until)).toBeNull();
  });

  test('challenges of one source fill nothing: the oldest go, and what is over', async () => {
    const kept = ['a', 'b', 'c', 'd'].map((text, i) => ({ ...challenge(text), until: NOW + 100 + i }));
    const foreign = { ...challenge('e'), source: '203.0.113.9', until: NOW + 50 };
    await scene.ledger.keepChallenge(foreign, NOW, 2);
    for (const each of kept) await scene.ledger.keepChallenge(each, NOW, 2);
    const left = async () =>
      Promise.all(
        [foreign, ...kept].map(async ({ digest }) => (await scene.other.findChallenge(digest, NOW)) !== null),
      );
    expect(await left()).toEqual([true, false, false, true, true]);
    await scene.ledger.keepChallenge({ ...challenge('f'), source: '203.0.113.10' }, NOW + 60, 2);
    expect(await left()).toEqual([false, false, false, true, true]);
  });
}

/** A browser in which somebody is signed in. */
async function openSession({ ledger }: Scene, account: AccountId): Promise<SessionId> {
  const id = newId('sess', NOW);
  const times = { createdAt: NOW, seenAt: NOW, until: NOW + 9, endedAt: null, provenAt: null };
  const flags = { inEmergency: false, inActivation: false };
  await ledger.addWebSession(
    { id, account, side: 'outside', source: '192.0.2.1', ...flags, ...times },
    sha256('secret'),
  );
  return id;
}

function challenge(text: string): KeyChallenge {
  return {
    digest: sha256(text),
    purpose: 'passkey',
    side: 'outside',
    rpId: RP,
    origin: `https://${RP}`,
    account: null,
    session: null,
    source: '192.0.2.1',
    until: NOW + 1000,
  };
}
