import { expect, test } from 'vitest';
import type { AccessToken, AccountName, SshKey } from '../../../src/core/accounts/account.ts';
import { NO_STANDING } from '../../../src/core/accounts/gates.ts';
import type { NewAccount } from '../../../src/core/accounts/ports.ts';
import { sha256 } from '../../../src/core/kit/digest.ts';
import { type AccountId, newId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import { NOW, nextInstant, record, unwritable } from '../fixtures.ts';

/** Persons, credentials and tokens. */
export function describeAccounts(scene: Scene): void {
  test('an account is found by name and by id, and says what it signs in with', async () => {
    const carol = person('carol', { passwordHash: '$argon2id$…', totpSealed: Uint8Array.of(1, 2, 0, 255) });
    expect(await scene.ledger.addAccount(carol, [record('account-added')])).toBe('added');
    const expected = { ...carol.account, hasPassword: true, hasTotp: true, sources: [], ...NO_STANDING };
    expect(await scene.ledger.accountByName('carol' as AccountName)).toEqual(expected);
    expect(await scene.other.accountById(carol.account.id)).toEqual(expected);
  });

  test('an unknown name, id or token is null', async () => {
    expect(await scene.ledger.accountByName('nobody' as AccountName)).toBeNull();
    expect(await scene.ledger.accountById(newId('acct', NOW))).toBeNull();
    expect(await scene.ledger.credentialsOf(newId('acct', NOW))).toBeNull();
    expect(await scene.ledger.tokenById(newId('tokn', NOW))).toBeNull();
  });

  test('a name is given once, and the second attempt leaves nothing behind', async () => {
    const before = await scene.ledger.auditHead();
    const twin = person('alice');
    expect(await scene.ledger.addAccount(twin, [record('account-added')])).toBe('name-taken');
    expect(await scene.ledger.accountById(twin.account.id)).toBeNull();
    expect(await scene.ledger.auditHead()).toEqual(before);
  });

  test('an account whose audit record cannot be written is not added', async () => {
    const lost = person('lost', { sshKeys: [sshKey('lost')] });
    await expect(scene.ledger.addAccount(lost, [unwritable('account-added')])).rejects.toThrow(/surrogate/);
    expect(await scene.ledger.accountByName('lost' as AccountName)).toBeNull();
    expect(await scene.ledger.credentialsOf(lost.account.id)).toBeNull();
  });

  test('all accounts are listed by name', async () => {
    const names = (await scene.ledger.listAccounts()).map((account) => account.name);
    expect(names).toEqual([...names].sort());
    expect(names).toContain('bob');
  });

  test('credentials come back as they were given, keys in the order they were added', async () => {
    const keys = [sshKey('one'), sshKey('two')];
    const dora = person('dora', { totpSealed: Uint8Array.of(9, 8), sshKeys: keys });
    await scene.ledger.addAccount(dora, []);
    const found = await scene.ledger.credentialsOf(dora.account.id);
    expect(found).toEqual({
      account: dora.account.id,
      passwordHash: null,
      totpSealed: Uint8Array.of(9, 8),
      pinSealed: null,
      sshKeys: keys,
    });
  });

  test('a change of credentials replaces what it names and leaves the rest', async () => {
    const { id } = await added('erin', { passwordHash: 'old', sshKeys: [sshKey('first')] });
    const change = { passwordHash: 'new', addSshKey: sshKey('second') };
    expect(await scene.ledger.changeCredentials(id, change, [record('account-reset')])).toBe('changed');
    const after = await scene.ledger.credentialsOf(id);
    expect(after?.passwordHash).toBe('new');
    expect(after?.totpSealed).toBeNull();
    expect(after?.sshKeys.map((key) => key.comment)).toEqual(['first', 'second']);
    await scene.ledger.changeCredentials(id, { passwordHash: null, totpSealed: Uint8Array.of(7) }, []);
    expect(await scene.ledger.accountById(id)).toMatchObject({ hasPassword: false, hasTotp: true });
  });

  test('disabling shows at once on every connection, and enabling again too', async () => {
    const { id } = await added('fred');
    await scene.ledger.changeCredentials(id, { status: 'disabled' }, [record('account-disabled')]);
    expect((await scene.other.accountById(id))?.status).toBe('disabled');
    await scene.other.changeCredentials(id, { status: 'active' }, [record('account-enabled')]);
    expect((await scene.ledger.accountById(id))?.status).toBe('active');
  });

  test('a key that the account has, or another, changes nothing and is not audited', async () => {
    const key = sshKey('shared');
    const { id } = await added('gina', { sshKeys: [key] });
    const before = await scene.ledger.auditHead();
    const again = { addSshKey: { ...key, id: newId('skey', NOW) }, status: 'disabled' } as const;
    expect(await scene.ledger.changeCredentials(id, again, [record('ssh-key-added')])).toBe('key-known');
    expect((await scene.ledger.accountById(id))?.status).toBe('active');
    expect(await scene.ledger.auditHead()).toEqual(before);
    const addSshKey = { ...key, id: newId('skey', NOW) };
    expect(await scene.ledger.changeCredentials(scene.bob, { addSshKey }, [])).toBe('key-taken');
    expect(await scene.ledger.credentialsOf(scene.bob)).toMatchObject({ sshKeys: [] });
  });

  test('a key is removed from its own account only, and another account may have it then', async () => {
    const [first, second] = [sshKey('going'), sshKey('staying')];
    const { id } = await added('gerd', { sshKeys: [first, second] });
    const remove = (account: AccountId) =>
      scene.ledger.changeCredentials(account, { removeSshKey: first.id }, [record('ssh-key-removed')]);
    expect(await remove(scene.bob)).toBe('key-absent');
    expect(await remove(id)).toBe('changed');
    expect(await remove(id)).toBe('key-absent');
    expect((await scene.ledger.credentialsOf(id))?.sshKeys).toEqual([second]);
    const { id: next } = await added('gert');
    expect(await scene.ledger.changeCredentials(next, { addSshKey: first }, [])).toBe('changed');
  });

  test('the sources of an account are kept in their order, and lifted', async () => {
    const { id } = await added('gabi');
    const sources = ['192.0.2.0/24', '2001:db8::/32'];
    await scene.ledger.changeCredentials(id, { sources }, [record('sources-changed')]);
    expect((await scene.other.accountById(id))?.sources).toEqual(sources);
    await scene.ledger.changeCredentials(id, { sources: [] }, []);
    expect((await scene.other.accountById(id))?.sources).toEqual([]);
  });

  test('changing an account that is not there says so', async () => {
    const nobody = newId('acct', NOW);
    expect(await scene.ledger.changeCredentials(nobody, { status: 'disabled' }, [])).toBe('absent');
  });

  test('a TOTP step is used once, and never one before it', async () => {
    const { id } = await added('hugo');
    expect(await scene.ledger.consumeTotpStep(id, 100)).toBe(true);
    expect(await scene.ledger.consumeTotpStep(id, 100)).toBe(false);
    expect(await scene.other.consumeTotpStep(id, 100)).toBe(false);
    expect(await scene.ledger.consumeTotpStep(id, 99)).toBe(false);
    expect(await scene.ledger.consumeTotpStep(id, 101)).toBe(true);
  });

  test('of forty who use the same step at once on two connections, one gets in', async () => {
    const { id } = await added('iris');
    const tries = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? scene.ledger : scene.other));
    const results = await Promise.all(tries.map((ledger) => ledger.consumeTotpStep(id, 7)));
    expect(results.filter(Boolean)).toHaveLength(1);
  });

  test('a forgotten step may be used again, and an unknown account uses none', async () => {
    const { id } = await added('jana');
    await scene.ledger.consumeTotpStep(id, 50);
    await scene.ledger.changeCredentials(id, { forgetTotpStep: true }, [record('totp-enrolled')]);
    expect(await scene.ledger.consumeTotpStep(id, 50)).toBe(true);
    expect(await scene.ledger.consumeTotpStep(newId('acct', NOW), 50)).toBe(false);
  });

  test('a token is found by its id, with the digest of its secret', async () => {
    const token = accessToken(scene.alice, NOW + 1000);
    await scene.ledger.addToken(token, sha256('secret'), [record('token-added')]);
    expect(await scene.other.tokenById(token.id)).toEqual({ token, secretDigest: sha256('secret') });
    await scene.ledger.touchToken(token.id, NOW);
    await scene.ledger.touchToken(token.id, NOW + 1);
    expect((await scene.ledger.tokenById(token.id))?.token).toEqual({ ...token, lastUsedAt: NOW });
  });

  test('revoking ends the live tokens of that account and no others', async () => {
    const { id } = await added('kate');
    const live = accessToken(id, NOW + 1000);
    const expired = accessToken(id, NOW - 1000);
    const foreign = accessToken(scene.bob, NOW + 1000);
    for (const token of [live, expired, foreign]) await scene.ledger.addToken(token, sha256('x'), []);
    await scene.ledger.changeCredentials(id, { revokeTokens: true }, [record('account-reset')]);
    const revoked = async (token: AccessToken) => (await scene.ledger.tokenById(token.id))?.token.revokedAt;
    expect([await revoked(live), await revoked(expired), await revoked(foreign)]).toEqual([NOW, null, null]);
  });

  async function added(name: string, more: Partial<NewAccount> = {}): Promise<NewAccount['account']> {
    const one = person(name, more);
    expect(await scene.ledger.addAccount(one, [])).toBe('added');
    return one.account;
  }
}

function person(name: string, more: Partial<NewAccount> = {}): NewAccount {
  const account = {
    id: newId('acct', nextInstant()),
    name: name as AccountName,
    fullName: 'Ünï Cødé ✓',
    email: `${name}@example.org`,
    role: 'data-team',
    status: 'active',
    createdAt: NOW,
  } as const;
  return { account, passwordHash: null, totpSealed: null, sshKeys: [], ...more };
}

function sshKey(comment: string): SshKey {
  const blob = Buffer.from(comment).toString('base64');
  const id = newId('skey', nextInstant());
  return { id, algorithm: 'ssh-ed25519', blob, fingerprint: `SHA256:${blob}`, comment, addedAt: NOW };
}

function accessToken(account: AccountId, expiresAt: number): AccessToken {
  const id = newId('tokn', nextInstant());
  return {
    id,
    account,
    scopes: ['upload', 'read'],
    side: 'outside',
    createdAt: NOW,
    expiresAt,
    revokedAt: null,
    lastUsedAt: null,
    upload: null,
  };
}
