import { expect, test } from 'vitest';
import { PasswordWork } from '../../src/core/accounts/password-work.ts';

/** Work that goes on until it is let go, one by one. */
function heldWork(limits: { readonly atOnce: number; readonly waiting: number }) {
  const begun: string[] = [];
  const held: (() => void)[] = [];
  const work = new PasswordWork(limits, async (password) => {
    begun.push(password);
    await new Promise<void>((resolve) => held.push(resolve));
    return true;
  });
  async function letGo(): Promise<void> {
    held.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { work, begun, letGo };
}

test('few passwords are looked at at once; people who are known go first, and each gets an answer', async () => {
  const { work, begun, letGo } = heldWork({ atOnce: 2, waiting: 10 });
  const all = ['a', 'b', 'c', 'd'].map((name) => work.verify(name, 'hash', false));
  const known = work.verify('known', 'hash', true);
  expect(begun).toEqual(['a', 'b']);
  expect([work.running, work.waiting]).toEqual([2, 3]);
  await letGo();
  expect(begun).toEqual(['a', 'b', 'known']);
  for (let i = 0; i < 5; i++) await letGo();
  expect(await Promise.all([...all, known])).toEqual([true, true, true, true, true]);
  expect([work.running, work.waiting, work.refused]).toEqual([0, 0, 0]);
});

test('more than may wait are sent away at once, strangers before those who are known', async () => {
  const { work, begun, letGo } = heldWork({ atOnce: 1, waiting: 2 });
  const [first, second, third] = ['a', 'b', 'c'].map((name) => work.verify(name, 'hash', false));
  expect(await work.verify('d', 'hash', false)).toBeNull();
  const known = work.verify('known', 'hash', true);
  expect(await third).toBeNull();
  expect([work.waiting, work.refused]).toEqual([2, 2]);
  for (let i = 0; i < 3; i++) await letGo();
  expect(await Promise.all([first, second, known])).toEqual([true, true, true]);
  expect(begun).toEqual(['a', 'known', 'b']);
});

test('a fault in one does not keep its place', async () => {
  const work = new PasswordWork({ atOnce: 1, waiting: 1 }, async (password) => {
    if (password === 'bad') throw new Error('a stored password hash is not argon2id');
    return true;
  });
  await expect(work.verify('bad', 'hash', false)).rejects.toThrow('not argon2id');
  expect(await work.verify('good', 'hash', false)).toBe(true);
  expect(work.running).toBe(0);
});

test('what is not wanted any more when its turn comes is not looked at', async () => {
  const { work, begun, letGo } = heldWork({ atOnce: 1, waiting: 2 });
  let isWanted = true;
  const first = work.verify('a', 'hash', false);
  const second = work.verify('b', 'hash', false, () => isWanted);
  isWanted = false;
  await letGo();
  expect(await Promise.all([first, second])).toEqual([true, null]);
  expect(begun).toEqual(['a']);
});
