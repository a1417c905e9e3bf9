import fc from 'fast-check';
import { MESSAGE } from '../../../src/doors/sftp/wire/message-types.ts';
import { string, uint32, uint64 } from '../raw-client.ts';
import { anyBytes } from './fuzz-budget.ts';
import { HOSTILE_NAMES } from './hostile-names.ts';

/** One request of a script. A handle that was given before is not known when the script is made. */
export interface Step {
  readonly type: number;
  /** What stands behind the request id. */
  body(handles: readonly Buffer[]): Buffer;
}

type Field = (handles: readonly Buffer[]) => Buffer;

const PATHS = [
  'a',
  'b',
  'a.filepart',
  'd',
  'd/a',
  'd/e',
  '/',
  '/arrivals',
  '/arrivals/a',
  '/arrivals/came.bin',
  '/shares',
  '/shares/cohort',
  '/shares/cohort/a',
  '/shares/cohort/b',
  '/shares/cohort/d',
  '/shares/other/a',
  '/outbound',
  '/outbound/cohort',
  '/outbound/cohort/a',
  '/outbound/cohort/out.bin',
];

const EXTENSIONS = [
  'limits@openssh.com',
  'fsync@openssh.com',
  'posix-rename@openssh.com',
  'lsetstat@openssh.com',
  'statvfs@openssh.com',
  'fstatvfs@openssh.com',
  'expand-path@openssh.com',
  'home-directory',
  'check-file',
  'check-file-handle',
  'check-file-name',
  'hardlink@openssh.com',
  'copy-data',
  'users-groups-by-id@openssh.com',
];

const plain = (bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<Field> => bytes.map((value) => () => value);

const path = plain(
  fc
    .oneof(
      { weight: 5, arbitrary: fc.constantFrom(...PATHS) },
      { weight: 1, arbitrary: fc.constantFrom(...HOSTILE_NAMES) },
    )
    .map(string),
);

/** One that was given, most of the time. */
const handle: fc.Arbitrary<Field> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.nat(100).map(
      (n): Field =>
        (handles) =>
          string(handles[n % Math.max(handles.length, 1)] ?? 'none'),
    ),
  },
  { weight: 1, arbitrary: plain(anyBytes(300).map(string)) },
);

const edges64 = [
  0n,
  1n,
  255n,
  4096n,
  2n ** 31n,
  2n ** 32n,
  2n ** 40n,
  2n ** 50n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

const offset = plain(
  fc
    .oneof(
      { weight: 4, arbitrary: fc.bigInt({ min: 0n, max: 100_000n }) },
      { weight: 1, arbitrary: fc.constantFrom(...edges64) },
    )
    .map(uint64),
);

const count = plain(
  fc
    .oneof(
      { weight: 3, arbitrary: fc.nat(70_000) },
      { weight: 1, arbitrary: fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff) },
    )
    .map(uint32),
);

const flags = plain(fc.oneof(fc.nat(63), fc.constantFrom(0x1a, 0x0a, 0x02, 0x01, 0xffffffff)).map(uint32));

const attributes = plain(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(uint32(0)) },
    {
      weight: 2,
      arbitrary: fc
        .oneof(fc.bigInt({ min: 0n, max: 200_000n }), fc.constantFrom(...edges64))
        .map((size) => Buffer.concat([uint32(1), uint64(size)])),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.nat(0xffffffff), anyBytes(40))
        .map(([bits, rest]) => Buffer.concat([uint32(bits), rest])),
    },
  ),
);

const data = plain(
  fc
    .oneof(
      { weight: 5, arbitrary: anyBytes(200) },
      { weight: 1, arbitrary: fc.integer({ min: 1000, max: 200_000 }).map((n) => Buffer.alloc(n, 0x61)) },
    )
    .map(string),
);

const SHAPES: Readonly<Record<number, readonly fc.Arbitrary<Field>[]>> = {
  [MESSAGE.INIT]: [count],
  [MESSAGE.OPEN]: [path, flags, attributes],
  [MESSAGE.CLOSE]: [handle],
  [MESSAGE.READ]: [handle, offset, count],
  [MESSAGE.WRITE]: [handle, offset, data],
  [MESSAGE.LSTAT]: [path],
  [MESSAGE.FSTAT]: [handle],
  [MESSAGE.SETSTAT]: [path, attributes],
  [MESSAGE.FSETSTAT]: [handle, attributes],
  [MESSAGE.OPENDIR]: [path],
  [MESSAGE.READDIR]: [handle],
  [MESSAGE.REMOVE]: [path],
  [MESSAGE.MKDIR]: [path, attributes],
  [MESSAGE.RMDIR]: [path],
  [MESSAGE.REALPATH]: [path],
  [MESSAGE.STAT]: [path],
  [MESSAGE.RENAME]: [path, path],
  [MESSAGE.READLINK]: [path],
  [MESSAGE.SYMLINK]: [path, path],
};

/** What an extension is asked with: whatever any of them takes, and what none does. */
const question = fc.oneof(
  fc.tuple(path),
  fc.tuple(path, path),
  fc.tuple(path, attributes),
  fc.tuple(handle),
  fc.tuple(
    handle,
    plain(fc.constantFrom('sha256', 'md5,sha256', '', ',').map(string)),
    offset,
    offset,
    count,
  ),
  fc.tuple(path, plain(fc.constant(string('sha256'))), offset, offset, count),
  fc.array(plain(anyBytes(30)), { maxLength: 3 }),
);

function step(type: number, fields: readonly Field[]): Step {
  return { type, body: (handles) => Buffer.concat(fields.map((field) => field(handles))) };
}

const known = fc
  .oneof(
    fc.constantFrom(...Object.keys(SHAPES).map(Number)),
    // What leads somewhere more often.
    fc.constantFrom(MESSAGE.OPEN, MESSAGE.OPEN, MESSAGE.WRITE, MESSAGE.WRITE, MESSAGE.CLOSE, MESSAGE.READ),
  )
  .chain((type) => fc.tuple(...(SHAPES[type] ?? [])).map((fields) => step(type, fields)));

const extended = fc
  .tuple(fc.oneof(fc.constantFrom(...EXTENSIONS), fc.string({ maxLength: 40 })), question)
  .map(([name, fields]) => step(MESSAGE.EXTENDED, [() => string(name), ...fields]));

const unknown = fc.tuple(fc.nat(255), anyBytes(60)).map(([type, bytes]) => step(type, [() => bytes]));

/** What is done to the fields of a request. */
const damage: fc.Arbitrary<(body: Buffer) => Buffer> = fc.oneof(
  fc.nat(40).map((n) => (body: Buffer) => body.subarray(0, Math.max(body.length - n, 0))),
  fc.tuple(fc.nat(400), fc.nat(255)).map(([at, value]) => (body: Buffer) => {
    const copy = Buffer.from(body);
    if (copy.length > 0) copy[at % copy.length] = value;
    return copy;
  }),
  // A length field comes first in most requests.
  fc.constantFrom(0, 0x7fffffff, 0x80000001, 0xffffffff).map((length) => (body: Buffer) => {
    const copy = Buffer.from(body);
    if (copy.length >= 4) copy.writeUInt32BE(length);
    return copy;
  }),
  anyBytes(50).map((rest) => (body: Buffer) => Buffer.concat([body, rest])),
);

const damaged = fc
  .tuple(fc.oneof(known, extended), damage)
  .map(([{ type, ...whole }, spoil]): Step => ({ type, body: (handles) => spoil(whole.body(handles)) }));

const anyStep = fc.oneof(
  { weight: 12, arbitrary: known },
  { weight: 3, arbitrary: extended },
  { weight: 3, arbitrary: damaged },
  { weight: 1, arbitrary: unknown },
);

/** Requests that are sent together, and those that are sent when they are answered. */
export const anyScript: fc.Arbitrary<readonly (readonly Step[])[]> = fc.array(
  fc.array(anyStep, { minLength: 1, maxLength: 8 }),
  { minLength: 1, maxLength: 10 },
);

/** Bytes after which a stream of packets cannot be understood any more: lengths that no packet can have. */
export const anyBreak: fc.Arbitrary<Buffer> = fc
  .tuple(fc.constantFrom(0, 1, 4, 262_145 + 1024, 0x7fffffff, 0x80000001, 0xffffffff), anyBytes(50))
  .map(([length, rest]) => Buffer.concat([uint32(length), rest]));
