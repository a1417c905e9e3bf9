import type { OpenMode } from '../../core/custody/open-upload.ts';
import { accept, type Result, refuse } from '../../core/kit/result.ts';
import { FolderHandle } from './folder-handle.ts';
import type { Refusal } from './refusals.ts';
import type { Desk, Reply, Request } from './requests.ts';
import { UploadHandle } from './upload-handle.ts';
import { parseVirtualPath, showPath, type VirtualPath } from './virtual-path.ts';
import { readAttributes } from './wire/attributes.ts';
import { OPEN_FLAG } from './wire/message-types.ts';
import { attributesReply, handleReply, nameReply, okReply } from './wire/replies.ts';
import { decodeText } from './wire/text.ts';

const NOT_UTF8 = 'names are UTF-8 here, and this one is not; set the character set of your client to UTF-8';

/** Reads a path: the one place where what a client sent becomes a path of ours. */
export function readPath(desk: Desk, { fields }: Request): Result<VirtualPath, Refusal> {
  const text = decodeText(fields.bytes());
  return text === null ? refuse('name-invalid', NOT_UTF8) : parseVirtualPath(text, desk.view.start);
}

/** Answers OK, or the refusal. */
export function plainReply({ id }: Request, done: Result<void, Refusal>): Result<Buffer, Refusal> {
  return done.ok ? accept(okReply(id)) : done;
}

/**
 * What the flags of OPEN (section 6.3) mean for an upload. Without TRUNC an unfinished upload is gone on with: that
 * is how clients resume.
 */
function openModeOf(flags: number): OpenMode {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  if (has(OPEN_FLAG.CREAT) && has(OPEN_FLAG.EXCL)) return 'exclusive';
  if (has(OPEN_FLAG.TRUNC)) return has(OPEN_FLAG.CREAT) ? 'fresh' : 'resume';
  return has(OPEN_FLAG.CREAT) ? 'resume-or-create' : 'resume';
}

/** OPEN (section 6.3). Opened for reading and writing is opened for writing: reads on the handle are refused. */
export async function open(desk: Desk, request: Request): Reply {
  const path = readPath(desk, request);
  if (!path.ok) return path;
  const flags = request.fields.uint32();
  const { size, mtime } = readAttributes(request.fields);
  const isAppending = (flags & OPEN_FLAG.APPEND) !== 0;
  if (!isAppending && (flags & OPEN_FLAG.WRITE) === 0) return desk.view.refuseReading(path.value);
  if (desk.handles.isFull) return refuse('too-many-handles');
  const mode = openModeOf(flags);
  const opened = await desk.view.openForWriting(path.value, mode);
  if (!opened.ok) return opened;
  const upload = new UploadHandle(opened.value, isAppending, desk.now());
  const cut = mode === 'resume' && (flags & OPEN_FLAG.TRUNC) !== 0 ? 0 : size;
  if (cut !== null && cut < upload.writer.size) {
    const truncated = await upload.truncate(cut);
    if (!truncated.ok) {
      await upload.abandon();
      return truncated;
    }
  }
  if (mtime !== null) upload.mtime = mtime;
  return accept(handleReply(request.id, desk.open(upload)));
}

/** OPENDIR (section 6.7). */
export async function openFolder(desk: Desk, request: Request): Reply {
  const path = readPath(desk, request);
  if (!path.ok) return path;
  if (desk.handles.isFull) return refuse('too-many-handles');
  const entry = await desk.view.look(path.value);
  if (!entry.ok) return entry;
  const listing = await desk.view.list(path.value);
  if (!listing.ok) return listing;
  const folder = new FolderHandle(listing.value, entry.value.attributes);
  return accept(handleReply(request.id, desk.open(folder)));
}

/** STAT and LSTAT (section 6.8), which are the same where there are no links. */
export async function stat(desk: Desk, request: Request): Reply {
  const path = readPath(desk, request);
  if (!path.ok) return path;
  const entry = await desk.view.look(path.value);
  return entry.ok ? accept(attributesReply(request.id, entry.value.attributes)) : entry;
}

/** SETSTAT (section 6.9): size and modification time; what else is asked for is accepted and ignored. */
export async function setStat(desk: Desk, request: Request): Reply {
  const path = readPath(desk, request);
  if (!path.ok) return path;
  const { size, mtime } = readAttributes(request.fields);
  const entry = await desk.view.look(path.value);
  if (!entry.ok) return entry;
  if (size !== null) {
    const cut = await desk.view.truncate(path.value, size);
    if (!cut.ok) return cut;
  }
  if (mtime !== null) return plainReply(request, await desk.view.setMtime(path.value, mtime));
  return accept(okReply(request.id));
}

/** REMOVE (section 6.5). */
export async function remove(desk: Desk, request: Request): Reply {
  const path = readPath(desk, request);
  return path.ok ? plainReply(request, await desk.view.remove(path.value)) : path;
}

/** MKDIR (section 6.6); its attributes are ignored. */
export async function makeFolder(desk: Desk, request: Request): Reply {
  const path = readPath(desk, request);
  return path.ok ? plainReply(request, await desk.view.makeFolder(path.value)) : path;
}

/** RMDIR (section 6.6). */
export async function removeFolder(desk: Desk, request: Request): Reply {
  const path = readPath(desk, request);
  return path.ok ? plainReply(request, await desk.view.removeFolder(path.value)) : path;
}

/** RENAME (section 6.5), and posix-rename@openssh.com: neither replaces an upload that is still changeable. */
export async function rename(desk: Desk, request: Request): Reply {
  const from = readPath(desk, request);
  if (!from.ok) return from;
  const to = readPath(desk, request);
  return to.ok ? plainReply(request, await desk.view.rename(from.value, to.value)) : to;
}

/** REALPATH (section 6.11): by the text alone, as there are no links. */
export async function realPath(desk: Desk, request: Request): Reply {
  const path = readPath(desk, request);
  return path.ok ? pathReply(desk, request, path.value) : path;
}

/** expand-path@openssh.com (OpenSSH PROTOCOL section 4.9): like REALPATH, and `~` is where the session starts. */
export async function expandPath(desk: Desk, request: Request): Reply {
  const text = decodeText(request.fields.bytes());
  if (text === null) return refuse('name-invalid', NOT_UTF8);
  const path = parseVirtualPath(text.replace(/^~(?=\/|$)/, '.'), desk.view.start);
  return path.ok ? pathReply(desk, request, path.value) : path;
}

/** NAME with one path and attributes that mean nothing (section 6.11). */
export function pathReply(desk: Desk, { id }: Request, path: VirtualPath): Result<Buffer, Refusal> {
  const name = showPath(path);
  const attributes = { kind: 'folder', size: 0, mtime: desk.now() } as const;
  return accept(nameReply(id, [{ name, longName: name, attributes }]));
}
