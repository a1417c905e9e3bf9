import { describe, expect, test } from 'vitest';
import type { ImpliedWork } from '../../src/core/custody/implied-work.ts';
import { encodeWork, jobIdOf, parseWork } from '../../src/jobs/job-payload.ts';
import { fileWork, newAccount, newFile } from './bench.ts';

const samples: ImpliedWork[] = [
  fileWork('inspect-file', 3),
  fileWork('admit-file', 0),
  fileWork('clear-airlock', 12),
  fileWork('destroy-file', 2),
  { job: 'send-notices', account: newAccount() },
  { job: 'send-security-mails', account: newAccount() },
  { job: 'run-retention' },
];

describe('a job', () => {
  test.each(samples)('$job survives the way through Redis', (work) => {
    expect(parseWork(work.job, JSON.parse(JSON.stringify(encodeWork(work))))).toEqual(work);
  });

  test('has an id that carries its file and generation', () => {
    const id = newFile();
    const work = (generation: number): ImpliedWork => ({ job: 'inspect-file', ref: { id, generation } });
    expect(jobIdOf(work(3))).toBe(`inspect-file-${id}-g3`);
    expect(jobIdOf(work(3))).toBe(jobIdOf(work(3)));
    expect(jobIdOf(work(4))).not.toBe(jobIdOf(work(3)));
    for (const sample of samples) expect(jobIdOf(sample)).not.toMatch(/:|^\d+$/);
  });

  const file = newFile();
  test.each([
    ['null', null],
    ['a string', 'inspect'],
    ['an empty object', {}],
    ['no version', { file, generation: 1 }],
    ['a newer version', { v: 2, file, generation: 1 }],
    ['a member too many', { v: 1, file, generation: 1, also: true }],
    ['an id of another kind', { v: 1, file: newAccount(), generation: 1 }],
    ['an id that is a path', { v: 1, file: '../../etc/passwd', generation: 1 }],
    ['a generation that is text', { v: 1, file, generation: '1' }],
    ['half a generation', { v: 1, file, generation: 1.5 }],
    ['a negative generation', { v: 1, file, generation: -1 }],
    ['the payload of another job', { v: 1, account: newAccount() }],
  ])('is not read from %s', (_what, payload) => {
    expect(parseWork('inspect-file', payload)).toBeNull();
  });

  test('for retention has one id, and no members', () => {
    expect(jobIdOf({ job: 'run-retention' })).toBe('run-retention');
    expect(parseWork('run-retention', { v: 1, file, generation: 1 })).toBeNull();
    expect(parseWork('run-retention', {})).toBeNull();
  });

  test('for notices is not read from the payload of a file', () => {
    expect(parseWork('send-notices', { v: 1, file, generation: 1 })).toBeNull();
    expect(parseWork('send-notices', { v: 1, account: file })).toBeNull();
  });
});
