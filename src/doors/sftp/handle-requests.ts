import { accept, refuse } from '../../core/kit/result.ts';
import type { OpenHandle } from './handles/open-handles.ts';
import { longName } from './long-name.ts';
import { plainReply } from './path-requests.ts';
import type { DataReply, Desk, ReadRequest, Reply, Request } from './requests.ts';
import { readAttributes } from './wire/attributes.ts';
import { STATUS } from './wire/message-types.ts';
import { attributesReply, dataHead, nameReply, okReply, statusReply } from './wire/replies.ts';

/** CLOSE (section 6.3). OK for what was written means that it is durable (invariant 1). */
export async function close(_desk: Desk, request: Request, { target }: OpenHandle): Reply {
  if (target.kind !== 'folder') return plainReply(request, await target.close());
  await target.abandon();
  return accept(okReply(request.id));
}

/** READ (section 6.4): fewer bytes than asked for only at the end of the file, or beyond the longest transfer. */
export async function read(
  desk: Desk,
  { id, offset, length }: ReadRequest,
  { target }: OpenHandle,
): DataReply {
  if (target.kind === 'folder') return refuse('bad-handle');
  const done = desk.reading(length);
  try {
    const pieces = await target.read(offset, length);
    if (!pieces.ok) return pieces;
    if (pieces.value.length === 0 && length > 0)
      return accept(statusReply(id, STATUS.EOF, 'that was the end'));
    return accept({ head: dataHead(id, pieces.value), pieces: pieces.value });
  } finally {
    done();
  }
}

/** FSTAT (section 6.8): the size as it is now. */
export async function stat(_desk: Desk, { id }: Request, { target }: OpenHandle): Reply {
  const attributes = await target.look();
  return attributes.ok ? accept(attributesReply(id, attributes.value)) : attributes;
}

/** FSETSTAT (section 6.9): size and modification time; what else is asked for is accepted and ignored. */
export async function setStat(_desk: Desk, request: Request, { target }: OpenHandle): Reply {
  if (target.kind === 'folder') return refuse('bad-handle');
  const { size, mtime } = readAttributes(request.fields);
  if (size !== null) {
    const cut = await target.truncate(size);
    if (!cut.ok) return cut;
  }
  return mtime === null ? accept(okReply(request.id)) : plainReply(request, await target.setMtime(mtime));
}

/** READDIR (section 6.7): a page at a time. */
export async function readFolder(desk: Desk, { id }: Request, { target }: OpenHandle): Reply {
  if (target.kind !== 'folder') return refuse('bad-handle');
  const page = await target.next();
  if (!page.ok) return page;
  if (page.value.length === 0) return accept(statusReply(id, STATUS.EOF, 'that was the last name'));
  const now = desk.now();
  const names = page.value.map((entry) => ({
    name: entry.name,
    longName: longName(entry, desk.view.owner, now),
    attributes: entry.attributes,
  }));
  return accept(nameReply(id, names));
}

/** fsync@openssh.com: OK means that everything written so far is on disk. */
export async function sync(_desk: Desk, request: Request, { target }: OpenHandle): Reply {
  return target.kind === 'folder' ? refuse('bad-handle') : plainReply(request, await target.sync());
}
