import type { Readable } from 'node:stream';
import { type Configstore, FileStore } from '@tus/file-store';
import { Upload } from '@tus/server';
import { removeUpload } from '../../../core/custody/change-upload.ts';
import type { Intake } from '../../../core/custody/custody.ts';
import { arrivalsDrop, type CustodyFile, isSettled } from '../../../core/custody/file.ts';
import { makeFolders } from '../../../core/custody/folders.ts';
import { openUpload } from '../../../core/custody/open-upload.ts';
import { findUpload, finishIfComplete, resumeUpload } from '../../../core/custody/resume-upload.ts';
import type { UploadWriter } from '../../../core/custody/upload-writer.ts';
import { type FileId, parseId } from '../../../core/kit/ids.ts';
import type { Refused } from '../../../core/kit/result.ts';
import { type HttpRefusal, RequestRefused } from '../refusals.ts';
import { theExchange } from './exchange.ts';
import type { RunningUploads } from './running-uploads.ts';
import type { UploadLocks } from './upload-locks.ts';
import { formatUploadPath } from './upload-metadata.ts';
import { expectNoBytes, writeBody } from './write-body.ts';

/** What the store works with. */
export interface StoreParts {
  readonly intake: Intake;
  /** The folder of the airlock that holds one file per id. */
  readonly airlockFiles: string;
  readonly locks: UploadLocks;
  readonly running: RunningUploads;
}

/**
 * The library's file store over the ledger and the airlock: sizes, owners and ends of uploads are rows, offsets are
 * what the airlock holds, and all bytes go through the one upload writer of all doors.
 *
 * Every method belongs to an exchange and speaks for its session. An upload is `received`, durable, before the answer
 * to its last byte (invariant 1); one that lost that answer is finished by the next request about it. What left the
 * airlock keeps its offset at its length, because clients send everything again otherwise.
 */
export class LedgerStore extends FileStore {
  readonly #parts: StoreParts;

  constructor(parts: StoreParts) {
    super({ directory: parts.airlockFiles, configstore: exchangeConfigs });
    this.#parts = parts;
    this.extensions = ['creation', 'creation-with-upload', 'termination', 'checksum'];
  }

  /**
   * Opens a new upload and returns its id, before the library locks it: ids are ours. An unfinished upload of the
   * name is superseded, unless it is being written.
   */
  async open(): Promise<FileId> {
    const exchange = theExchange();
    const { session, creates } = exchange;
    const { intake } = this.#parts;
    if (creates === null) throw new Error('an upload was opened outside a creation');
    const { path, size: declaredSize } = creates;
    const drop = arrivalsDrop(session.account);
    const folders = await makeFolders(intake, session, drop, path.folder);
    if (!folders.ok) throw refused(folders);
    const opened = await openUpload(intake, session, {
      drop,
      path,
      mode: 'fresh',
      door: 'tus',
      declaredSize,
    });
    if (!opened.ok) throw refused(opened);
    exchange.writer = opened.value;
    return opened.value.ref.id;
  }

  /** Ends the writer of a creation that brings no bytes; an upload of no bytes is complete with that. */
  override async create(upload: Upload): Promise<Upload> {
    const exchange = theExchange();
    const { writer } = exchange;
    if (writer === null) throw new Error('an upload was created without being opened');
    if (exchange.bringsBytes) return upload;
    exchange.writer = null;
    if (upload.size !== 0) await writer.release();
    else if (!(await writer.finish(true)).ok) throw new RequestRefused('superseded');
    return upload;
  }

  /**
   * Takes the bytes straight from the request of the exchange. The stream that the library hands over is empty: it
   * was given a request without a body, since its way through web streams costs more than all the rest.
   */
  override async write(stream: Readable, text: string, offset: number): Promise<number> {
    stream.resume();
    const exchange = theExchange();
    const { file, creates } = exchange;
    if (file !== null && isSettled(file, this.#parts.intake.clock.now())) {
      await expectNoBytes(exchange.body);
      return offset;
    }
    const writer = exchange.writer ?? (await this.#resume(idOf(text)));
    exchange.writer = null;
    const size = creates?.size ?? file?.declaredSize ?? offset;
    return writeBody(this.#parts, exchange, { writer, offset, size });
  }

  /** Where an upload is. 410 only for one that will never be complete. */
  override async getUpload(text: string): Promise<Upload> {
    const file = await this.#look(idOf(text));
    if (file.state === 'receiving' && !file.gap) {
      const upload = await super.getUpload(text);
      if (upload.offset !== upload.size) return upload;
      await finishIfComplete(this.#parts.intake, file);
      // Clients take an offset at the length for the word that all is safe (invariant 1).
      if ((await this.#look(file.id)).state === 'receiving') throw new RequestRefused('being-written');
      return upload;
    }
    if (isLost(file)) throw new RequestRefused('upload-gone');
    return describe(file, file.size);
  }

  /** Removes an upload that is not complete (tus 1.0, termination). */
  override async remove(text: string): Promise<void> {
    const { intake } = this.#parts;
    const { session } = theExchange();
    const file = await this.#look(idOf(text));
    if (isLost(file)) throw new RequestRefused('upload-gone');
    if (isSettled(file, intake.clock.now())) throw new RequestRefused('settled');
    const newest = await intake.ledger.newestAt(file, file.path);
    if (newest?.id !== file.id) throw new RequestRefused('upload-gone');
    const removed = await removeUpload(intake, session, file, file.path);
    if (!removed.ok) throw refused(removed);
  }

  /** Never called: an upload has its size from the start. */
  override async declareUploadLength(): Promise<void> {
    throw new RequestRefused('length-deferred');
  }

  /** Nothing: uploads expire by the ledger. The library's way would remove complete ones as well. */
  override async deleteExpired(): Promise<number> {
    return 0;
  }

  async #look(id: FileId): Promise<CustodyFile> {
    const exchange = theExchange();
    const found = await findUpload(this.#parts.intake, exchange.session, id);
    if (!found.ok) throw refused(found);
    if (found.value.door !== 'tus') throw new RequestRefused('not-found');
    exchange.file = found.value;
    return found.value;
  }

  async #resume(id: FileId): Promise<UploadWriter> {
    const resumed = await resumeUpload(this.#parts.intake, theExchange().session, id);
    if (!resumed.ok) throw refused(resumed);
    return resumed.value;
  }
}

/** The row of the upload that the exchange looked up last, in the library's words. */
const exchangeConfigs: Configstore = {
  async get() {
    const { file } = theExchange();
    return file === null ? undefined : describe(file, 0);
  },
  async set() {
    throw new Error('uploads are described by the ledger');
  },
  async delete() {
    throw new Error('uploads are described by the ledger');
  },
};

function describe(file: CustodyFile, offset: number): Upload {
  const size = file.declaredSize ?? file.size;
  const creation_date = new Date(file.createdAt).toISOString();
  return new Upload({ id: file.id, size, offset, metadata: formatUploadPath(file.path), creation_date });
}

/** An upload that ended before it was complete. The same bytes arrived once more are not lost. */
function isLost(file: CustodyFile): boolean {
  if (file.state === 'abandoned') return file.reason !== 'same-bytes';
  return file.state === 'removed' && file.arrivedAt === null;
}

function idOf(text: string): FileId {
  const id = parseId('file', text);
  if (id === null) throw new RequestRefused('not-found');
  return id;
}

function refused({ refusal, detail }: Refused<HttpRefusal>): RequestRefused {
  return new RequestRefused(refusal, detail);
}
