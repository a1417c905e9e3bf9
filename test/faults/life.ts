import { closeSync, constants, fstatSync, writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { type Call, type CallKind, type Interceptor, inodeOf } from './calls.ts';

/** One call of a life: the first, second … of its kind. */
interface Nth {
  readonly kind: CallKind;
  readonly at: number;
}

/** What is done to the calls of a life. */
export type Plan =
  | { readonly mode: 'watch' }
  /** The call fails, and none after it. */
  | (Nth & { readonly mode: 'once'; readonly code: string })
  /** The call fails, and every one of these kinds after it. */
  | (Nth & { readonly mode: 'lasting'; readonly code: string; readonly kinds: readonly CallKind[] })
  /** A write takes half of its bytes; the next write fails. */
  | (Nth & { readonly mode: 'short'; readonly code: string })
  /** The call is never answered. */
  | (Nth & { readonly mode: 'hang' })
  /** The process ends when the call was made, before it is answered: kill -9. */
  | (Nth & { readonly mode: 'crash' });

const { O_CREAT } = constants;

/** What errors of the system call these calls. */
const SYSCALLS: Readonly<Record<string, string>> = { sync: 'fsync', datasync: 'fdatasync' };

/** True for a call after which a crash leaves something else behind than before it. */
export function changes({ kind, name, args }: Pick<Call, 'kind' | 'name' | 'args'>): boolean {
  if (kind === 'open') return name === 'open' && (args[1] === 'wx' || (Number(args[1]) & O_CREAT) !== 0);
  return !['read', 'look', 'close', 'query', 'queue'].includes(kind);
}

/** One life of a process, from its start to its end, and what its calls were. */
export class Life {
  readonly calls: Call[] = [];
  /** Fsyncs of what an fsync had failed of before: `file at …`, `folder at …`. */
  readonly retried: string[] = [];
  /** Resolves when the process has ended in the middle of a call. */
  readonly ended: Promise<void>;
  readonly #plan: Plan;
  #dead = false;
  #hasBegun = false;
  readonly #counts = new Map<CallKind, number>();
  readonly #end = Promise.withResolvers<void>();
  readonly #open = new Map<FileHandle | number, () => Promise<void>>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #lost = new Map<string, string>();

  constructor(plan: Plan) {
    this.#plan = plan;
    this.ended = this.#end.promise;
  }

  /** Ends the process, if it has not: no further call is made, and what was open is closed by the system. */
  async kill(): Promise<void> {
    this.#dead = true;
    this.#end.resolve();
    await Promise.allSettled(this.#running);
    for (const close of this.#open.values()) await close().catch(() => undefined);
    this.#open.clear();
  }

  readonly intercept: Interceptor = async (call, real) => {
    if (this.#dead) return never();
    this.calls.push(call);
    const plan = this.#plan;
    const isHit = this.#isHit(call);
    if (isHit && plan.mode === 'crash') {
      const answer = await this.#track(real()).catch(() => undefined);
      if (call.name === 'open' && answer !== undefined) this.#opened(answer as FileHandle | number);
      this.#dead = true;
      this.#end.resolve();
      return never();
    }
    if (isHit && plan.mode === 'hang') return never();
    const code = this.#codeFor(call, isHit);
    if (code !== null) return this.#fail(call, real, code);
    if (isHit && plan.mode === 'short') return this.#cutShort(call);
    this.#noticeRetry(call);
    const answer = await this.#track(real());
    if (call.name === 'open') this.#opened(answer as FileHandle | number);
    if (call.kind === 'close' && call.descriptor !== null) this.#open.delete(call.descriptor);
    // What ends meanwhile is answered to nobody.
    return this.#dead ? never() : answer;
  };

  /** True for the one call that the plan names; also true of a lasting one from then on. */
  #isHit({ kind }: Call): boolean {
    const plan = this.#plan;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    return plan.mode !== 'watch' && plan.kind === kind && plan.at === count;
  }

  #codeFor(call: Call, isHit: boolean): string | null {
    const plan = this.#plan;
    if (plan.mode === 'once') return isHit ? plan.code : null;
    if (plan.mode === 'lasting') {
      this.#hasBegun ||= isHit;
      return this.#hasBegun && plan.kinds.includes(call.kind) ? plan.code : null;
    }
    if (plan.mode !== 'short' || !this.#hasBegun || call.kind !== 'write') return null;
    this.#hasBegun = false;
    return plan.code;
  }

  async #fail(call: Call, real: () => Promise<unknown>, code: string): Promise<never> {
    // A close that says that it failed has closed all the same.
    if (call.kind === 'close') await this.#track(real()).catch(() => undefined);
    if (call.kind === 'sync' && call.descriptor !== null)
      this.#lost.set(inodeOf(call.descriptor), call.place);
    const syscall = SYSCALLS[call.name] ?? call.name;
    throw Object.assign(new Error(`${code}: injected, ${syscall} at ${call.place}`), { code, syscall });
  }

  #cutShort({ name, args, descriptor }: Call): unknown {
    const isVector = name === 'writev';
    const [buffers, position] = args as [readonly Uint8Array[], number];
    const first = isVector ? buffers[0] : (args[1] as Uint8Array);
    if (first === undefined || descriptor === null) throw new Error(`${name} cannot be cut short`);
    this.#hasBegun = true;
    const half = Math.ceil(first.length / 2);
    const written = writeSync(descriptor, first, 0, half, isVector ? position : Number(args[4]));
    return isVector ? { bytesWritten: written, buffers } : written;
  }

  #noticeRetry(call: Call): void {
    if (call.kind !== 'sync' || call.descriptor === null) return;
    const failed = this.#lost.get(inodeOf(call.descriptor));
    if (failed !== undefined)
      this.retried.push(`${whatIs(call.descriptor)} at ${call.place}, after ${failed}`);
  }

  #opened(handle: FileHandle | number): void {
    if (typeof handle === 'number') {
      this.#open.set(handle, async () => closeSync(handle));
      return;
    }
    const close = handle.close.bind(handle);
    this.#open.set(handle, close);
    handle.close = () => {
      this.#open.delete(handle);
      return close();
    };
  }

  async #track<T>(promise: Promise<T>): Promise<T> {
    this.#running.add(promise);
    try {
      return await promise;
    } finally {
      this.#running.delete(promise);
    }
  }
}

function whatIs(descriptor: number): 'file' | 'folder' {
  return fstatSync(descriptor).isDirectory() ? 'folder' : 'file';
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
