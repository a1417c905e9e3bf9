import { expect } from 'vitest';
import { MESSAGE, STATUS } from '../../../src/doors/sftp/wire/message-types.ts';
import { type RawClient, type RawReply, string, uint32, uint64 } from '../raw-client.ts';

/** Attributes as a client sends them. Times are seconds. */
export interface SentAttributes {
  readonly size?: number;
  readonly permissions?: number;
  readonly mtime?: number;
}

/** What a request is made of. `handle` names one that an earlier step of the sequence has got. */
type Field =
  | { readonly text: string }
  | { readonly handle: string }
  | { readonly uint32: number }
  | { readonly uint64: number }
  | { readonly bytes: Buffer }
  | { readonly attributes: SentAttributes };

/** What a client has to be answered, to go on as it does. */
type Answer =
  | { readonly status: keyof typeof STATUS; readonly saying?: RegExp }
  | { readonly handle: string }
  | { readonly size: number }
  | { readonly path: string }
  | { readonly names: readonly string[] }
  | { readonly data: Buffer };

/** One request of a client, and its answer. */
export interface Step {
  readonly request: keyof typeof MESSAGE;
  readonly fields: readonly Field[];
  readonly answer: Answer;
  /** The client sends the next request before it has this answer. */
  readonly runsAhead?: true;
}

/** Bits of OPEN (draft-ietf-secsh-filexfer-02 section 6.3). */
export const FLAG = { READ: 1, WRITE: 2, APPEND: 4, CREATE: 8, TRUNCATE: 16, EXCLUSIVE: 32 } as const;

const BIT = { size: 1, permissions: 4, times: 8 } as const;

const text = (value: string): Field => ({ text: value });

/** Asks for something by a path. */
export function onPath(request: keyof typeof MESSAGE, path: string, answer: Answer): Step {
  return { request, fields: [text(path)], answer };
}

/** Opens a file; later steps find the handle under `as`. */
export function open(
  path: string,
  flags: number,
  attributes: SentAttributes,
  answer: Answer = { handle: 'file' },
): Step {
  return { request: 'OPEN', fields: [text(path), { uint32: flags }, { attributes }], answer };
}

/** Writes bytes in pieces of a size, one after the other from an offset, without waiting for answers. */
export function write(bytes: Buffer, piece: number, from = 0): Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < bytes.length; at += piece) {
    const fields = [
      { handle: 'file' },
      { uint64: from + at },
      { bytes: bytes.subarray(at, at + piece) },
    ] as const;
    steps.push({ request: 'WRITE', fields, answer: OK, runsAhead: true });
  }
  return steps;
}

/** Reads bytes in pieces of a size, some of them ahead, until the end is told. */
export function read(bytes: Buffer, piece: number): Step[] {
  const steps: Step[] = [];
  const asking = (at: number) => [{ handle: 'file' }, { uint64: at }, { uint32: piece }] as const;
  for (let at = 0; at < bytes.length; at += piece) {
    const answer = { data: bytes.subarray(at, at + piece) };
    steps.push({ request: 'READ', fields: asking(at), answer, runsAhead: true });
  }
  return [...steps, { request: 'READ', fields: asking(bytes.length), answer: { status: 'EOF' } }];
}

/** Asks for something by a handle. */
export function onHandle(
  request: keyof typeof MESSAGE,
  answer: Answer,
  { handle = 'file', runsAhead = false } = {},
): Step {
  return { request, fields: [{ handle }], answer, ...(runsAhead && { runsAhead }) };
}

/** Sets times or permissions by a path. */
export function setStat(path: string, attributes: SentAttributes): Step {
  return { request: 'SETSTAT', fields: [text(path), { attributes }], answer: OK };
}

/** Makes a folder. */
export function makeFolder(path: string, attributes: SentAttributes, answer: Answer = OK): Step {
  return { request: 'MKDIR', fields: [text(path), { attributes }], answer };
}

/** Renames by version 3's own request. */
export function rename(from: string, to: string): Step {
  return { request: 'RENAME', fields: [text(from), text(to)], answer: OK };
}

/** What everything ends with that went well. */
export const OK: Answer = { status: 'OK' };

/** What is not there. */
export const MISSING: Answer = { status: 'NO_SUCH_FILE' };

/** Sends the requests as the client does, ahead of their answers where it does, and compares each answer. Returns how many. */
export async function replay(client: RawClient, steps: readonly Step[]): Promise<number> {
  const handles = new Map<string, Buffer>();
  const waiting: { readonly step: Step; readonly id: number }[] = [];
  for (const step of steps) {
    const fields = step.fields.map((field) => encode(field, handles));
    waiting.push({ step, id: client.request(MESSAGE[step.request], ...fields) });
    if (step.runsAhead === true) continue;
    for (const one of waiting.splice(0)) check(one.step, await client.reply(one.id), handles);
  }
  for (const one of waiting) check(one.step, await client.reply(one.id), handles);
  return steps.length;
}

function encode(field: Field, handles: ReadonlyMap<string, Buffer>): Buffer {
  if ('text' in field) return string(field.text);
  if ('handle' in field) return string(handles.get(field.handle) ?? 'never given');
  if ('uint32' in field) return uint32(field.uint32);
  if ('uint64' in field) return uint64(field.uint64);
  if ('bytes' in field) return string(field.bytes);
  const { size, permissions, mtime } = field.attributes;
  const bits =
    (size === undefined ? 0 : BIT.size) |
    (permissions === undefined ? 0 : BIT.permissions) |
    (mtime === undefined ? 0 : BIT.times);
  return Buffer.concat([
    uint32(bits),
    ...(size === undefined ? [] : [uint64(size)]),
    ...(permissions === undefined ? [] : [uint32(permissions)]),
    ...(mtime === undefined ? [] : [uint32(mtime), uint32(mtime)]),
  ]);
}

function check({ request, fields, answer }: Step, reply: RawReply, handles: Map<string, Buffer>): void {
  const about = `${request} ${fields.flatMap((field) => ('text' in field ? [field.text] : [])).join(' ')}`;
  if ('status' in answer) {
    expect({ about, code: reply.code, message: reply.message }).toMatchObject({
      about,
      code: STATUS[answer.status],
      ...(answer.saying !== undefined && { message: expect.stringMatching(answer.saying) }),
    });
  } else if ('handle' in answer) {
    expect({ about, type: reply.type, message: reply.message }).toMatchObject({
      about,
      type: MESSAGE.HANDLE,
    });
    handles.set(answer.handle, reply.body.subarray(4));
  } else if ('size' in answer) {
    expect({ about, type: reply.type }).toEqual({ about, type: MESSAGE.ATTRS });
    expect({ about, size: Number(reply.body.readBigUInt64BE(4)) }).toEqual({ about, size: answer.size });
  } else if ('data' in answer) {
    expect({ about, type: reply.type }).toEqual({ about, type: MESSAGE.DATA });
    expect(reply.body.subarray(4).equals(answer.data)).toBe(true);
  } else {
    expect({ about, type: reply.type }).toEqual({ about, type: MESSAGE.NAME });
    const names = namesOf(reply);
    if ('path' in answer) expect({ about, names }).toEqual({ about, names: [answer.path] });
    else expect({ about, names: names.toSorted() }).toEqual({ about, names: answer.names.toSorted() });
  }
}

const AFTER_NAMES = 4 + 8 + 4 + 4 + 4;

/** The names of NAME; our attributes are always of one length. */
function namesOf({ body }: RawReply): string[] {
  const names: string[] = [];
  let at = 4;
  const take = (): string => {
    const length = body.readUInt32BE(at);
    at += 4 + length;
    return body.toString('utf8', at - length, at);
  };
  for (let left = body.readUInt32BE(0); left > 0; left--) {
    names.push(take());
    take();
    at += AFTER_NAMES;
  }
  return names;
}
