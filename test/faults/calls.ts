import { AsyncLocalStorage } from 'node:async_hooks';
import callbacks, { fstatSync } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import type { OpenLedger } from '../../src/stores/ledger/ledger-engine.ts';
import { OPERATIONS } from '../../src/stores/ledger/operations.ts';

/** What a call does, by what can go wrong with it. */
export type CallKind =
  | 'open'
  | 'read'
  | 'write'
  | 'sync'
  | 'link'
  | 'unlink'
  | 'rename'
  | 'make'
  | 'look'
  | 'attributes'
  | 'close'
  | 'query'
  | 'commit'
  | 'queue';

/** One call of the daemon on its disk, its ledger or its queue. */
export interface Call {
  readonly kind: CallKind;
  readonly name: string;
  /** Where it was made: `src/stores/zones/publisher.ts:96`; for a commit, the name of the operation. */
  readonly place: string;
  /** The descriptor of the open file that it is made on. */
  readonly descriptor: number | null;
  /** The arguments, as they were given. */
  readonly args: readonly unknown[];
}

/** Decides about every call of a life: makes it, fails it, or lets it hang. */
export type Interceptor = (call: Call, real: () => Promise<unknown>) => Promise<unknown>;

const lives = new AsyncLocalStorage<Interceptor>();

/** Runs `act`; every call that it makes, or that comes of it later, passes `interceptor`. */
export function inLife<T>(interceptor: Interceptor, act: () => Promise<T>): Promise<T> {
  return lives.run(interceptor, act);
}

/** The calls of `node:fs/promises` by their kind: all that change something or can fail in a way that matters. */
const OF_PATHS = {
  open: 'open',
  opendir: 'open',
  readdir: 'look',
  lstat: 'look',
  stat: 'look',
  statfs: 'look',
  access: 'look',
  realpath: 'look',
  readlink: 'look',
  link: 'link',
  unlink: 'unlink',
  rmdir: 'unlink',
  rm: 'unlink',
  rename: 'rename',
  mkdir: 'make',
  copyFile: 'make',
  chmod: 'attributes',
  chown: 'attributes',
  utimes: 'attributes',
} as const satisfies Partial<Record<keyof typeof fs, CallKind>>;

const OF_HANDLES = {
  read: 'read',
  readv: 'read',
  readFile: 'read',
  write: 'write',
  writev: 'write',
  writeFile: 'write',
  truncate: 'write',
  sync: 'sync',
  datasync: 'sync',
  stat: 'look',
  chmod: 'attributes',
  chown: 'attributes',
  utimes: 'attributes',
} as const satisfies Partial<Record<keyof FileHandle, CallKind>>;

/** Those of `node:fs`, which call back. */
const CALLING_BACK = {
  open: 'open',
  write: 'write',
  fdatasync: 'sync',
  close: 'close',
} as const satisfies Partial<Record<keyof typeof callbacks, CallKind>>;

/** The functions that are wrapped, and where they are from. */
export const WRAPPED: readonly string[] = [
  ...Object.keys(OF_PATHS).map((name) => `${name} from node:fs/promises`),
  ...Object.keys(CALLING_BACK).map((name) => `${name} from node:fs`),
];

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Puts the interceptor of the life that makes it before every call on the disk in this process. Once is enough. */
export async function wrapDisk(): Promise<void> {
  const some = await fs.open('/dev/null', 'r');
  const prototype = Object.getPrototypeOf(some) as Record<string, AnyFunction>;
  await some.close();
  wrapAll(fs as unknown as Record<string, AnyFunction>, OF_PATHS, () => null);
  wrapAll(prototype, OF_HANDLES, (self) => (self as FileHandle).fd);
  for (const [name, kind] of Object.entries(CALLING_BACK))
    wrapCallback(callbacks as unknown as Record<string, AnyFunction>, name, kind);
  syncBuiltinESMExports();
}

function wrapAll(
  object: Record<string, AnyFunction>,
  kinds: Readonly<Record<string, CallKind>>,
  descriptorOf: (self: unknown) => number | null,
): void {
  for (const [name, kind] of Object.entries(kinds)) {
    const real = object[name];
    if (real === undefined) throw new Error(`there is no ${name} to wrap`);
    object[name] = function wrapped(this: unknown, ...args: unknown[]) {
      const life = lives.getStore();
      if (life === undefined) return real.apply(this, args);
      const call = { kind, name, place: placeOfCaller(), descriptor: descriptorOf(this), args };
      // The real function may call another one that is wrapped too: that is not a call of the daemon.
      return life(call, async () => {
        const done = await lives.exit(() => real.apply(this, args) as Promise<unknown>);
        if (name === 'open') wrapClose(done as FileHandle);
        return done;
      });
    };
  }
}

/** Every open file has a `close` of its own, which ends it also where it says that it failed. */
function wrapClose(handle: FileHandle): void {
  const real = handle.close.bind(handle);
  handle.close = () => {
    const life = lives.getStore();
    if (life === undefined) return real();
    const call: Call = {
      kind: 'close',
      name: 'close',
      place: placeOfCaller(),
      descriptor: handle.fd,
      args: [],
    };
    return life(call, () => lives.exit(real)) as Promise<void>;
  };
}

/** A function whose last argument is called with an error, or null and the answer. */
function wrapCallback(object: Record<string, AnyFunction>, name: string, kind: CallKind): void {
  const real = object[name];
  if (real === undefined) throw new Error(`there is no ${name} to wrap`);
  object[name] = function wrapped(this: unknown, ...args: unknown[]) {
    const life = lives.getStore();
    const callback = args.at(-1);
    if (life === undefined || typeof callback !== 'function') return real.apply(this, args);
    const rest = args.slice(0, -1);
    const descriptor = typeof rest[0] === 'number' ? rest[0] : null;
    const call: Call = { kind, name, place: placeOfCaller(), descriptor, args: rest };
    const make = (): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const answer = (error: Error | null, value: unknown) =>
          error === null ? resolve(value) : reject(error);
        lives.exit(() => real.apply(this, [...rest, answer]));
      });
    life(call, make).then(
      (value) => callback(null, value),
      (error: unknown) => callback(error),
    );
    return undefined;
  };
}

/** The ledger with the interceptor before every operation: a read is a `query`, a write a `commit`. */
export function wrapLedger(ledger: OpenLedger): OpenLedger {
  const kinds: Readonly<Record<string, { readonly kind: string }>> = OPERATIONS;
  return new Proxy(ledger, {
    get(target, name: keyof OpenLedger) {
      const operation = target[name] as unknown as (...args: unknown[]) => Promise<unknown>;
      if (name === 'close') return operation;
      const isWrite = name === 'renewGenerations' || kinds[name]?.kind === 'write';
      return (...args: unknown[]) => {
        const life = lives.getStore();
        const real = () => operation.apply(target, args);
        if (life === undefined) return real();
        const kind: CallKind = isWrite ? 'commit' : 'query';
        return life({ kind, name, place: name, descriptor: null, args }, () => lives.exit(real));
      };
    },
  });
}

/** A call on the queue, which passes the interceptor too. */
export function queueCall(real: () => Promise<void>): Promise<unknown> {
  const life = lives.getStore();
  return life === undefined
    ? real()
    : life({ kind: 'queue', name: 'add', place: 'add', descriptor: null, args: [] }, real);
}

const SOURCE = /\/(src\/[^:)]+):(\d+):(\d+)/;

function placeOfCaller(): string {
  const lines = (new Error().stack ?? '').split('\n').slice(2);
  for (const line of lines) {
    const [, path, at] = SOURCE.exec(line) ?? [];
    if (path !== undefined) return `${path}:${at}`;
  }
  return 'elsewhere';
}

/** Tells one file from another, as long as it is open. */
export function inodeOf(descriptor: number): string {
  const { dev, ino, birthtimeNs } = fstatSync(descriptor, { bigint: true });
  return `${dev}:${ino}:${birthtimeNs}`;
}
