import { expect, test } from 'vitest';
import type { WebSession } from '../../../src/core/accounts/web-session.ts';
import { DAY } from '../../../src/core/kit/clock.ts';
import { sha256 } from '../../../src/core/kit/digest.ts';
import { type AccountId, newId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import { addPerson, NOW, nextInstant, record, unwritable } from '../fixtures.ts';

const UNTIL = NOW + 1000;

/** Sessions of browsers, and the tokens that people see and revoke there. */
export function describeBrowsers(scene: Scene): void {
  test('a session is found by its id, with the digest of its secret, whatever became of it', async () => {
    const kept = session(scene.alice);
    await scene.ledger.addWebSession(kept, sha256('secret'));
    const found = { session: kept, secretDigest: sha256('secret') };
    expect(await scene.other.webSessionById(kept.id)).toEqual(found);
    expect(await scene.other.webSessionById(newId('sess', NOW))).toBeNull();
    await scene.ledger.touchWebSession(kept.id, NOW + 7);
    await scene.ledger.touchWebSession(kept.id, NOW + 5);
    await scene.ledger.endWebSessions(scene.alice, { only: kept.id }, NOW + 8, record('web-sessions-ended'));
    expect((await scene.ledger.webSessionById(kept.id))?.session).toEqual({
      ...kept,
      seenAt: NOW + 7,
      endedAt: NOW + 8,
    });
  });

  test('the live sessions of an account are listed newest first, and nobody else’s', async () => {
    const id = await person('sara');
    const [one, two] = [await keep(session(id)), await keep(session(id))];
    await keep(session(scene.bob));
    expect(await scene.other.listWebSessions(id, NOW)).toEqual([two, one]);
    expect(await scene.other.listWebSessions(id, UNTIL)).toEqual([]);
  });

  test('one is ended, or all but one, of one account, with its audit or not at all', async () => {
    const id = await person('simon');
    const [one, two, three] = [await keep(session(id)), await keep(session(id)), await keep(session(id))];
    const foreign = await keep(session(scene.bob));
    const end = (
      which: Parameters<typeof scene.ledger.endWebSessions>[1],
      audit = record('web-sessions-ended'),
    ) => scene.ledger.endWebSessions(id, which, NOW + 1, audit);
    const before = await scene.ledger.auditHead();
    expect(await end({ only: foreign.id })).toBe(0);
    expect(await scene.ledger.auditHead()).toEqual(before);
    await expect(end({ only: one.id }, unwritable('web-sessions-ended'))).rejects.toThrow(/surrogate/);
    expect(await end({ only: one.id })).toBe(1);
    expect(await end({ except: two.id })).toBe(1);
    expect(await scene.other.listWebSessions(id, NOW)).toEqual([two]);
    expect((await scene.other.webSessionById(three.id))?.session.endedAt).toBe(NOW + 1);
    expect((await scene.other.webSessionById(foreign.id))?.session.endedAt).toBeNull();
  });

  test.each([
    ['disabling', { status: 'disabled' }],
    ['a new soft token', { totpSealed: Uint8Array.of(1) }],
    ['a new password', { passwordHash: 'new' }],
  ] as const)('%s ends all sessions but the one that it was done in', async (what, change) => {
    const id = await person(`ends.${what.replaceAll(' ', '.').slice(-12)}`);
    const [one, two] = [await keep(session(id)), await keep(session(id))];
    const other = await keep(session(scene.bob));
    await scene.ledger.changeCredentials(id, { ...change, keepSession: two.id }, [record('account-reset')]);
    expect(await scene.ledger.listWebSessions(id, NOW)).toEqual([two]);
    expect((await scene.ledger.webSessionById(one.id))?.session.endedAt).toBe(NOW);
    await scene.ledger.changeCredentials(id, change, [record('account-reset')]);
    expect(await scene.ledger.listWebSessions(id, NOW)).toEqual([]);
    expect((await scene.ledger.webSessionById(other.id))?.session.endedAt).toBeNull();
  });

  test('sessions are forgotten long after their end', async () => {
    const id = await person('sven');
    const old = await keep(session(id));
    await keep({ ...session(id), createdAt: UNTIL + 29 * DAY, until: UNTIL + 60 * DAY });
    expect(await scene.ledger.webSessionById(old.id)).not.toBeNull();
    await keep({ ...session(id), createdAt: UNTIL + 31 * DAY, until: UNTIL + 60 * DAY });
    expect(await scene.ledger.webSessionById(old.id)).toBeNull();
  });

  test('the tokens that a person keeps are listed while they are live; one is revoked by its owner alone', async () => {
    const id = await person('tina');
    const about = { account: id, scopes: ['upload'], side: 'outside', createdAt: NOW } as const;
    const kept = { ...about, revokedAt: null, lastUsedAt: null, upload: null };
    const one = { ...kept, id: newId('tokn', nextInstant()), expiresAt: UNTIL };
    const grant = { ...one, id: newId('tokn', nextInstant()), upload: newId('file', NOW) };
    for (const token of [one, grant]) await scene.ledger.addToken(token, sha256(token.id), []);
    expect(await scene.other.listTokens(id, NOW)).toEqual([one]);
    expect(await scene.other.listTokens(id, UNTIL)).toEqual([]);
    expect((await scene.other.tokenById(grant.id))?.token).toEqual(grant);
    const revoke = (account: AccountId) =>
      scene.ledger.revokeToken(account, one.id, NOW + 1, record('token-revoked'));
    expect(await revoke(scene.bob)).toBe(false);
    expect(await revoke(id)).toBe(true);
    const before = await scene.ledger.auditHead();
    expect(await revoke(id)).toBe(false);
    expect(await scene.ledger.auditHead()).toEqual(before);
    expect(await scene.other.listTokens(id, NOW)).toEqual([]);
  });

  const person = (name: string) => addPerson(scene.ledger, name);

  async function keep(kept: WebSession): Promise<WebSession> {
    await scene.ledger.addWebSession(kept, sha256(kept.id));
    return kept;
  }
}

function session(account: AccountId): WebSession {
  const id = newId('sess', nextInstant());
  const times = { createdAt: NOW, seenAt: NOW, until: UNTIL, endedAt: null };
  const standing = { inEmergency: false, inActivation: false, provenAt: null };
  return { id, account, side: 'outside', source: '192.0.2.1', ...times, ...standing };
}
