import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashPassword } from '../../src/core/accounts/password.ts';
import { createSecretBox } from '../../src/core/accounts/secret-box.ts';
import {
  askForPasskey,
  askForSecurityKey,
  type KeyEntrance,
  makeChallenge,
  resumeSignIn,
} from '../../src/core/accounts/security-keys/challenges.ts';
import { CHALLENGE_LIFE, type KeyAssertion } from '../../src/core/accounts/security-keys/security-key.ts';
import { beginSignIn, giveProof, type SignIns } from '../../src/core/accounts/sign-in.ts';
import type { SignInPolicy } from '../../src/core/accounts/sign-in-policy.ts';
import type { AccountId } from '../../src/core/kit/ids.ts';
import type { OpenLedger } from '../../src/stores/ledger/ledger-engine.ts';
import { openSqliteLedger } from '../../src/stores/ledger/sqlite-ledger.ts';
import { recordingLog } from '../jobs/recording-log.ts';
import { addPerson } from '../ledger/fixtures.ts';
import { guardedSignIns } from '../support/sign-ins.ts';
import { type SoftwareKey, softwareKey } from '../support/software-key.ts';

const HERE = { id: 'transfer.example.org', origin: 'https://transfer.example.org' };
const POLICY: SignInPolicy = [['password', 'token'], ['passkey']];
const ENTRANCE: KeyEntrance = {
  side: 'outside',
  door: 'portal',
  source: '192.0.2.1',
  relyingParty: HERE,
};
const PASSWORD = 'correct horse battery staple';

let folder: string;
let ledger: OpenLedger;
let alice: AccountId;
let bob: AccountId;
let key: SoftwareKey;
let signIns: SignIns;
let stop: () => Promise<void>;
let now: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'havengate-keys-'));
  ledger = await openSqliteLedger({ file: join(folder, 'ledger.sqlite3') });
  [alice, bob] = [await addPerson(ledger, 'alice'), await addPerson(ledger, 'bob')];
  now = Date.now();
  const clock = { now: () => now, monotonic: () => performance.now() };
  const box = createSecretBox(Buffer.alloc(32));
  ({ signIns, stop } = await guardedSignIns({ ledger, clock, box, log: recordingLog() }));
  key = softwareKey(alice, HERE.id);
  await ledger.addSecurityKey(key.row, []);
});

afterEach(async () => {
  await stop();
  await ledger.close();
  rmSync(folder, { recursive: true });
});

/** Gives a passkey at the door of an entrance; with whom it let in, or null. */
async function giveAlone(assertion: KeyAssertion, entrance: KeyEntrance = ENTRANCE): Promise<string | null> {
  const step = await giveProof(signIns, beginSignIn(entrance, POLICY, ''), { kind: 'passkey', assertion });
  return step.outcome === 'granted' ? step.session.name : null;
}

const challenge = async (entrance = ENTRANCE) => (await askForPasskey(signIns, entrance)).challenge;

describe('a passkey alone', () => {
  test('opens by itself, and says in whose name', async () => {
    expect(await giveAlone(key.answer(await challenge(), { at: HERE }))).toBe('alice');
    expect(await ledger.securityKeysOf(alice)).toMatchObject([{ lastUsedAt: now }]);
  });

  test.each<[string, (asked: string) => KeyAssertion]>([
    [
      'signed for another origin',
      (asked) => key.answer(asked, { at: { ...HERE, origin: 'https://evil.example' } }),
    ],
    ['made for another name', (asked) => key.answer(asked, { at: { ...HERE, id: 'example.org' } })],
    ['that has not verified who holds it', (asked) => key.answer(asked, { at: HERE, flags: 1 })],
    ['that nobody has touched', (asked) => key.answer(asked, { at: HERE, flags: 4 })],
    ['that was made to add a key', (asked) => key.answer(asked, { at: HERE, type: 'webauthn.create' })],
    ['that does not say whose it is', (asked) => key.answer(asked, { at: HERE, userHandle: null })],
    ['that says it is of somebody else', (asked) => key.answer(asked, { at: HERE, userHandle: 'Ym9i' })],
    ['of a key that nobody has', (asked) => softwareKey(alice, HERE.id).answer(asked, { at: HERE })],
    [
      'with the signature of another key',
      (asked) => {
        const { signature } = softwareKey(alice, HERE.id).answer(asked, { at: HERE });
        return { ...key.answer(asked, { at: HERE }), signature };
      },
    ],
    ['that is no answer', (asked) => ({ ...key.answer(asked, { at: HERE }), authenticatorData: 'AAAA' })],
    ['to a challenge that was never sent', () => key.answer('bm9uY2U', { at: HERE })],
  ])('is refused %s', async (_, answer) => {
    expect(await giveAlone(answer(await challenge()))).toBeNull();
  });

  test('is refused at another side, and for another address', async () => {
    const inside = { ...ENTRANCE, side: 'inside' } as const;
    expect(await giveAlone(key.answer(await challenge(inside), { at: HERE }), inside)).toBeNull();
    expect(await giveAlone(key.answer(await challenge(), { at: HERE }), inside)).toBeNull();
    const moved = { ...ENTRANCE, relyingParty: { id: HERE.id, origin: 'https://transfer.example.org:8443' } };
    const assertion = key.answer(await challenge(), { at: moved.relyingParty });
    expect(await giveAlone(assertion, moved)).toBeNull();
  });

  test('opens once for each challenge, of two at once one, and not when its time is over', async () => {
    const assertion = key.answer(await challenge(), { at: HERE });
    const both = await Promise.all([giveAlone(assertion), giveAlone(assertion)]);
    expect(both.toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual(['alice', null]);
    const late = key.answer(await challenge(), { at: HERE });
    now += CHALLENGE_LIFE;
    expect(await giveAlone(late)).toBeNull();
  });

  test('is refused when its counter does not grow, which is written down; one without a counter is not', async () => {
    const { row } = key;
    expect(await giveAlone(key.answer(await challenge(), { at: HERE, counter: 0 }))).toBe('alice');
    expect(await giveAlone(key.answer(await challenge(), { at: HERE, counter: 7 }))).toBe('alice');
    for (const counter of [7, 6, 0])
      expect(await giveAlone(key.answer(await challenge(), { at: HERE, counter }))).toBeNull();
    const { size } = await ledger.auditHead();
    const rows = await ledger.readAudit(0, size);
    const suspected = rows.filter(({ entry }) => entry.includes('"security-key-suspected"'));
    expect(suspected).toHaveLength(3);
    expect(suspected[0]?.entry).toContain(row.id);
    expect(await giveAlone(key.answer(await challenge(), { at: HERE, counter: 8 }))).toBe('alice');
  });

  test('of a disabled account opens nothing', async () => {
    await ledger.changeCredentials(alice, { status: 'disabled' }, []);
    expect(await giveAlone(key.answer(await challenge(), { at: HERE }))).toBeNull();
  });

  test('opens nothing where the site asks for a password', async () => {
    const attempt = beginSignIn(ENTRANCE, [['password', 'token']], '');
    const assertion = key.answer(await challenge(), { at: HERE });
    expect(await giveProof(signIns, attempt, { kind: 'passkey', assertion })).toEqual({ outcome: 'denied' });
  });
});

describe('a security key in place of a code', () => {
  beforeEach(async () => {
    const passwordHash = await hashPassword(PASSWORD);
    await ledger.changeCredentials(alice, { passwordHash }, []);
    await ledger.changeCredentials(bob, { passwordHash }, []);
  });

  const ask = (name: string, password: string) =>
    askForSecurityKey(signIns, ENTRANCE, POLICY, { name, password });

  async function give(assertion: KeyAssertion): Promise<string> {
    const attempt = await resumeSignIn(signIns, ENTRANCE, POLICY, assertion);
    return (await giveProof(signIns, attempt, { kind: 'security-key', assertion })).outcome;
  }

  test('opens after the right password, whether it verifies who holds it or not', async () => {
    const asked = await ask('alice', PASSWORD);
    if (asked.outcome !== 'asked') throw new Error('it was not asked for');
    expect(asked.request.keys).toMatchObject([{ credentialId: key.row.credentialId }]);
    const assertion = key.answer(asked.request.challenge, { at: HERE, flags: 1, userHandle: null });
    expect(await give(assertion)).toBe('granted');
    expect(await give(assertion)).toBe('denied');
  });

  test('is asked for in the same words of a wrong password, of nobody, and of who has none', async () => {
    expect(await ask('alice', 'wrong horse battery staple')).toEqual({ outcome: 'denied' });
    expect(await ask('nobody', PASSWORD)).toEqual({ outcome: 'denied' });
    expect(await ask('bob', PASSWORD)).toEqual({ outcome: 'denied' });
  });

  test('of one person does not finish the sign-in of another', async () => {
    const theirs = softwareKey(bob, HERE.id);
    await ledger.addSecurityKey(theirs.row, []);
    const asked = await ask('alice', PASSWORD);
    if (asked.outcome !== 'asked') throw new Error('it was not asked for');
    expect(await give(theirs.answer(asked.request.challenge, { at: HERE }))).toBe('denied');
  });

  test('opens nothing by a challenge that no password was given for', async () => {
    expect(await give(key.answer(await challenge(), { at: HERE }))).toBe('denied');
    const toAdd = await makeChallenge(signIns, ENTRANCE, 'register', { account: alice });
    expect(await give(key.answer(toAdd, { at: HERE }))).toBe('denied');
  });
});
