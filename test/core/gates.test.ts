import { describe, expect, test } from 'vitest';
import {
  ALL_OFF,
  agreementOf,
  createGates,
  gateWords,
  NO_STANDING,
  type SiteGates,
  type Standing,
} from '../../src/core/accounts/gates.ts';

const NOW = Date.parse('2026-12-01T12:00:00Z');
const AGREEMENT = agreementOf('Be careful.\n');
const ALL: SiteGates = { training: true, agreement: AGREEMENT, induction: true, warn: [] };
const PASSED: Standing = {
  trainingExpires: NOW + 1,
  agreed: { version: AGREEMENT.version, at: NOW - 1 },
  inductedOn: NOW,
};

function closed(site: Partial<SiteGates>, standing: Partial<Standing>) {
  const gates = createGates({ ...ALL_OFF, ...site }, { now: () => NOW });
  return gates.closedTo({ ...NO_STANDING, ...standing });
}

describe('gates', () => {
  test('ask nothing where they are off, and everything in order where they are on', () => {
    expect(closed({}, {})).toEqual([]);
    expect(closed(ALL, {}).map(({ gate }) => gate)).toEqual(['training', 'agreement', 'induction']);
    expect(closed(ALL, PASSED)).toEqual([]);
  });

  test.each<[string, Partial<Standing>, unknown]>([
    [
      'training that ends this very moment',
      { trainingExpires: NOW },
      { gate: 'training', why: 'over', since: NOW },
    ],
    ['no training', { trainingExpires: null }, { gate: 'training', why: 'missing' }],
    ['an agreement never accepted', { agreed: null }, { gate: 'agreement', why: 'missing' }],
    [
      'an agreement of another text',
      { agreed: { version: agreementOf('Be bold.').version, at: NOW } },
      { gate: 'agreement', why: 'changed' },
    ],
    ['no induction', { inductedOn: null }, { gate: 'induction', why: 'missing' }],
    ['an induction that is to come', { inductedOn: NOW + 1 }, { gate: 'induction', why: 'missing' }],
  ])('close on %s, and on nothing else', (_, missing, expected) => {
    const found = closed(ALL, { ...PASSED, ...missing });
    expect(found).toEqual([expected]);
    expect(gateWords(found)).toMatch(/: (take it|sign in to the portal|ask the data team)/);
  });

  test('say all that is missing in one sentence', () => {
    const words = gateWords(closed(ALL, { trainingExpires: Date.parse('2026-11-01T00:00:00Z') }));
    expect(words).toMatch(
      /^your training is over since 2026-11-01T.*; you have not accepted .*; no induction/,
    );
  });

  test('take a text for the same agreement whatever ends its lines', () => {
    expect(agreementOf('One.\r\nTwo.\r\n\r\n')).toEqual(agreementOf('One.\nTwo.'));
    expect(agreementOf('One. Two.').version).not.toBe(agreementOf('One.\nTwo.').version);
  });
});
