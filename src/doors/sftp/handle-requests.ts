import { accept, refuse } from '../../core/kit/result.ts';
import { longName } from './long-name.ts';
import type { OpenHandle } from './open-handles.ts';
import { plainReply } from './path-requests.ts';
import type { Desk, Reply, Request } from './requests.ts';
import { readAttributes } from './wire/attributes.ts';
import { STATUS } from './wire/message-types.ts';
import { attributesReply, nameReply, okReply, statusReply } from './wire/replies.ts';

/** CLOSE (section 6.3). OK for an upload means that it is durable (invariant 1). */
export async function close(desk: Desk, request: Request, handle: OpenHandle): Reply {
  try {
    if (handle.target.kind === 'folder') return accept(okReply(request.id));
    return plainReply(request, await handle.target.close());
  } finally {
    desk.closed(handle);
  }
}

/** READ (section 6.4). */
export async function read(_desk: Desk, _request: Request, { target }: OpenHandle): Reply {
  return refuse(target.kind === 'upload' ? 'no-reading-back' : 'bad-handle');
}

/** FSTAT (section 6.8): of an upload, the size as it is now. */
export async function stat(_desk: Desk, { id }: Request, { target }: OpenHandle): Reply {
  return accept(attributesReply(id, target.attributes));
}

/** FSETSTAT (section 6.9): size and modification time; what else is asked for is accepted and ignored. */
export async function setStat(_desk: Desk, request: Request, { target }: OpenHandle): Reply {
  if (target.kind === 'folder') return refuse('bad-handle');
  const { size, mtime } = readAttributes(request.fields);
  if (size !== null) {
    const cut = await target.truncate(size);
    if (!cut.ok) return cut;
  }
  if (mtime !== null) target.mtime = mtime;
  return accept(okReply(request.id));
}

/** READDIR (section 6.7): a page at a time. */
export async function readFolder(desk: Desk, { id }: Request, { target }: OpenHandle): Reply {
  if (target.kind === 'upload') return refuse('bad-handle');
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
export async function sync(_desk: Desk, { id }: Request, { target }: OpenHandle): Reply {
  if (target.kind === 'folder') return refuse('bad-handle');
  await target.sync();
  return accept(okReply(id));
}
