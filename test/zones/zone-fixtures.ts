import { createCipheriv, createHash } from 'node:crypto';
import type { ArrivalPath } from '../../src/core/custody/file.ts';
import type { FileName, FolderPath } from '../../src/core/custody/names.ts';
import type { Publication, Zones } from '../../src/core/custody/zone-ports.ts';
import type { Sha256 } from '../../src/core/kit/digest.ts';
import { type FileId, newId } from '../../src/core/kit/ids.ts';

/** Some tests give files to other users, or mount file systems: they run where that is allowed. */
export const IS_ROOT = process.getuid?.() === 0;

/** What the tests' sites publish with: a group of its own, where it can be given. */
export const PUBLISHED = { mode: 0o440, gid: IS_ROOT ? 12345 : (process.getgid?.() ?? null) };

/** What the tests' sites give to working files. */
export const SHARES = {
  attributesOf: () => ({ mode: 0o660, gid: IS_ROOT ? 23456 : (process.getgid?.() ?? null) }),
};

export function fileId(): FileId {
  return newId('file', Date.now());
}

/** A path in Arrivals, unchecked: tests also try what no door lets through. */
export function arrivalPath(name: string, folder = ''): ArrivalPath {
  return { folder: folder as FolderPath, name: name as FileName };
}

/** Bytes that look random and are the same at every call. */
export function bytesOf(length: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16)).update(Buffer.alloc(length));
}

export function digest(bytes: Uint8Array): Sha256 {
  return createHash('sha256').update(bytes).digest('hex') as Sha256;
}

/** Puts bytes into the airlock the way a door does. */
export async function store(zones: Zones, file: FileId, bytes: Uint8Array): Promise<void> {
  await zones.airlock.create(file);
  const handle = await zones.airlock.open(file);
  await handle.write([bytes], 0);
  await handle.sync();
  await handle.close();
}

export function publicationOf(file: FileId, bytes: Uint8Array, path = arrivalPath('scan.csv')): Publication {
  return { file, home: ['alice'], path, size: bytes.byteLength, sha256: digest(bytes) };
}

export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(Uint8Array.from(piece));
  return Buffer.concat(all);
}
