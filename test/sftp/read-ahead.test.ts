import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { MIB } from '../../src/core/kit/bytes.ts';
import { accept, type Result, refuse } from '../../src/core/kit/result.ts';
import { ByteBudget } from '../../src/doors/sftp/byte-budget.ts';
import { lengthOf } from '../../src/doors/sftp/handles/piece.ts';
import { LARGEST_BLOCK, MOST_AHEAD, ReadAhead } from '../../src/doors/sftp/handles/read-ahead.ts';
import { ReadMemory } from '../../src/doors/sftp/handles/read-memory.ts';
import { PacketMemory } from '../../src/doors/sftp/packet-memory.ts';
import type { Refusal } from '../../src/doors/sftp/refusals.ts';

const FILE = randomBytes(8 * MIB + 123);
const PIECE = 255 * 1024;

/** What was asked of the disk. */
let asked: { position: number; length: number }[];
let isAllowed: boolean;
let held: number;
let memory: ReadMemory;

const source = {
  async read(buffer: Uint8Array, position: number): Promise<Result<number, Refusal>> {
    if (!isAllowed) return refuse('share-unknown');
    if (buffer.length > 0) asked.push({ position, length: buffer.length });
    await new Promise(setImmediate);
    return accept(FILE.copy(buffer, 0, position, position + buffer.length));
  },
};

class CountedBudget extends ByteBudget {
  override take(bytes: number): void {
    held += bytes;
    super.take(bytes);
  }

  override giveBack(bytes: number): void {
    held -= bytes;
    super.giveBack(bytes);
  }
}

function budgetOf(perSession: number): ByteBudget {
  return new CountedBudget({ perSession, total: 64 * MIB, floor: PIECE });
}

beforeEach(() => {
  [asked, isAllowed, held] = [[], true, 0];
  memory = new ReadMemory(new PacketMemory(8 * MIB, LARGEST_BLOCK), budgetOf(4 * MIB));
});

async function take(reads: ReadAhead, offset: number, length: number): Promise<Buffer> {
  const pieces = await reads.read(offset, length);
  if (!pieces.ok) throw new Error(pieces.refusal);
  const bytes = Buffer.concat(pieces.value.map((piece) => piece.bytes));
  expect(bytes.length).toBe(lengthOf(pieces.value));
  for (const piece of pieces.value) piece.release();
  return bytes;
}

async function takeAll(reads: ReadAhead): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < FILE.length; ) {
    const bytes = await take(reads, at, Math.min(PIECE, FILE.length - at));
    pieces.push(bytes);
    at += bytes.length;
  }
  return Buffer.concat(pieces);
}

describe('reads that continue each other', () => {
  test('go to the disk in large blocks, and give every byte once', async () => {
    const reads = new ReadAhead(source, memory, FILE.length);
    expect((await takeAll(reads)).equals(FILE)).toBe(true);
    expect(asked.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(
      FILE.length + LARGEST_BLOCK,
    );
    expect(asked.length).toBeLessThan(FILE.length / PIECE / 2);
    await reads.end();
    expect(held).toBe(0);
  });

  test('are read no further ahead than what was asked for where bytes may change', async () => {
    const reads = new ReadAhead(source, memory, 0);
    for (let i = 0; i < 10; i++) reads.asked(i * PIECE, PIECE);
    for (let i = 0; i < 10; i++) {
      expect((await take(reads, i * PIECE, PIECE)).equals(FILE.subarray(i * PIECE, (i + 1) * PIECE))).toBe(
        true,
      );
    }
    const furthest = Math.max(...asked.map(({ position, length }) => position + length));
    expect(furthest).toBe(10 * PIECE);
    expect(asked.length).toBeLessThan(5);
    await reads.end();
    expect(held).toBe(0);
  });

  test('never hold more than their bound ahead, nor more than the share of the session', async () => {
    const reads = new ReadAhead(source, memory, FILE.length);
    for (let i = 0; i < 20; i++) {
      await take(reads, i * PIECE, PIECE);
      expect(held).toBeLessThanOrEqual(MOST_AHEAD);
    }
    await reads.end();
    memory = new ReadMemory(new PacketMemory(8 * MIB, LARGEST_BLOCK), budgetOf(PIECE));
    const poor = new ReadAhead(source, memory, FILE.length);
    expect((await takeAll(poor)).equals(FILE)).toBe(true);
    expect(Math.max(...asked.slice(-20).map(({ length }) => length))).toBe(PIECE);
    await poor.end();
    expect(held).toBe(0);
  });
});

test('reads that jump about cost what they read, and not more', async () => {
  const reads = new ReadAhead(source, memory, FILE.length);
  for (let i = 0; i < 50; i++) {
    const at = 1 + ((i * 3_333_333) % (FILE.length - 5000));
    expect((await take(reads, at, 4096)).equals(FILE.subarray(at, at + 4096)), `at ${at}`).toBe(true);
  }
  expect(asked.reduce((sum, { length }) => sum + length, 0)).toBe(50 * 4096);
  await reads.end();
  expect(held).toBe(0);
});

test('what was read ahead is not given to who may not read any more', async () => {
  const reads = new ReadAhead(source, memory, FILE.length);
  for (let i = 0; i < 6; i++) await take(reads, i * PIECE, PIECE);
  isAllowed = false;
  await expect(take(reads, 6 * PIECE, PIECE)).rejects.toThrow('share-unknown');
  await reads.end();
  expect(held).toBe(0);
});

test('a change drops what was read ahead', async () => {
  const reads = new ReadAhead(source, memory, FILE.length);
  for (let i = 0; i < 6; i++) await take(reads, i * PIECE, PIECE);
  const before = asked.length;
  reads.drop();
  await take(reads, 6 * PIECE, PIECE);
  expect(asked[before]?.position).toBe(6 * PIECE);
  await reads.end();
});

test('memory that is still being sent is not used again', async () => {
  const reads = new ReadAhead(source, memory, FILE.length);
  const first = await reads.read(0, PIECE);
  if (!first.ok) throw new Error(first.refusal);
  for (let i = 1; i < 30; i++) await take(reads, i * PIECE, PIECE);
  await reads.end();
  expect(Buffer.concat(first.value.map(({ bytes }) => bytes)).equals(FILE.subarray(0, PIECE))).toBe(true);
  expect(held).toBe(PIECE);
  for (const piece of first.value) piece.release();
  expect(held).toBe(0);
});
