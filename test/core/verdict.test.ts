import { describe, expect, test } from 'vitest';
import {
  type Check,
  type Judgement,
  judge,
  newestVerdicts,
  type ScanPolicy,
  unscannedLabel,
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

  describe('that is too large for the scanner', () => {
    const LISTED: ScanPolicy = { ...STRICT, unscanned: ['vcf', 'bam'] };
    const format = (outcome: VerdictOutcome, detail: string | null): Verdict[] => [
      verdict('digest', 'pass'),
      verdict('malware', 'too-large'),
      { ...verdict('format', outcome), detail },
    ];

    test('is admitted unscanned when it is whole in a listed format', () => {
      expect(judge(format('pass', 'bam'), LISTED)).toEqual({ outcome: 'admit', unscanned: 'bam' });
    });

    test.each<[string, readonly Verdict[], ScanPolicy]>([
      ['it is whole in another format', format('pass', 'cram'), LISTED],
      ['it is whole in what is no format', format('pass', 'exe'), LISTED],
      ['it is whole in a format without a name', format('pass', null), LISTED],
      ['it is not whole', format('finding', 'bam'), LISTED],
      ['its structure was not checked', [verdict('malware', 'too-large')], LISTED],
      ['the site lists no formats', format('pass', 'bam'), STRICT],
    ])('is held when %s', (_, verdicts, policy) => {
      expect(judge(verdicts, policy)).toEqual({ outcome: 'hold', reason: 'too-large' });
    });

    test.each<VerdictOutcome>(['infected', 'encrypted', 'limits-exceeded', 'off'])(
      'alone: a whole structure is nothing to a file that is %s',
      (outcome) => {
        const verdicts = [verdict('malware', outcome), { ...verdict('format', 'pass'), detail: 'bam' }];
        expect(judge(verdicts, LISTED).outcome).not.toBe('admit');
      },
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

describe('the label of bytes that were not scanned', () => {
  const whole = { ...verdict('format', 'pass'), detail: 'nifti', version: 'Structures 9' };

  test.each<[string, readonly Verdict[], string | null]>([
    [
      'names the format and the check',
      [verdict('malware', 'too-large'), whole],
      'structure checked as NIfTI (Structures 9)',
    ],
    [
      'claims nothing of a structure that is not whole',
      [verdict('malware', 'too-large'), verdict('format', 'finding')],
      '',
    ],
    ['claims nothing where nothing was checked', [verdict('malware', 'too-large')], ''],
  ])('%s', (_, verdicts, more) => {
    expect(unscannedLabel(verdicts)).toBe(`not-scanned: too large${more === '' ? '' : `, ${more}`}`);
  });

  test.each<VerdictOutcome>(['pass', 'infected', 'off', 'encrypted'])(
    'is not for a file that is %s',
    (outcome) => {
      expect(unscannedLabel([verdict('malware', outcome), whole])).toBeNull();
    },
  );
});
