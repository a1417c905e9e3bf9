import type { Instant } from '../../core/kit/clock.ts';
import type { Result } from '../../core/kit/result.ts';
import type { OpenHandle, OpenHandles, Target } from './handles/open-handles.ts';
import type { Piece } from './handles/piece.ts';
import type { ReadMemory } from './handles/read-memory.ts';
import type { SftpLimits, SftpTally } from './limits.ts';
import type { Refusal } from './refusals.ts';
import type { View } from './views/view.ts';
import type { VirtualPath } from './views/virtual-path.ts';
import type { FieldReader } from './wire/field-reader.ts';

/** What the handlers of one session work with. */
export interface Desk {
  readonly view: View;
  readonly handles: OpenHandles;
  readonly limits: SftpLimits;
  readonly tally: SftpTally;
  /** What files are read into. */
  readonly memory: ReadMemory;
  readonly now: () => Instant;
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal;
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

/**
 * What a person needs where a request's path leads. The views ask for it each time; the rights of a share stand beside
 * each word.
 * - `none`: nothing; the request names no place, or is refused to everybody.
 * - `member`: any right on the share.
 * - `look`: to see what is there: read.
 * - `read`: to read its bytes: read.
 * - `put`: to make and to change: write.
 * - `take`: to remove and to rename: write.
 * - `by-flags`: `read` or `put`, as OPEN says, or both.
 * - `as-opened`: what the handle was opened with, which has to hold still.
 */
export type NeededRight = 'none' | 'member' | 'look' | 'read' | 'put' | 'take' | 'by-flags' | 'as-opened';

/** A row of the dispatch table. */
export type Row = {
  readonly name: string;
  readonly right: NeededRight;
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
);
