/**
 * The numbers of SFTP version 3 (draft-ietf-secsh-filexfer-02, sections 3, 5, 6.3 and 7).
 */

/** Message types (section 3). */
export const MESSAGE = {
  INIT: 1,
  VERSION: 2,
  OPEN: 3,
  CLOSE: 4,
  READ: 5,
  WRITE: 6,
  LSTAT: 7,
  FSTAT: 8,
  SETSTAT: 9,
  FSETSTAT: 10,
  OPENDIR: 11,
  READDIR: 12,
  REMOVE: 13,
  MKDIR: 14,
  RMDIR: 15,
  REALPATH: 16,
  STAT: 17,
  RENAME: 18,
  READLINK: 19,
  SYMLINK: 20,
  STATUS: 101,
  HANDLE: 102,
  DATA: 103,
  NAME: 104,
  ATTRS: 105,
  EXTENDED: 200,
  EXTENDED_REPLY: 201,
} as const;

/** Status codes (section 7). Version 3 has no others, so the sentence beside the code carries the reason. */
export const STATUS = {
  OK: 0,
  EOF: 1,
  NO_SUCH_FILE: 2,
  PERMISSION_DENIED: 3,
  FAILURE: 4,
  BAD_MESSAGE: 5,
  OP_UNSUPPORTED: 8,
} as const;

/** A status code. */
export type StatusCode = (typeof STATUS)[keyof typeof STATUS];

/** Flags of OPEN (section 6.3). */
export const OPEN_FLAG = { READ: 1, WRITE: 2, APPEND: 4, CREAT: 8, TRUNC: 16, EXCL: 32 } as const;

/** The version that is spoken (section 4). */
export const SFTP_VERSION = 3;

/** The longest packet that is taken, without its length field: what OpenSSH sends and takes. */
export const LONGEST_PACKET = 256 * 1024 + 1024;

/** The most bytes of one READ or WRITE that limits@openssh.com offers. */
export const LONGEST_TRANSFER = 255 * 1024;
