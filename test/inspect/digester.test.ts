import { afterEach, describe, expect, test } from 'vitest';
import { createDigester, type Digester } from '../../src/inspect/digester.ts';
import { digest, noise, pieces } from './inspect-fixtures.ts';

const MIB = 1024 * 1024;

let digester: Digester = createDigester();

afterEach(async () => {
  await digester.close();
  digester = createDigester();
});

/** Digests bytes through one buffer that is used again for every piece. */
async function digestThroughOneBuffer(bytes: Uint8Array, size: number): Promise<string> {
  const making = digester.begin(bytes.byteLength);
  const buffer = Buffer.alloc(size);
  for await (const piece of pieces(bytes, size)) {
    buffer.set(piece);
    await making.update(buffer.subarray(0, piece.byteLength));
    buffer.fill(0xff);
  }
  return making.finish();
}

test.each([
  [100, 10],
  [MIB, MIB],
  [MIB + 1, MIB],
  [40 * MIB, MIB],
  [20 * MIB + 17, 77_777],
  [20 * MIB + 17, 5 * MIB],
])('digests %i bytes in pieces of %i', async (length, size) => {
  const bytes = noise(length);
  expect(await digestThroughOneBuffer(bytes, size)).toBe(digest(bytes));
});

test('keeps many digests apart, some of which are given up', async () => {
  const all = Array.from({ length: 12 }, (_, n) => noise(3 * MIB + n));
  const found = await Promise.all(
    all.map(async (bytes, n) => {
      if (n % 3 !== 0) return await digestThroughOneBuffer(bytes, 100_000);
      const given = digester.begin(bytes.byteLength);
      await given.update(bytes);
      given.drop();
      return digest(bytes);
    }),
  );
  expect(found).toEqual(all.map(digest));
});

describe('when the thread ends', () => {
  test('digests under way reject, and the next one has a new thread', async () => {
    const making = digester.begin(100 * MIB);
    await making.update(noise(MIB));
    await digester.close();
    await expect(making.finish()).rejects.toThrow('the digest thread ended');
    await expect(
      (async () => {
        for (let n = 0; n < 6; n++) await making.update(noise(MIB));
      })(),
    ).rejects.toThrow('the digest thread ended');
    const bytes = noise(10 * MIB);
    expect(await digestThroughOneBuffer(bytes, MIB)).toBe(digest(bytes));
  });
});
