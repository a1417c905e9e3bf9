import { describe, expect, test } from 'vitest';
import {
  type Check,
  type Judgement,
  judge,
  newestVerdicts,
  type ScanPolicy,
  type Verdict,
  type VerdictOutcome,
} from '../../src/core/custody/verdict.ts';
import { sha256 } from '../../src/core/kit/digest.ts';

const STRICT: ScanPolicy = { on: true, tooLarge: 'hold', encrypted: 'hold' };
const DIGEST = sha256('the bytes');

function verdict(check: Check, outcome: VerdictOutcome, digest = DIGEST): Verdict {
  return { check, outcome, detail: null, version: '1', sha256: digest, at: 0 };
}

describe('a file is judged', () => {
  test.each<[VerdictOutcome, Judgement]>([
    ['pass', { outcome: 'admit' }],
    ['infected', { outcome: 'quarantine', reason: 'malware' }],
    ['too-large', { outcome: 'hold', reason: 'too-large' }],
    ['encrypted', { outcome: 'hold', reason: 'encrypted' }],
    ['limits-exceeded', { outcome: 'hold', reason: 'limits-exceeded' }],
    ['off', { outcome: 'hold', reason: 'not-scanned' }],
  ])('when the scanner says %s', (outcome, judgement) => {
    expect(judge([verdict('digest', 'pass'), verdict('malware', outcome)], STRICT)).toEqual(judgement);
  });

  test('by a site that admits what cannot be scanned', () => {
    const lenient: ScanPolicy = { on: true, tooLarge: 'admit', encrypted: 'admit' };
    for (const outcome of ['too-large', 'encrypted'] as const) {
      expect(judge([verdict('malware', outcome)], lenient)).toEqual({ outcome: 'admit' });
    }
    expect(judge([verdict('malware', 'infected')], lenient).outcome).toBe('quarantine');
  });

  test('as admitted unscanned only where the site has switched scanning off', () => {
    expect(judge([verdict('malware', 'off')], { ...STRICT, on: false })).toEqual({ outcome: 'admit' });
  });

  test('never without a malware verdict', () => {
    expect(() => judge([verdict('digest', 'pass'), verdict('type', 'pass')], STRICT)).toThrow(
      'malware verdict',
    );
  });

  test('never held for its content type alone', () => {
    expect(judge([verdict('type', 'finding'), verdict('malware', 'pass')], STRICT)).toEqual({
      outcome: 'admit',
    });
  });
});

test('only the newest word of a check on the same digest counts', () => {
  const verdicts = [
    verdict('malware', 'pass', sha256('other bytes')),
    verdict('malware', 'infected'),
    verdict('malware', 'pass'),
  ];
  expect(newestVerdicts(verdicts, DIGEST)).toEqual([verdicts[2]]);
  expect(newestVerdicts(verdicts, null)).toEqual([]);
});
