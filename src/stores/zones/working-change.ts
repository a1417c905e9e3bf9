import { constants, type FileHandle, open } from 'node:fs/promises';
import type { SharesZone, WorkingRefusal } from '../../core/custody/shares/ports.ts';
import { accept, type Result, refuse } from '../../core/kit/result.ts';
import type { Attributes } from './folders.ts';
import { cut, setMtime } from './working-file.ts';
import { openWorking } from './working-open.ts';

type Change = Parameters<SharesZone['change']>[1];

const EXISTING = { read: false, write: true, create: false, exclusive: false, truncate: false };
const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Changes what a path of a share stands for; a modification time can be set for a folder, too. */
export async function changeWorking(
  path: string,
  change: Change,
  attributes: Attributes,
): Promise<Result<void, WorkingRefusal>> {
  const opened = change.size === null ? await openAny(path) : await openSized(path, attributes);
  if (!opened.ok) return opened;
  const file = opened.value;
  try {
    if (change.size !== null) await cut(file, change.size);
    if (change.mtime !== null) await setMtime(file, change.mtime);
    return accept(undefined);
  } finally {
    await file.close();
  }
}

async function openSized(path: string, attributes: Attributes): Promise<Result<FileHandle, WorkingRefusal>> {
  const opened = await openWorking(path, EXISTING, attributes);
  return opened.ok ? accept(opened.value.file) : opened;
}

async function openAny(path: string): Promise<Result<FileHandle, WorkingRefusal>> {
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const stats = await file.stat();
  if (stats.isFile() || stats.isDirectory()) return accept(file);
  await file.close();
  return refuse('links');
}
