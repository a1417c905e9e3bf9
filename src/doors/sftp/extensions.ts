import { LONGEST_NAME } from '../../core/custody/names.ts';
import { accept, refuse } from '../../core/kit/result.ts';
import { checkFileHandle, checkFileName } from './check-file.ts';
import { sync } from './handle-requests.ts';
import type { OpenHandle } from './handles/open-handles.ts';
import { expandPath, pathReply, readPath, renameOver, setStat } from './path-requests.ts';
import type { Desk, Reply, Request, Row } from './requests.ts';
import type { VirtualPath } from './views/virtual-path.ts';
import { LONGEST_TRANSFER } from './wire/message-types.ts';
import { numbersReply } from './wire/replies.ts';

const BLOCK = 4096;

/** Says nothing about a limit of handles (0, as OpenSSH has it). */
const UNSAID = 0;

/** What stands before the bytes of a WRITE at most, with some air. */
const TRANSFER_HEAD = 1024;

/** limits@openssh.com (OpenSSH PROTOCOL section 4.8): longest packet, READ and WRITE; handles. */
async function limits({ limits: { packet } }: Desk, { id }: Request): Reply {
  const transfer = Math.min(LONGEST_TRANSFER, packet - TRANSFER_HEAD);
  return accept(numbersReply(id, [packet, transfer, transfer, UNSAID]));
}

/**
 * statvfs@openssh.com and fstatvfs (OpenSSH PROTOCOL section 4.4): the free room, so that clients can look before
 * they send. How large the disk is, and how many files are on it, is nobody's business.
 */
async function room(desk: Desk, { id }: Request, path: VirtualPath): Reply {
  const free = await desk.view.room(path);
  if (!free.ok) return free;
  const blocks = Math.max(Math.floor(free.value / BLOCK), 0);
  const inodes = [0, 0, 0];
  const [fileSystem, flags] = [0, 0];
  return accept(
    numbersReply(id, [BLOCK, BLOCK, blocks, blocks, blocks, ...inodes, fileSystem, flags, LONGEST_NAME]),
  );
}

async function roomOfPath(desk: Desk, request: Request): Reply {
  const path = readPath(desk, request);
  if (!path.ok) return path;
  const entry = await desk.view.look(path.value);
  return entry.ok ? room(desk, request, path.value) : entry;
}

async function roomOfHandle(desk: Desk, request: Request, { path }: OpenHandle): Reply {
  return room(desk, request, path);
}

/** home-directory (draft-ietf-secsh-filexfer-extensions-00 section 5): the same for every name, so it tells nothing. */
async function home(desk: Desk, request: Request): Reply {
  return pathReply(desk, request, desk.view.start);
}

async function refuseLinks(): Reply {
  return refuse('links');
}

/** An extension, with the data that VERSION announces it with; null for one that is answered but not announced. */
type Extension = Row & { readonly announced: string | null };

const TABLE: readonly Extension[] = [
  { name: 'limits@openssh.com', announced: '1', on: 'path', writes: false, answer: limits },
  { name: 'fsync@openssh.com', announced: '1', on: 'handle', writes: true, answer: sync },
  { name: 'posix-rename@openssh.com', announced: '1', on: 'path', writes: true, answer: renameOver },
  { name: 'lsetstat@openssh.com', announced: '1', on: 'path', writes: true, answer: setStat },
  { name: 'statvfs@openssh.com', announced: '2', on: 'path', writes: false, answer: roomOfPath },
  { name: 'fstatvfs@openssh.com', announced: '2', on: 'handle', writes: false, answer: roomOfHandle },
  { name: 'expand-path@openssh.com', announced: '1', on: 'path', writes: false, answer: expandPath },
  { name: 'home-directory', announced: '1', on: 'path', writes: false, answer: home },
  { name: 'check-file', announced: '', on: 'handle', writes: false, answer: checkFileHandle },
  { name: 'check-file-handle', announced: '', on: 'handle', writes: false, answer: checkFileHandle },
  { name: 'check-file-name', announced: '', on: 'path', writes: false, answer: checkFileName },
  { name: 'hardlink@openssh.com', announced: null, on: 'path', writes: true, answer: refuseLinks },
];

/** The extensions that are answered, by name. */
export const EXTENSIONS: ReadonlyMap<string, Row> = new Map(TABLE.map((row) => [row.name, row]));

/** What VERSION announces (draft-ietf-secsh-filexfer-02 section 4). */
export const ANNOUNCED: readonly (readonly [name: string, data: string])[] = TABLE.flatMap(
  ({ name, announced }) => (announced === null ? [] : [[name, announced] as const]),
);
