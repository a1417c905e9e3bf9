import { createCipheriv, createHash } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';
import type { FileName } from '../../src/core/custody/names.ts';
import type { Inspected } from '../../src/core/custody/ports.ts';
import type { Inspection, Verdict } from '../../src/core/custody/verdict.ts';
import type { Logger } from '../../src/core/kit/logger.ts';
import type { TypeReader } from '../../src/inspect/type-reader.ts';

export const fileName = (name: string): FileName => name as FileName;

export const clock = { now: () => 1_700_000_000_000, monotonic: () => performance.now() };

export const quiet: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A reader of types without a process, for tests of everything else. */
export const noTypes: TypeReader = {
  read: async () => ({ known: true, type: null }),
  close: () => undefined,
};

/** Bytes that look random and are the same at every call. */
export function noise(length: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16)).update(Buffer.alloc(length));
}

export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The bytes as a zone gives them; `throwAt` fails the read when so many bytes were given. */
export async function* pieces(bytes: Uint8Array, size = 1024 * 1024, throwAt = Number.POSITIVE_INFINITY) {
  for (let at = 0; at < bytes.byteLength; at += size) {
    if (at >= throwAt) throw Object.assign(new Error('EIO: the disk is broken'), { code: 'EIO' });
    yield bytes.subarray(at, at + size);
  }
}

export function answered(inspected: Inspected): Inspection {
  if (!inspected.answered) throw new Error(`not answered: ${inspected.notYet.why}`);
  return inspected.inspection;
}

export function verdictOf(inspection: Inspection, check: Verdict['check']): Verdict {
  const verdict = inspection.verdicts.find((one) => one.check === check);
  if (verdict === undefined) throw new Error(`no verdict of ${check}`);
  return verdict;
}

/** A zip archive of one member (APPNOTE 6.3.10); `encrypted` sets the flag that says so. */
export function zip(name: string, content: Uint8Array, encrypted = false): Buffer {
  const data = deflateRawSync(content);
  const shared = Buffer.alloc(26);
  shared.writeUInt16LE(20, 0);
  shared.writeUInt16LE(encrypted ? 1 : 0, 2);
  shared.writeUInt16LE(8, 4);
  shared.writeUInt32LE(crc32(content), 10);
  shared.writeUInt32LE(data.byteLength, 14);
  shared.writeUInt32LE(content.byteLength, 18);
  shared.writeUInt16LE(Buffer.byteLength(name), 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, Buffer.from(name), data]);
  const central = Buffer.concat([
    Buffer.from('PK\x01\x02\x14\0'),
    shared,
    Buffer.alloc(14),
    Buffer.from(name),
  ]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(central.byteLength, 8);
  end.writeUInt32LE(local.byteLength, 12);
  return Buffer.concat([local, central, Buffer.from('PK\x05\x06'), end]);
}
