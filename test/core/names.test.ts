import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type FileName,
  isPartialName,
  LONGEST_NAME,
  nameKey,
  numberedName,
  parseFileName,
  parseFolderPath,
} from '../../src/core/custody/names.ts';

function name(text: string): FileName {
  const parsed = parseFileName(text);
  if (!parsed.ok) throw new Error(`"${text}" was refused: ${parsed.detail}`);
  return parsed.value;
}

describe('a file name', () => {
  test.each([
    'scan.csv',
    'Ärzte (2).csv',
    '数据.nii.gz',
    ' leading space',
    '$(rm -rf)',
    '-rf',
    'a\u202etxt.exe',
  ])('may be %j, kept as it was sent', (text) => {
    expect(name(text)).toBe(text);
  });

  test.each(['', '.', '..', 'a/b', 'a\nb', 'a\u0000b', 'a\u001bb', 'a\u007fb', 'a\u0085b', 'a\ud800b'])(
    'may not be %j',
    (text) => {
      expect(parseFileName(text)).toMatchObject({ ok: false, refusal: 'name-invalid' });
    },
  );

  test('may have 255 bytes of UTF-8 and not one more', () => {
    expect(parseFileName('é'.repeat(127) + 'x').ok).toBe(true);
    expect(parseFileName('é'.repeat(128))).toMatchObject({ ok: false, refusal: 'path-too-long' });
  });
});

describe('a folder path', () => {
  test('loses empty and single-dot parts, and nothing else', () => {
    expect(parseFolderPath('/a//./b/')).toEqual({ ok: true, value: 'a/b' });
    expect(parseFolderPath('')).toEqual({ ok: true, value: '' });
  });

  test.each(['..', 'a/../b', '../etc', 'a/..'])('may not climb: %j', (path) => {
    expect(parseFolderPath(path)).toMatchObject({ ok: false, refusal: 'name-invalid' });
  });

  test('nests at most 100 deep', () => {
    expect(parseFolderPath('d/'.repeat(100)).ok).toBe(true);
    expect(parseFolderPath('d/'.repeat(1000))).toMatchObject({ ok: false, refusal: 'path-too-long' });
  });
});

describe('the key of a name', () => {
  test('is shared by spellings that people would call the same', () => {
    expect(nameKey('Scan.CSV')).toBe(nameKey('scan.csv'));
    expect(nameKey('Caf\u00e9')).toBe(nameKey('cafe\u0301'));
    expect(nameKey('STRASSE')).toBe(nameKey('straße'));
  });

  test('differs for names that people would tell apart', () => {
    expect(nameKey('scan1.csv')).not.toBe(nameKey('scan2.csv'));
    expect(nameKey('cafe')).not.toBe(nameKey('café'));
  });
});

describe('a numbered name', () => {
  test('puts the number before the ending', () => {
    expect(numberedName(name('scan.csv'), 1)).toBe('scan.csv');
    expect(numberedName(name('scan.csv'), 2)).toBe('scan (2).csv');
    expect(numberedName(name('README'), 3)).toBe('README (3)');
    expect(numberedName(name('.profile'), 2)).toBe('.profile (2)');
  });

  test('is always a name, and never longer than 255 bytes', () => {
    const names = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 120 })
      .filter((text) => parseFileName(text).ok);
    fc.assert(
      fc.property(names, fc.integer({ min: 2, max: 99_999 }), (text, n) => {
        const numbered = numberedName(name(text), n);
        expect(parseFileName(numbered).ok).toBe(true);
        expect(Buffer.byteLength(numbered)).toBeLessThanOrEqual(LONGEST_NAME);
      }),
    );
  });

  test('stays within the limit when the whole name is one long ending', () => {
    const numbered = numberedName(name(`a.${'x'.repeat(253)}`), 2);
    expect(Buffer.byteLength(numbered)).toBeLessThanOrEqual(LONGEST_NAME);
  });
});

test('clients mark a partial upload with .filepart, .part or .partial', () => {
  expect(['a.filepart', 'a.PART', 'a.partial'].every((text) => isPartialName(name(text)))).toBe(true);
  expect(['part', 'a.parts', 'partial.csv'].some((text) => isPartialName(name(text)))).toBe(false);
});
