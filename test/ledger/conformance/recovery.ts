import { expect, test } from 'vitest';
import { MAILED_PROOFS, type MailedProof } from '../../../src/core/accounts/mailed-proof.ts';
import { sha256 } from '../../../src/core/kit/digest.ts';
import { type AccountId, newId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import { addPerson, NOW, nextInstant, record, unwritable } from '../fixtures.ts';

const LIMIT = { since: NOW - 1000, most: 3 };
const UNTIL = NOW + 1000;

/** What is mailed to people who cannot sign in, and the codes that stand in for their tokens. */
export function describeRecovery(scene: Scene): void {
  test('what is to be mailed is kept with its audit or not at all, and so often an hour', async () => {
    const owner = await person();
    const proof = proofOf(owner);
    const failing = scene.ledger.addMailedProof(proof, LIMIT, unwritable('mailed-proof-asked'));
    await expect(failing).rejects.toThrow(/surrogate/);
    expect(await scene.ledger.mailedProofById(proof.id)).toBeNull();
    for (const expected of [true, true, true, false]) expect(await add(proofOf(owner))).toBe(expected);
    expect(await add(proofOf(owner, { purpose: 'emergency-code' }))).toBe(true);
    expect(await add(proofOf(await person()))).toBe(true);
    const work = await scene.ledger.impliedWork(NOW, 10_000);
    expect(work.filter((one) => 'account' in one && one.account === owner)).toEqual([
      { job: 'send-security-mails', account: owner },
    ]);
    expect(await scene.other.pendingMailedProofs(owner, NOW)).toHaveLength(2);
    expect(await scene.other.pendingMailedProofs(owner, UNTIL)).toEqual([]);
  });

  test('a proof that waits is armed again and again, and one that was mailed, or is over, is not', async () => {
    const proof = proofOf(await person());
    await add(proof);
    expect(await scene.ledger.tryMailedProof({ id: proof.id, digest: sha256('one') }, NOW)).toBe(false);
    expect(await scene.ledger.armMailedProof(proof.id, sha256('one'), UNTIL)).toBe(true);
    expect(await scene.ledger.armMailedProof(proof.id, sha256('two'), UNTIL + 1)).toBe(true);
    await sent(proof);
    expect(await scene.ledger.armMailedProof(proof.id, sha256('three'), UNTIL)).toBe(false);
    expect(await scene.other.mailedProofById(proof.id)).toEqual({
      proof: { ...proof, expiresAt: UNTIL + 1, mailedAt: NOW },
      secretDigest: sha256('two'),
    });
    const head = await scene.ledger.auditHead();
    await sent(proof);
    expect(await scene.ledger.auditHead()).toEqual(head);
  });

  test('a mailed proof is used once, on whatever connection, in time, and within so many tries', async () => {
    const once = await mailed(await person());
    const right = { id: once.id, digest: sha256('secret') };
    const tries = [scene.ledger, scene.other, scene.ledger, scene.other];
    const used = await Promise.all(tries.map((ledger) => ledger.tryMailedProof(right, NOW)));
    expect(used.filter((isUsed) => isUsed)).toHaveLength(1);
    const late = await mailed(await person());
    expect(await scene.ledger.tryMailedProof({ ...right, id: late.id }, UNTIL)).toBe(false);
    const guessed = await mailed(await person(), 'emergency-code');
    for (let i = 0; i < MAILED_PROOFS['emergency-code'].attempts; i++) {
      expect(await scene.other.tryMailedProof({ id: guessed.id, digest: sha256('wrong') }, NOW)).toBe(false);
    }
    expect(await scene.ledger.tryMailedProof({ ...right, id: guessed.id }, NOW)).toBe(false);
  });

  test('a change rests on a mailed link that is live, and ends all others with the emergency code', async () => {
    const owner = await person();
    const [code, link] = [await mailed(owner, 'emergency-code'), await mailed(owner)];
    await put(owner);
    const change = { passwordHash: 'new', useProof: { id: link.id, digest: sha256('secret') } };
    const wrong = { ...change, useProof: { id: link.id, digest: sha256('wrong') } };
    const next = await mailed(owner);
    const apply = (one: typeof change) =>
      scene.ledger.changeCredentials(owner, one, [record('password-reset', { account: owner })]);
    expect(await apply(change)).toBe('proof-over');
    expect((await scene.ledger.credentialsOf(owner))?.passwordHash).not.toBe('new');
    expect(await apply({ ...wrong, useProof: { id: next.id, digest: sha256('wrong') } })).toBe('proof-over');
    const last = await mailed(await person());
    expect(await apply({ ...change, useProof: { id: last.id, digest: sha256('secret') } })).toBe(
      'proof-over',
    );
    const again = await mailed(owner);
    expect(await apply({ ...change, useProof: { id: again.id, digest: sha256('secret') } })).toBe('changed');
    expect((await scene.other.mailedProofById(code.id))?.proof.endedAt).toBe(NOW);
    expect(await scene.other.emergencyCodeOf(owner)).toBeNull();
  });

  test('an emergency code is used once, on whatever connection, in time, and with its audit or not at all', async () => {
    const owner = await person();
    await put(owner);
    const use = (ledger = scene.ledger, at = NOW + 1) =>
      ledger.useEmergencyCode(owner, NOW, at, record('emergency-code-used'));
    expect(await use(scene.ledger, UNTIL)).toBe(false);
    const failing = scene.ledger.useEmergencyCode(owner, NOW, NOW + 1, unwritable('emergency-code-used'));
    await expect(failing).rejects.toThrow(/surrogate/);
    const used = await Promise.all([use(), use(scene.other), use(), use(scene.other)]);
    expect(used.filter((isUsed) => isUsed)).toHaveLength(1);
    expect((await scene.other.emergencyCodeOf(owner))?.usedAt).toBe(NOW + 1);
  });

  test('an emergency code takes the place of the one before, and ends with the token that it stands for', async () => {
    const owner = await person();
    await put(owner);
    await put(owner, NOW + 5);
    expect((await scene.other.emergencyCodeOf(owner))?.madeAt).toBe(NOW + 5);
    const change = { totpSealed: Uint8Array.of(2), pinSealed: Uint8Array.of(3), totpStep: 7 };
    await scene.ledger.changeCredentials(owner, change, [record('totp-enrolled')]);
    expect(await scene.other.emergencyCodeOf(owner)).toBeNull();
    expect((await scene.ledger.credentialsOf(owner))?.pinSealed).toEqual(Uint8Array.of(3));
    expect(await scene.ledger.consumeTotpStep(owner, 7)).toBe(false);
    await scene.ledger.changeCredentials(owner, { totpSealed: null }, [record('account-reset')]);
    expect((await scene.ledger.credentialsOf(owner))?.pinSealed).toBeNull();
    expect(await put(owner)).toBe(false);
  });

  test('a session is renewed while it is live, once', async () => {
    const owner = await person();
    const session = (id = newId('sess', nextInstant())) => {
      const times = { createdAt: NOW, seenAt: NOW, until: UNTIL, endedAt: null, provenAt: NOW };
      const where = { side: 'outside', source: '192.0.2.1' } as const;
      return { id, account: owner, inEmergency: true, inActivation: false, ...where, ...times };
    };
    const [old, one, two] = [session(), session(), session()];
    await scene.ledger.addWebSession(old, sha256('old'));
    const renew = (ledger: typeof scene.ledger, to: typeof one) =>
      ledger.renewWebSession(old.id, to, sha256('new'), record('web-session-renewed'));
    const renewed = await Promise.all([renew(scene.ledger, one), renew(scene.other, two)]);
    expect(renewed.filter((isRenewed) => isRenewed)).toHaveLength(1);
    const live = await scene.other.listWebSessions(owner, NOW);
    expect(live).toEqual([renewed[0] === true ? one : two]);
  });

  let people = 0;
  async function person(): Promise<AccountId> {
    const owner = await addPerson(scene.ledger, `recovers.${people++}`);
    const audit = [record('totp-enrolled')];
    await scene.ledger.changeCredentials(owner, { totpSealed: Uint8Array.of(1) }, audit);
    return owner;
  }

  const add = (proof: MailedProof) =>
    scene.ledger.addMailedProof(proof, LIMIT, record('mailed-proof-asked', { account: proof.account }));

  const sent = ({ id }: MailedProof) =>
    scene.ledger.markMailedProofSent(id, NOW, record('mailed-proof-sent'));

  async function mailed(owner: AccountId, purpose: MailedProof['purpose'] = 'password-reset') {
    const proof = proofOf(owner, { purpose });
    await scene.ledger.addMailedProof(proof, { ...LIMIT, most: 100 }, record('mailed-proof-asked'));
    await scene.ledger.armMailedProof(proof.id, sha256('secret'), UNTIL);
    await sent(proof);
    return proof;
  }

  function put(account: AccountId, madeAt = NOW): Promise<boolean> {
    const code = { account, sealed: Uint8Array.of(1, 2), madeAt, expiresAt: UNTIL, usedAt: null };
    return scene.ledger.putEmergencyCode(code, record('emergency-code-made'));
  }
}

function proofOf(account: AccountId, more: Partial<MailedProof> = {}): MailedProof {
  const times = { createdAt: NOW, expiresAt: UNTIL, mailedAt: null, usedAt: null, endedAt: null };
  const id = newId('mlpr', nextInstant());
  return {
    id,
    account,
    purpose: 'password-reset',
    side: 'outside',
    binding: null,
    attempts: 0,
    ...times,
    ...more,
  };
}
