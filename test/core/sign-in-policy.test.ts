import { describe, expect, test } from 'vitest';
import {
  isSufficient,
  nextProofs,
  type ProofKind,
  parseAlternative,
  type SignInPolicy,
} from '../../src/core/accounts/sign-in-policy.ts';

function policy(...alternatives: string[]): SignInPolicy {
  return alternatives.map((text) => {
    const parsed = parseAlternative(text);
    if (!parsed.ok) throw new Error(parsed.detail);
    return parsed.value;
  });
}

describe('the alternatives of sign_in', () => {
  test('are each sufficient', () => {
    const either = policy('publickey', 'password+token');
    expect(isSufficient(either, ['publickey'])).toBe(true);
    expect(isSufficient(either, ['password', 'token'])).toBe(true);
  });

  test.each<ProofKind[]>([[], ['password'], ['token'], ['token', 'password'], ['publickey', 'token']])(
    'are not completed by %j, %j',
    (...given) => {
      expect(isSufficient(policy('publickey', 'password+token'), given)).toBe(false);
    },
  );

  test('need their proofs in order', () => {
    const both = policy('publickey+token', 'password+token');
    expect(nextProofs(both, [])).toEqual(['publickey', 'password']);
    expect(nextProofs(both, ['password'])).toEqual(['token']);
    expect(nextProofs(both, ['token'])).toEqual([]);
    expect(nextProofs(both, ['publickey', 'token'])).toEqual([]);
  });

  test.each(['fingerprint', 'password+', 'token+token', ''])('cannot be %j', (text) => {
    expect(parseAlternative(text)).toMatchObject({ ok: false, refusal: 'sign-in-unknown' });
  });
});
