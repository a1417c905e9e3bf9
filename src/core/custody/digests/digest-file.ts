import { parseSha256 } from '../../kit/digest.ts';
import type { AccountId } from '../../kit/ids.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import type { Intake } from '../custody.ts';
import type { CustodyFile } from '../file.ts';
import { digestTurnsOf } from '../turns.ts';
import { DIGEST_KINDS, type DigestQuery, type DigestRefusal } from './digest-query.ts';
import { type DigestSource, type ReadDigests, readDigests } from './read-digests.ts';

/** The bytes of a file, opened for one reading. */
export interface OpenBytes<R extends string> {
  readonly bytes: DigestSource<R>;
  /** Ends the reading; called once. */
  close(): Promise<void>;
}

/** Whose question it is, and how the bytes are to be had when they have to be read. */
export interface FileReading<R extends string> {
  readonly who: AccountId;
  open(): Promise<Result<OpenBytes<R>, R>>;
}

/**
 * A digest of a file in custody: from the ledger, or by reading the bytes once, which are compared with the ledger's
 * SHA-256 where it has one. What is found is kept, so that nobody has to wait for the same bytes again.
 */
export async function digestFile<R extends string>(
  { ledger, log }: Pick<Intake, 'ledger' | 'log'>,
  file: CustodyFile,
  { kind, signal }: DigestQuery,
  reading: FileReading<R>,
): Promise<Result<string, R | DigestRefusal>> {
  const { id, sha256, size } = file;
  if (sha256 !== null && kind === 'sha256') return accept(sha256);
  const kept = sha256 === null || kind === 'sha256' ? null : await ledger.keptDigests(sha256);
  if (kept !== null && kind !== 'sha256') return accept(kept[kind]);
  if (signal === null) return refuse('not-computed');
  const read = await digestTurnsOf(ledger).take(reading.who, signal, () => readOnce(reading, signal));
  if (!read.ok) return read;
  const found = parseSha256(read.value.of('sha256'));
  if (found === null || read.value.size !== size || (sha256 !== null && found !== sha256)) {
    if (sha256 !== null) log.error('digest-differs', { file: id, expected: sha256, found });
    return refuse(sha256 === null ? 'changed-meanwhile' : 'digest-differs');
  }
  await ledger.keepDigests(found, { md5: read.value.of('md5'), sha1: read.value.of('sha1') });
  return accept(read.value.of(kind));
}

async function readOnce<R extends string>(
  reading: FileReading<R>,
  signal: AbortSignal,
): Promise<Result<ReadDigests, R>> {
  const opened = await reading.open();
  if (!opened.ok) return opened;
  try {
    return await readDigests(opened.value.bytes, DIGEST_KINDS, signal);
  } finally {
    await opened.value.close();
  }
}
