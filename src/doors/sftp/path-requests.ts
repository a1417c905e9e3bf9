import { accept, type Result, refuse } from '../../core/kit/result.ts';
import { FolderHandle } from './handles/folder-handle.ts';
import type { Target } from './handles/open-handles.ts';
import { ReadingHandle } from './handles/reading-handle.ts';
import { UploadHandle } from './handles/upload-handle.ts';
import { WorkingHandle } from './handles/working-handle.ts';
import type { Refusal } from './refusals.ts';
import type { Desk, Reply, Request } from './requests.ts';
import type { FileOpen, OpenedFile } from './views/view.ts';
import { parseVirtualPath, showPath, type VirtualPath } from './views/virtual-path.ts';
import { readAttributes } from './wire/attributes.ts';
import { OPEN_FLAG } from './wire/message-types.ts';
import { attributesReply, handleReply, nameReply, okReply } from './wire/replies.ts';
import { decodeText } from './wire/text.ts';

const NOT_UTF8 = 'names are UTF-8 here, and this one is not; set the character set of your client to UTF-8';

/**
 * Reads a path: the one place where what a client sent becomes a path of ours. `expand` may write it out first, never
 * longer than it came.
 */
export function readPath(
  desk: Desk,
  { fields }: Request,
  expand: (text: string) => string = (text) => text,
): Result<VirtualPath, Refusal> {
  const bytes = fields.bytes();
  const { limits, tally } = desk;
  if (bytes.length > limits.path) {
    tally.refused('path');
    return refuse('path-too-long', `a path has at most ${limits.path} bytes here`);
  }
  const text = decodeText(bytes);
  if (text === null) return refuse('name-invalid', NOT_UTF8);
  const path = parseVirtualPath(expand(text), desk.view.start);
  if (!path.ok || path.value.split('/').length <= limits.depth) return path;
  tally.refused('depth');
  return refuse('path-too-long', `folders nest at most ${limits.depth} deep here`);
}

/** Answers OK, or the refusal. */
export function plainReply({ id }: Request, done: Result<void, Refusal>): Result<Buffer, Refusal> {
  return done.ok ? accept(okReply(id)) : done;
}

/** What the flags of OPEN (section 6.3) ask for. Without one that says how, a file is opened for reading. */
function howToOpen(flags: number): FileOpen & { readonly isAppending: boolean } {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const isAppending = has(OPEN_FLAG.APPEND);
  const write = has(OPEN_FLAG.WRITE) || isAppending;
  return {
    read: has(OPEN_FLAG.READ) || !write,
    write,
    create: write && has(OPEN_FLAG.CREAT),
    exclusive: write && has(OPEN_FLAG.CREAT) && has(OPEN_FLAG.EXCL),
    truncate: write && has(OPEN_FLAG.TRUNC),
    isAppending,
  };
}

/** OPEN (section 6.3). Its attributes mean something for uploads only: a client may say where to go on from. */
export async function open(desk: Desk, request: Request): Reply {
  const path = readPath(desk, request);
  if (!path.ok) return path;
  const how = howToOpen(request.fields.uint32());
  const { size, mtime } = readAttributes(request.fields);
  if (desk.handles.refusesMore()) return refuse('too-many-handles');
  const opened = await desk.view.open(path.value, how, desk.gone);
  if (!opened.ok) return opened;
  const target = targetOf(desk, opened.value, how);
  if (target.kind === 'upload') {
    if (size !== null && size < target.writer.size) {
      const cut = await target.truncate(size);
      if (!cut.ok) {
        await target.abandon();
        return cut;
      }
    }
    if (mtime !== null) await target.setMtime(mtime);
  }
  return accept(handleReply(request.id, desk.open(target, path.value)));
}

function targetOf(
  desk: Desk,
  opened: OpenedFile,
  { write, isAppending }: ReturnType<typeof howToOpen>,
): Exclude<Target, FolderHandle> {
  switch (opened.kind) {
    case 'upload':
      return new UploadHandle(opened.writer, isAppending, desk.now());
    case 'reading':
      return new ReadingHandle(opened.file, desk.memory);
    case 'working':
      return new WorkingHandle(opened.file, { writes: write, isAppending }, desk.memory);
  }
}

/** OPENDIR (section 6.7). */
export async function openFolder(desk: Desk, request: Request): Reply {
  const path = readPath(desk, request);
  if (!path.ok) return path;
  if (desk.handles.refusesMore()) return refuse('too-many-handles');
  const entry = await desk.view.look(path.value);
  if (!entry.ok) return entry;
  const { attributes } = entry.value;
  if (attributes.kind !== 'folder') return refuse(attributes.kind === 'file' ? 'not-a-folder' : 'links');
  const listing = await desk.view.list(path.value);
  if (!listing.ok) return listing;
  const folder = new FolderHandle(listing.value, attributes);
  return accept(handleReply(request.id, desk.open(folder, path.value)));
}

/** STAT and LSTAT (section 6.8), which are the same where links are not followed: both show the link itself. */
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
  return plainReply(request, await desk.view.change(path.value, { size, mtime }));
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

/** RENAME (section 6.5): a target that exists is never replaced. */
export function rename(desk: Desk, request: Request): Reply {
  return renameAs(desk, request, false);
}

/** posix-rename@openssh.com (OpenSSH PROTOCOL section 4.3): replaces the target where files may be overwritten. */
export function renameOver(desk: Desk, request: Request): Reply {
  return renameAs(desk, request, true);
}

async function renameAs(desk: Desk, request: Request, replace: boolean): Reply {
  const from = readPath(desk, request);
  if (!from.ok) return from;
  const to = readPath(desk, request);
  return to.ok ? plainReply(request, await desk.view.rename(from.value, to.value, replace)) : to;
}

/** REALPATH (section 6.11): by the text alone, as links are not followed. */
export async function realPath(desk: Desk, request: Request): Reply {
  const path = readPath(desk, request);
  return path.ok ? pathReply(desk, request, path.value) : path;
}

/** expand-path@openssh.com (OpenSSH PROTOCOL section 4.9): like REALPATH, and `~` is where the session starts. */
export async function expandPath(desk: Desk, request: Request): Reply {
  const path = readPath(desk, request, (text) => text.replace(/^~(?=\/|$)/, '.'));
  return path.ok ? pathReply(desk, request, path.value) : path;
}

/** NAME with one path and attributes that mean nothing (section 6.11). */
export function pathReply(desk: Desk, { id }: Request, path: VirtualPath): Result<Buffer, Refusal> {
  const name = showPath(path);
  const attributes = { kind: 'folder', size: 0, mtime: desk.now() } as const;
  return accept(nameReply(id, [{ name, longName: name, attributes }]));
}
