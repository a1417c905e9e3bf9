import { copyFile, mkdir, readdir, rename } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { newestCheckpoint } from '../../core/audit/sign-checkpoint.ts';
import { treeRoot } from '../../core/audit/tree.ts';
import type { Ledger } from '../../core/custody/ports.ts';
import type { DocumentSigner } from '../../core/custody/signed-document.ts';
import { type Clock, isoTime } from '../../core/kit/clock.ts';
import { accept, type Result, refuse } from '../../core/kit/result.ts';
import { copySqliteLedger } from '../../stores/ledger/sqlite-copy.ts';
import type { Config } from '../config/config.ts';
import { exists, syncPath, writeOnce } from '../init/durable-file.ts';
import { certificatePublicKeyFile, checkpointKeyringFile, receiptPublicKeyFile } from '../keys/key-files.ts';
import { programVersion } from '../program-version.ts';
import {
  type BackupFile,
  type BackupManifest,
  CONFIG_COPY,
  describeFile,
  LEDGER_COPY,
  MANIFEST,
  SEALED_KEYS,
} from './manifest.ts';
import { sealKeys } from './sealed-keys.ts';

/** Why no backup was made. */
export type BackupRefusal = 'target-exists' | 'target-inside-data';

/** What a backup is made of. */
export interface BackupSource {
  readonly config: Config;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly signer: DocumentSigner<BackupManifest>;
  /** Seals the keys; null leaves them out. */
  readonly passphrase: string | null;
}

/**
 * Makes a backup in a new folder: a consistent copy of the ledger, the configuration, the public keys and, sealed, the
 * secret ones; then a signed manifest. While the daemon runs, too. Everything is on disk before the folder gets its
 * name; what a crash leaves is called `NAME.unfinished`. Bytes of files are not in it.
 */
export async function makeBackup(
  source: BackupSource,
  to: string,
): Promise<Result<BackupManifest, BackupRefusal>> {
  const folder = resolve(to);
  const { config, ledger, clock } = source;
  if (await exists(folder)) return refuse('target-exists', `${folder} is there; nothing was overwritten`);
  if (`${folder}/`.startsWith(`${config.data}/`))
    return refuse('target-inside-data', `${folder} is in the data folder, which people can see`);
  const unfinished = `${folder}.unfinished`;
  if (await exists(unfinished))
    return refuse('target-exists', `${unfinished} is there, of a backup that was cut short; remove it`);
  await mkdir(unfinished, { mode: 0o700 });
  const at = clock.now();
  const checkpoint = await newestCheckpoint(ledger);
  const copy = await copySqliteLedger(config.ledger.file, join(unfinished, LEDGER_COPY));
  await copyFile(config.file, join(unfinished, CONFIG_COPY));
  const publicKeys = [receiptPublicKeyFile, certificatePublicKeyFile, checkpointKeyringFile];
  for (const fileOf of publicKeys) {
    const file = fileOf(config.keys);
    if (await exists(file)) await copyFile(file, join(unfinished, basename(file)));
  }
  if (source.passphrase !== null) {
    const sealed = await sealKeys(config.keys, source.passphrase);
    await writeOnce(join(unfinished, SEALED_KEYS), sealed, 0o600);
  }
  const body: BackupManifest = {
    kind: 'havengate-backup',
    version: 1,
    at: isoTime(at),
    program: programVersion(),
    schema: copy.schema,
    audit: { size: copy.head.size, root: treeRoot(copy.head) },
    checkpoint: checkpoint?.note ?? null,
    files: await describeAll(unfinished),
  };
  const document = JSON.stringify(source.signer.sign(body), null, 2);
  await writeOnce(join(unfinished, MANIFEST), `${document}\n`, 0o600);
  await rename(unfinished, folder);
  await syncPath(dirname(folder));
  const data = { size: body.audit.size, root: body.audit.root, keys: source.passphrase !== null };
  const event = { type: 'ledger-backed-up', subjects: {}, data } as const;
  await ledger.appendAudit([{ at, actor: { kind: 'console' }, event }]);
  return accept(body);
}

/** Every file so far, each on disk. */
async function describeAll(folder: string): Promise<readonly BackupFile[]> {
  const names = (await readdir(folder)).sort();
  const described: BackupFile[] = [];
  for (const name of names) {
    await syncPath(join(folder, name));
    described.push(await describeFile(folder, name));
  }
  await syncPath(folder);
  return described;
}
