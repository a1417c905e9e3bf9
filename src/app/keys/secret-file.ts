import { type FileHandle, open } from 'node:fs/promises';
import { KeyFault, type WarnOfKey } from './key-fault.ts';

/** The longest file that is taken for a secret: nobody means a larger one. */
const LONGEST = 64 * 1024;

/**
 * Reads a file that holds a secret. Throws `KeyFault` when it is missing, unreadable, empty or far too long;
 * warns when anybody but its owner may read or change it.
 */
export async function readSecretFile(file: string, warn: WarnOfKey): Promise<Buffer> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw new KeyFault(`${file}: ${whyNotOpened(cause)}`, { cause });
  });
  try {
    return await readFrom(handle, file, warn);
  } finally {
    await handle.close();
  }
}

/** Reads a password or the like: the first line of a file, without its line break. */
export async function readSecretText(file: string, warn: WarnOfKey): Promise<string> {
  const text = (await readSecretFile(file, warn)).toString('utf8').replace(/\r?\n$/, '');
  if (text === '' || /[\r\n]/.test(text)) throw new KeyFault(`${file}: this has to be one line`);
  return text;
}

async function readFrom(handle: FileHandle, file: string, warn: WarnOfKey): Promise<Buffer> {
  const stat = await handle.stat();
  const { mode, size } = stat;
  if (!stat.isFile()) throw new KeyFault(`${file}: this is not a file`);
  if (size === 0) throw new KeyFault(`${file}: this is empty`);
  if (size > LONGEST) throw new KeyFault(`${file}: this is too long for a key or password`);
  if ((mode & 0o077) !== 0) {
    const shown = (mode & 0o777).toString(8).padStart(4, '0');
    warn({ file, problem: `others may use it (mode ${shown}); chmod 600 it` });
  }
  return handle.readFile();
}

function whyNotOpened(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  if (code === 'ENOENT')
    return 'this key is missing; put it back from a backup, or give its path in the configuration';
  if (code === 'EACCES') return 'this user may not read it; run as the user that owns it';
  return `this cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
}
