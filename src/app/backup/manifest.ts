import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { JsonObject } from '../../core/kit/canonical-json.ts';

/** The file that says what a backup is; written last, so that a folder without it is not one. */
export const MANIFEST = 'manifest.json';

/** The copy of the ledger. */
export const LEDGER_COPY = 'ledger.sqlite3';

/** The configuration as it was written. */
export const CONFIG_COPY = 'havengate.yaml';

/** The keys, sealed by a passphrase; only there when one was given. */
export const SEALED_KEYS = 'keys.sealed';

/** One file of a backup. */
export type BackupFile = { readonly name: string; readonly size: number; readonly sha256: string };

/** What a backup is. Sizes of the log are rows. */
export type BackupManifest = JsonObject & {
  readonly kind: 'havengate-backup';
  readonly version: 1;
  readonly at: string;
  readonly program: string;
  readonly schema: number;
  readonly audit: { readonly size: number; readonly root: string };
  /** The newest checkpoint that the ledger holds, as it was signed; null when there is none. */
  readonly checkpoint: string | null;
  readonly files: readonly BackupFile[];
};

/** Size and SHA-256 of a file of a backup. */
export async function describeFile(folder: string, name: string): Promise<BackupFile> {
  const path = join(folder, name);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { name, size: (await stat(path)).size, sha256: hash.digest('hex') };
}

/** What is wrong with the files of a backup, compared with its manifest; empty when all are as they were. */
export async function compareFiles(folder: string, manifest: BackupManifest): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const expected of manifest.files) {
    // A name of ours; another would lead out of the folder.
    if (!/^[a-z][a-z0-9.-]*$/.test(expected.name)) faults.push(`"${expected.name}" is no name of a backup`);
    else {
      const found = await describeFile(folder, expected.name).catch(() => null);
      if (found === null) faults.push(`${expected.name} is missing`);
      else if (found.sha256 !== expected.sha256) faults.push(`${expected.name} is not as it was`);
    }
  }
  return faults;
}

/** The text of a backup's manifest, with its signature. Throws when there is none. */
export async function readManifest(folder: string): Promise<string> {
  return readFile(join(folder, MANIFEST), 'utf8').catch((cause: unknown) => {
    throw new Error(`${folder} holds no finished backup: it has no ${MANIFEST}`, { cause });
  });
}
