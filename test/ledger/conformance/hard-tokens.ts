import { expect, test } from 'vitest';
import type { HardToken } from '../../../src/core/accounts/hard-tokens/hard-token.ts';
import { sha256 } from '../../../src/core/kit/digest.ts';
import { newId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import { addPerson, NOW, record, unwritable } from '../fixtures.ts';

/** Hard tokens. */
export function describeHardTokens(scene: Scene): void {
  test('tokens come back as they were added, and serials that are there are left as they are', async () => {
    const [one, two] = [token('A-1'), token('A-2', { startsAt: NOW, expiresAt: NOW + 9, drift: -3 })];
    expect(await add(one, two)).toEqual([]);
    const before = await scene.ledger.auditHead();
    expect(await add(token('A-1', { digits: 8 }), token('A-3'))).toEqual(['A-1']);
    expect((await scene.ledger.auditHead()).size).toBe(before.size + 1);
    expect(await scene.other.hardTokenBySerial('A-1')).toEqual(one);
    expect(await scene.other.hardTokenBySerial('A-2')).toEqual(two);
    expect(await scene.other.hardTokenBySerial('A-9')).toBeNull();
    const serials = (await scene.other.listHardTokens()).map(({ serial }) => serial);
    expect(serials).toEqual(['A-1', 'A-2', 'A-3']);
  });

  test('none is added when the audit record of one cannot be written', async () => {
    const audits = [record('hard-token-imported'), unwritable('hard-token-imported')];
    const added = [token('B-1'), token('B-2')].map((one, i) => ({
      token: one,
      audit: audits[i] ?? record('hard-token-imported'),
    }));
    await expect(scene.ledger.addHardTokens(added)).rejects.toThrow(/surrogate/);
    expect(await scene.ledger.hardTokenBySerial('B-1')).toBeNull();
  });

  test('of two who give a spare token away at once, one does', async () => {
    const spare = token('C-1');
    await add(spare);
    const give = (ledger: Scene['ledger'], account: Scene['alice']) =>
      ledger.changeHardToken(spare, { account, assignedAt: NOW }, record('hard-token-assigned'));
    const given = await Promise.all([give(scene.ledger, scene.alice), give(scene.other, scene.bob)]);
    expect(given.filter(Boolean)).toHaveLength(1);
    const owner = given[0] === true ? scene.alice : scene.bob;
    expect(await scene.other.hardTokensOf(owner)).toMatchObject([{ serial: 'C-1', assignedAt: NOW }]);
  });

  test('a code is used once, of two processes by one, and never one before it, or of who has it not', async () => {
    const theirs = token('D-1', { account: scene.alice });
    await add(theirs);
    const use = (position: number, account = scene.alice, ledger = scene.ledger) =>
      ledger.useHardToken(theirs.id, account, { position, drift: 1 }, NOW + position);
    expect((await Promise.all([use(5), use(5, scene.alice, scene.other)])).filter(Boolean)).toHaveLength(1);
    expect(await use(4)).toBe(false);
    expect(await use(6, scene.bob)).toBe(false);
    expect(await use(6)).toBe(true);
    const used = await scene.other.hardTokenBySerial('D-1');
    expect(used).toMatchObject({ usedUpTo: 6, drift: 1, lastUsedAt: NOW + 6 });
  });

  test('a lost one opens nothing, is listed for nobody, and ends the browsers of who had it', async () => {
    const theirs = token('E-1', { account: scene.bob });
    await add(theirs);
    const times = { createdAt: NOW, seenAt: NOW, until: NOW + 9, endedAt: null, provenAt: null };
    const more = { inEmergency: false, inActivation: false } as const;
    const session = { id: newId('sess', NOW), account: scene.bob, side: 'outside', source: '::1' } as const;
    await scene.ledger.addWebSession({ ...session, ...times, ...more }, sha256('secret'));
    const lose = () => scene.ledger.changeHardToken(theirs, { lostAt: NOW }, record('hard-token-lost'));
    expect(await lose()).toBe(true);
    expect(await lose()).toBe(false);
    expect(await scene.other.useHardToken(theirs.id, scene.bob, { position: 1, drift: 0 }, NOW)).toBe(false);
    const left = (await scene.other.hardTokensOf(scene.bob)).map(({ serial }) => serial);
    expect(left).not.toContain('E-1');
    expect(await scene.other.listWebSessions(scene.bob, NOW)).toEqual([]);
  });

  test('who has nothing but a hard token has an emergency code made, which ends with it', async () => {
    const id = await addPerson(scene.ledger, 'etta');
    const code = { account: id, sealed: Uint8Array.of(1), madeAt: NOW, expiresAt: NOW + 9, usedAt: null };
    const make = () => scene.ledger.putEmergencyCode(code, record('emergency-code-made'));
    expect(await make()).toBe(false);
    const theirs = token('F-1', { account: id });
    await add(theirs);
    expect(await make()).toBe(true);
    await scene.ledger.changeHardToken(theirs, { lostAt: NOW }, record('hard-token-lost'));
    expect(await scene.other.emergencyCodeOf(id)).toBeNull();
    expect(await make()).toBe(false);
  });

  function add(...tokens: readonly HardToken[]): Promise<readonly string[]> {
    const audit = record('hard-token-imported');
    return scene.ledger.addHardTokens(tokens.map((one) => ({ token: one, audit })));
  }
}

function token(serial: string, changed: Partial<HardToken> = {}): HardToken {
  return {
    id: newId('htok', NOW),
    serial,
    manufacturer: 'Maker',
    kind: 'totp',
    hash: 'sha256',
    digits: 6,
    period: 60_000,
    sealed: Uint8Array.of(1, 2, 3),
    account: null,
    usedUpTo: -1,
    drift: 0,
    startsAt: null,
    expiresAt: null,
    importedAt: NOW,
    assignedAt: null,
    lastUsedAt: null,
    lostAt: null,
    ...changed,
  };
}
