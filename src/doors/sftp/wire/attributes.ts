import type { Instant } from '../../../core/kit/clock.ts';
import type { FieldReader } from './field-reader.ts';

/** Bits of the flags of ATTRS (draft-ietf-secsh-filexfer-02 section 5). */
const FLAG = { SIZE: 1, UIDGID: 2, PERMISSIONS: 4, ACMODTIME: 8, EXTENDED: 0x80000000 } as const;

/** File types of the permissions field, as POSIX has them. */
const TYPE_FOLDER = 0o040000;
const TYPE_FILE = 0o100000;
const TYPE_LINK = 0o120000;

const TYPES = { file: TYPE_FILE, folder: TYPE_FOLDER, other: TYPE_LINK } as const;

const LATEST_TIME = 0xffffffff;

/** What a client is shown of a file or folder. Both belong to the person alone, hence 0600 and 0700. */
export interface Attributes {
  /** `other`: what is neither file nor folder. It is shown as a symbolic link, and cannot be opened or followed. */
  readonly kind: 'file' | 'folder' | 'other';
  readonly size: number;
  readonly mtime: Instant;
  /** Nothing may be written or made there. */
  readonly readOnly?: boolean;
}

/** What a client asks to be set. Owner, group and permissions are read over: they are accepted and ignored. */
export interface AttributeChange {
  readonly size: number | null;
  readonly mtime: Instant | null;
}

/** The length of what `writeAttributes` writes. */
export const ATTRIBUTES_LENGTH = 4 + 8 + 4 + 4 + 4;

/** Writes ATTRS at a place of a buffer. */
export function writeAttributes(buffer: Buffer, at: number, attributes: Attributes): number {
  const seconds = Math.min(Math.max(Math.floor(attributes.mtime / 1000), 0), LATEST_TIME);
  let end = buffer.writeUInt32BE(FLAG.SIZE | FLAG.PERMISSIONS | FLAG.ACMODTIME, at);
  end = buffer.writeUInt32BE(Math.floor(attributes.size / 2 ** 32), end);
  end = buffer.writeUInt32BE(attributes.size % 2 ** 32, end);
  end = buffer.writeUInt32BE(modeOf(attributes), end);
  end = buffer.writeUInt32BE(seconds, end);
  return buffer.writeUInt32BE(seconds, end);
}

/** The POSIX mode, type bits included. */
export function modeOf({ kind, readOnly }: Attributes): number {
  const rights = (kind === 'folder' ? 0o700 : 0o600) & (readOnly === true ? 0o577 : 0o777);
  return TYPES[kind] | rights;
}

/** Reads ATTRS. A size beyond 2^53-1 throws `NumberTooLarge`. */
export function readAttributes(reader: FieldReader): AttributeChange {
  const flags = reader.uint32();
  const size = (flags & FLAG.SIZE) === 0 ? null : reader.uint64();
  if ((flags & FLAG.UIDGID) !== 0) {
    reader.uint32();
    reader.uint32();
  }
  if ((flags & FLAG.PERMISSIONS) !== 0) reader.uint32();
  let mtime: Instant | null = null;
  if ((flags & FLAG.ACMODTIME) !== 0) {
    reader.uint32();
    mtime = reader.uint32() * 1000;
  }
  return { size, mtime };
}
