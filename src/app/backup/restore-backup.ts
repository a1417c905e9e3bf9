import type { KeyObject } from 'node:crypto';
import { copyFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { noteRestored } from '../../core/custody/retention/restored-guard.ts';
import { verifyDocument } from '../../core/custody/signed-document.ts';
import { type Clock } from '../../core/kit/clock.ts';
import type { Sha256 } from '../../core/kit/digest.ts';
import { accept, type Result, refuse } from '../../core/kit/result.ts';
import { SCHEMA_VERSION } from '../../stores/ledger/migrate.ts';
import { isSqliteFree, readSqliteHead } from '../../stores/ledger/sqlite-copy.ts';
import { openSqliteLedger } from '../../stores/ledger/sqlite-ledger.ts';
import { exists, syncPath } from '../init/durable-file.ts';
import { type BackupManifest, compareFiles, LEDGER_COPY, readManifest } from './manifest.ts';

/** Why nothing was restored. Nothing was changed. */
export type RestoreRefusal = 'backup-damaged' | 'backup-schema-newer' | 'still-running' | 'ledger-newer';

/** What was done. */
export interface Restored {
  readonly manifest: BackupManifest;
  /** Where the ledger that was replaced is now; null when there was none. */
  readonly replaced: string | null;
}

/** A backup whose files are those of its manifest. */
export interface CheckedBackup {
  readonly folder: string;
  readonly manifest: BackupManifest;
}

/** Checks a backup: its signature, and every file against the manifest. Changes nothing. */
export async function checkBackup(
  folder: string,
  publicKey: KeyObject,
): Promise<Result<CheckedBackup, RestoreRefusal>> {
  const verified = verifyDocument<BackupManifest>(await readManifest(folder), 'havengate-backup', publicKey);
  if (!verified.ok) return refuse('backup-damaged', verified.detail);
  const manifest = verified.value;
  if (manifest.schema > SCHEMA_VERSION) {
    const detail = `it has schema version ${manifest.schema}, this program knows up to ${SCHEMA_VERSION}`;
    return refuse('backup-schema-newer', detail);
  }
  const faults = await compareFiles(folder, manifest);
  return faults.length > 0 ? refuse('backup-damaged', faults.join('; ')) : accept({ folder, manifest });
}

/**
 * Puts the ledger of a backup in its place, on an installation that does not run. One that is newer, or cannot be
 * read, is replaced only with a reason (`overNewer`), and is kept beside it in any case. The restored ledger says of
 * itself that it was restored before it gets its name, so that there is no instant in which it would destroy
 * anything. Safe to run again after a crash.
 */
export async function restoreLedger(
  { folder, manifest }: CheckedBackup,
  ledgerFile: string,
  clock: Clock,
  overNewer: string | null,
): Promise<Result<Restored, RestoreRefusal>> {
  const there = await exists(ledgerFile);
  if (there && !isSqliteFree(ledgerFile))
    return refuse('still-running', 'the daemon, or a verb, has the ledger open; stop it first');
  const size = there ? await sizeOf(ledgerFile) : null;
  const isNewer = there && (size === null || size > manifest.audit.size);
  if (isNewer && overNewer === null) return refuse('ledger-newer', whatIsLost(size, manifest));
  const coming = `${ledgerFile}.restored`;
  await removeAll(coming);
  await copyFile(join(folder, LEDGER_COPY), coming);
  const ledger = await openSqliteLedger({ file: coming });
  try {
    const reason = isNewer ? overNewer : null;
    await noteRestored(
      ledger,
      clock,
      { kind: 'console' },
      {
        size: manifest.audit.size,
        root: manifest.audit.root as Sha256,
        backedUpAt: manifest.at,
        replaced: size,
        overNewer: reason,
      },
    );
  } finally {
    await ledger.close();
  }
  await syncPath(coming);
  const replaced = there ? `${ledgerFile}.replaced-${clock.now()}` : null;
  if (replaced !== null) await moveAside(ledgerFile, replaced);
  await rename(coming, ledgerFile);
  await syncPath(dirname(ledgerFile));
  return accept({ manifest, replaced });
}

function whatIsLost(size: number | null, { audit, at }: BackupManifest): string {
  if (size === null) return 'the ledger that is there cannot be read, so it may be newer';
  return `the ledger that is there has ${size} rows of audit, the backup of ${at} ${audit.size}: what happened since would be forgotten`;
}

/** Rows of the log of a ledger; null when it cannot be read. */
async function sizeOf(file: string): Promise<number | null> {
  return readSqliteHead(file).then(
    ({ head }) => head.size,
    () => null,
  );
}

/** With what SQLite keeps beside it: a log that was not copied into it belongs to it. */
async function moveAside(file: string, to: string): Promise<void> {
  for (const suffix of ['-wal', '-shm', '']) {
    if (await exists(file + suffix)) await rename(file + suffix, to + suffix);
  }
  await syncPath(dirname(file));
}

async function removeAll(file: string): Promise<void> {
  for (const suffix of ['-wal', '-shm', '']) await rm(file + suffix, { force: true });
}
