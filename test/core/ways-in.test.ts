import { expect, test } from 'vitest';
import type { SignInPolicy } from '../../src/core/accounts/sign-in-policy.ts';
import { type Holdings, hasWayIn } from '../../src/core/accounts/ways-in.ts';

const USUAL: SignInPolicy = [['password', 'token'], ['passkey']];
const NOTHING: Holdings = { hasPassword: false, hasCodes: false, keys: [] };
const HERE = { side: 'outside', rpId: 'transfer.example.org' } as const;
const PASSKEY = { ...HERE, verifiesUser: true };
const PLAIN = { ...HERE, verifiesUser: false };

test.each<[string, boolean, SignInPolicy, Partial<Holdings>]>([
  ['a password and codes', true, USUAL, { hasPassword: true, hasCodes: true }],
  ['a password alone', false, USUAL, { hasPassword: true }],
  ['codes alone', false, USUAL, { hasCodes: true }],
  ['a password and a plain key', true, USUAL, { hasPassword: true, keys: [PLAIN] }],
  ['a plain key alone', false, USUAL, { keys: [PLAIN] }],
  ['a passkey alone', true, USUAL, { keys: [PASSKEY] }],
  ['a passkey alone, where a password is asked for', false, [['password', 'token']], { keys: [PASSKEY] }],
  [
    'a password and a passkey of the other side',
    false,
    USUAL,
    { hasPassword: true, keys: [{ ...PASSKEY, side: 'inside' }] },
  ],
  [
    'a password and a passkey of another address',
    false,
    USUAL,
    { hasPassword: true, keys: [{ ...PASSKEY, rpId: 'example.org' }] },
  ],
  [
    'a password and codes, where only passkeys are taken',
    false,
    [['passkey']],
    { hasPassword: true, hasCodes: true },
  ],
])('%s: %s', (_, expected, policy, has) => {
  expect(hasWayIn({ ...NOTHING, ...has }, { ...HERE, policy })).toBe(expected);
});

test('where no keys are taken, none is a way in', () => {
  const has = { hasPassword: true, hasCodes: false, keys: [PASSKEY] };
  expect(hasWayIn(has, { ...HERE, rpId: null, policy: USUAL })).toBe(false);
});
