import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, makeFolder, writeOnce } from '../init/durable-file.ts';

/** Before everything else, and authenticated with it. */
const MAGIC = Buffer.from('havengate-keys-v1\n');
const SALT = 16;
const NONCE = 12;
const TAG = 16;

/** 128 MiB and about half a second for each guess of a passphrase. */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 2 ** 20 } as const;

/** What a folder of keys holds: base64 by name. */
type Keys = Readonly<Record<string, string>>;

/**
 * All files of the folder of keys, sealed by a passphrase: scrypt (RFC 7914) and AES-256-GCM. Whoever has both the
 * backup and the passphrase can sign receipts, certificates and checkpoints in our name.
 */
export async function sealKeys(folder: string, passphrase: string): Promise<Buffer> {
  const entries = await readdir(folder, { withFileTypes: true });
  const keys: Record<string, string> = {};
  for (const { name } of entries.filter((entry) => entry.isFile())) {
    keys[name] = (await readFile(join(folder, name))).toString('base64');
  }
  const [salt, nonce] = [randomBytes(SALT), randomBytes(NONCE)];
  const cipher = createCipheriv('aes-256-gcm', scryptSync(passphrase, salt, 32, SCRYPT), nonce);
  cipher.setAAD(MAGIC);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(keys)), cipher.final()]);
  return Buffer.concat([MAGIC, salt, nonce, cipher.getAuthTag(), sealed]);
}

/** Opens what `sealKeys` made; null for a wrong passphrase, or bytes that were changed. */
export function openKeys(bytes: Buffer, passphrase: string): Keys | null {
  const parts = [MAGIC.length, SALT, NONCE, TAG].reduce<Buffer[]>(
    (cut, length) => {
      const rest = cut.pop() ?? Buffer.alloc(0);
      return [...cut, rest.subarray(0, length), rest.subarray(length)];
    },
    [bytes],
  );
  const [magic, salt, nonce, tag, sealed] = parts;
  if (magic === undefined || salt === undefined || nonce === undefined) return null;
  if (tag?.length !== TAG || sealed === undefined || !magic.equals(MAGIC)) return null;
  try {
    const decipher = createDecipheriv('aes-256-gcm', scryptSync(passphrase, salt, 32, SCRYPT), nonce);
    decipher.setAAD(MAGIC);
    decipher.setAuthTag(tag);
    const text = Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
    return JSON.parse(text) as Keys;
  } catch {
    return null;
  }
}

/** Writes keys that are missing, and never over one that is there. Returns the names of those that were written. */
export async function putBackKeys(folder: string, keys: Keys): Promise<readonly string[]> {
  await makeFolder(folder, 0o700);
  const written: string[] = [];
  for (const [name, content] of Object.entries(keys)) {
    // Names come from a backup.
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) || (await exists(join(folder, name)))) continue;
    const mode = /\.pub$|-public\.pem$|^checkpoint-keys$/.test(name) ? 0o644 : 0o600;
    if (await writeOnce(join(folder, name), Buffer.from(content, 'base64'), mode)) written.push(name);
  }
  return written;
}
