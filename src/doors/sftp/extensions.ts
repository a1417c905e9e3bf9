import { LONGEST_NAME } from '../../core/custody/names.ts';
import { accept } from '../../core/kit/result.ts';
import type { OpenHandle } from './handles/open-handles.ts';
import { pathReply, readPath } from './path-requests.ts';
import type { Desk, Reply, Request } from './requests.ts';
import type { VirtualPath } from './views/virtual-path.ts';
import { LONGEST_TRANSFER } from './wire/message-types.ts';
import { numbersReply } from './wire/replies.ts';

const BLOCK = 4096;

/** Says nothing about a limit of handles (0, as OpenSSH has it). */
const UNSAID = 0;

/** What stands before the bytes of a WRITE at most, with some air. */
const TRANSFER_HEAD = 1024;

/** limits@openssh.com (OpenSSH PROTOCOL section 4.8): longest packet, READ and WRITE; handles. */
export async function limits({ limits: { packet } }: Desk, { id }: Request): Reply {
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

export async function roomOfPath(desk: Desk, request: Request): Reply {
  const path = readPath(desk, request);
  if (!path.ok) return path;
  const entry = await desk.view.look(path.value);
  return entry.ok ? room(desk, request, path.value) : entry;
}

export async function roomOfHandle(desk: Desk, request: Request, { path }: OpenHandle): Reply {
  return room(desk, request, path);
}

/** home-directory (draft-ietf-secsh-filexfer-extensions-00 section 5): the same for every name, so it tells nothing. */
export async function home(desk: Desk, request: Request): Reply {
  return pathReply(desk, request, desk.view.start);
}
