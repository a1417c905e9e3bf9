import type { Instant } from '../../core/kit/clock.ts';
import { type Result, refuse } from '../../core/kit/result.ts';
import { EXTENSIONS } from './extensions.ts';
import * as onHandle from './handle-requests.ts';
import type { OpenHandle, OpenHandles, Target } from './handles/open-handles.ts';
import type { Piece } from './handles/piece.ts';
import type { ReadMemory } from './handles/read-memory.ts';
import type { SftpLimits, SftpTally } from './limits.ts';
import * as onPath from './path-requests.ts';
import type { Refusal } from './refusals.ts';
import type { View } from './views/view.ts';
import type { VirtualPath } from './views/virtual-path.ts';
import type { FieldReader } from './wire/field-reader.ts';
import { MESSAGE } from './wire/message-types.ts';

/** What the handlers of one session work with. */
export interface Desk {
  readonly view: View;
  readonly handles: OpenHandles;
  readonly limits: SftpLimits;
  readonly tally: SftpTally;
  /** What files are read into. */
  readonly memory: ReadMemory;
  readonly now: () => Instant;
  /** Gives a target its lane and its name. */
  readonly open: (target: Target, path: VirtualPath) => string;
  /** So many bytes are being read for the client, until what is returned is called. */
  readonly reading: (bytes: number) => () => void;
}

/** One request: `fields` stands behind the request id. */
export interface Request {
  readonly id: number;
  readonly fields: FieldReader;
}

/** What is to be sent back. Throws `BadMessage` and `NumberTooLarge` from the fields. */
export type Reply = Promise<Result<Buffer, Refusal>>;

/** A READ, parsed when it came. */
export interface ReadRequest {
  readonly id: number;
  readonly offset: number;
  /** At most the longest transfer. */
  readonly length: number;
}

/** The head of a DATA reply, and its bytes, which are released when they have left. */
export interface Data {
  readonly head: Buffer;
  readonly pieces: readonly Piece[];
}

/** What READ answers. */
export type DataReply = Promise<Result<Buffer | Data, Refusal>>;

/** A row of the dispatch table. */
export type Row = {
  readonly name: string;
  /** The request may change something. Refused while the door is stopping, except on handles that are open. */
  readonly writes: boolean;
} & (
  | {
      /** Begins with a path, or nothing: done in order with the session's other path requests. */
      readonly on: 'path';
      readonly answer: (desk: Desk, request: Request) => Reply;
    }
  | {
      /** Begins with a handle: done in order with the other requests on it. */
      readonly on: 'handle';
      readonly answer: (desk: Desk, request: Request, handle: OpenHandle) => Reply;
    }
  | {
      /** READ: like the others with a handle, and the handle hears of it when it comes. */
      readonly on: 'bytes';
      readonly answer: (desk: Desk, request: ReadRequest, handle: OpenHandle) => DataReply;
    }
  | {
      /** WRITE: gathered with its neighbours and written as one. */
      readonly on: 'data';
    }
  | {
      /** EXTENDED: a name stands first, and has a row of its own. */
      readonly on: 'name';
    }
);

async function refuseLinks(): Reply {
  return refuse('links');
}

/** Every request of version 3, by message type (draft-ietf-secsh-filexfer-02 section 3). */
const REQUESTS: Readonly<Record<number, Row>> = {
  [MESSAGE.OPEN]: { name: 'open', on: 'path', writes: true, answer: onPath.open },
  [MESSAGE.CLOSE]: { name: 'close', on: 'handle', writes: true, answer: onHandle.close },
  [MESSAGE.READ]: { name: 'read', on: 'bytes', writes: false, answer: onHandle.read },
  [MESSAGE.WRITE]: { name: 'write', on: 'data', writes: true },
  [MESSAGE.LSTAT]: { name: 'lstat', on: 'path', writes: false, answer: onPath.stat },
  [MESSAGE.FSTAT]: { name: 'fstat', on: 'handle', writes: false, answer: onHandle.stat },
  [MESSAGE.SETSTAT]: { name: 'setstat', on: 'path', writes: true, answer: onPath.setStat },
  [MESSAGE.FSETSTAT]: { name: 'fsetstat', on: 'handle', writes: true, answer: onHandle.setStat },
  [MESSAGE.OPENDIR]: { name: 'opendir', on: 'path', writes: false, answer: onPath.openFolder },
  [MESSAGE.READDIR]: { name: 'readdir', on: 'handle', writes: false, answer: onHandle.readFolder },
  [MESSAGE.REMOVE]: { name: 'remove', on: 'path', writes: true, answer: onPath.remove },
  [MESSAGE.MKDIR]: { name: 'mkdir', on: 'path', writes: true, answer: onPath.makeFolder },
  [MESSAGE.RMDIR]: { name: 'rmdir', on: 'path', writes: true, answer: onPath.removeFolder },
  [MESSAGE.REALPATH]: { name: 'realpath', on: 'path', writes: false, answer: onPath.realPath },
  [MESSAGE.STAT]: { name: 'stat', on: 'path', writes: false, answer: onPath.stat },
  [MESSAGE.RENAME]: { name: 'rename', on: 'path', writes: true, answer: onPath.rename },
  [MESSAGE.READLINK]: { name: 'readlink', on: 'path', writes: false, answer: refuseLinks },
  [MESSAGE.SYMLINK]: { name: 'symlink', on: 'path', writes: true, answer: refuseLinks },
  [MESSAGE.EXTENDED]: { name: 'extended', on: 'name', writes: false },
};

/** The row of a request; reads the name of an extension from its fields. Undefined: nobody knows this request. */
export function findRow(type: number, fields: FieldReader): Row | undefined {
  const row = REQUESTS[type];
  return row?.on === 'name' ? EXTENSIONS.get(fields.latin1()) : row;
}
