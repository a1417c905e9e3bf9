import { setTimeout } from 'node:timers/promises';
import type { Session } from '../../../core/accounts/sign-in.ts';
import { removeUpload, renameUpload, setUploadMtime } from '../../../core/custody/change-upload.ts';
import type { Intake } from '../../../core/custody/custody.ts';
import type { DigestQuery } from '../../../core/custody/digests/digest-query.ts';
import { digestUpload } from '../../../core/custody/digests/digest-upload.ts';
import { listDrop, lookUpInDrop, stateInWords } from '../../../core/custody/drop-view.ts';
import type { ArrivalPath, CustodyFile, Drop } from '../../../core/custody/file.ts';
import { makeFolder, removeFolder } from '../../../core/custody/folders.ts';
import type { FoundEntry } from '../../../core/custody/found-entry.ts';
import { type FolderPath, joinPath } from '../../../core/custody/names.ts';
import { type OpenMode, openLightly } from '../../../core/custody/open-upload.ts';
import type { FolderEntry } from '../../../core/custody/ports.ts';
import { appearAll, type LiveUploads, type Upload } from '../../../core/custody/upload.ts';
import { accept, type Result, refuse } from '../../../core/kit/result.ts';
import type { Refusal } from '../refusals.ts';
import type { AttributeChange } from '../wire/attributes.ts';
import type { Branch } from './branch.ts';
import { folderEntry, listPages } from './listing.ts';
import type { Entry, FileOpen, Listing, OpenedFile } from './view.ts';

/** How long somebody who wants to write waits for a writer that is about to be gone. */
const PATIENCE = { tries: 5, pause: 200 };

/** What a drop is shown with. */
export interface DropParts {
  readonly intake: Intake;
  readonly session: Session;
  readonly live: LiveUploads;
}

/**
 * A drop, as its owner sees it: `/arrivals` outside, `/outbound/<share>` inside. Put, resume, rename and delete until
 * an upload has settled; look at names, sizes and states; no reading back.
 */
export class DropBranch implements Branch {
  readonly kind = 'drop';
  readonly drop: Drop;
  /** The name of the share that files leave by; null for files on their way in. */
  readonly share: string | null;
  readonly #intake: Intake;
  readonly #session: Session;
  readonly #live: LiveUploads;

  constructor({ intake, session, live }: DropParts, drop: Drop, share: string | null = null) {
    this.drop = drop;
    this.share = share;
    this.#intake = intake;
    this.#session = session;
    this.#live = live;
  }

  async look(path: FolderPath): Promise<Result<Entry, Refusal>> {
    await appearAll(this.#live, this.drop);
    const found = await lookUpInDrop(this.#intake, this.#session, this.drop, path);
    return found.ok ? accept(this.#entry(found.value)) : found;
  }

  async list(path: FolderPath): Promise<Result<Listing, Refusal>> {
    await appearAll(this.#live, this.drop);
    const listing = listPages(
      (after, limit) => listDrop(this.#intake, this.#session, this.drop, path, { after, limit }),
      (entry) => this.#entry(entry),
    );
    return accept(listing);
  }

  async open(path: ArrivalPath, how: FileOpen, gone: AbortSignal): Promise<Result<OpenedFile, Refusal>> {
    if (!how.write) return this.#refuseReading(path);
    const mode = modeOf(how);
    const opened = await this.#openPatiently(path, mode, gone);
    if (!opened.ok) return opened;
    const writer = opened.value;
    if (mode !== 'reopen') return accept({ kind: 'upload', writer });
    const cut = await writer.truncate(0);
    if (cut.ok) return accept({ kind: 'upload', writer });
    await writer.release();
    return cut;
  }

  async change(path: ArrivalPath, { size, mtime }: AttributeChange): Promise<Result<void, Refusal>> {
    if (size !== null) {
      const cut = await this.#truncate(path, size);
      if (!cut.ok) return cut;
    }
    if (mtime === null) return size === null ? this.#isThere(path) : accept(undefined);
    await appearAll(this.#live, this.drop, path);
    const set = await setUploadMtime(this.#intake, this.#session, this.drop, path, mtime);
    return set.ok || set.refusal !== 'not-found' ? set : this.#isThere(path);
  }

  /** Within this drop. Never replaces. */
  async rename(from: ArrivalPath, to: ArrivalPath): Promise<Result<void, Refusal>> {
    await appearAll(this.#live, this.drop);
    return renameUpload(this.#intake, this.#session, this.drop, from, to);
  }

  async remove(path: ArrivalPath): Promise<Result<void, Refusal>> {
    await appearAll(this.#live, this.drop);
    return removeUpload(this.#intake, this.#session, this.drop, path);
  }

  async makeFolder(path: FolderPath): Promise<Result<void, Refusal>> {
    await appearAll(this.#live, this.drop);
    return makeFolder(this.#intake, this.#session, this.drop, path);
  }

  async removeFolder(path: FolderPath): Promise<Result<void, Refusal>> {
    await appearAll(this.#live, this.drop);
    return removeFolder(this.#intake, this.#session, this.drop, path);
  }

  async digest(path: ArrivalPath, query: DigestQuery): Promise<Result<string, Refusal>> {
    await appearAll(this.#live, this.drop, path);
    return digestUpload(this.#intake, this.#session, this.drop, path, query);
  }

  async room(): Promise<Result<number, Refusal>> {
    return accept(await this.#intake.zones.airlock.room());
  }

  async #isThere(path: ArrivalPath): Promise<Result<void, Refusal>> {
    const found = await this.look(joinPath(path.folder, path.name));
    return found.ok ? accept(undefined) : found;
  }

  async #refuseReading(path: ArrivalPath): Promise<Result<never, Refusal>> {
    const found = await this.look(joinPath(path.folder, path.name));
    if (!found.ok) return found;
    return refuse(found.value.attributes.kind === 'folder' ? 'is-a-folder' : 'no-reading-back');
  }

  /** Waits a moment for a session that is ending: clients come back at once after a lost connection. */
  async #openPatiently(
    path: ArrivalPath,
    mode: OpenMode,
    gone: AbortSignal,
  ): Promise<Result<Upload, Refusal>> {
    for (let tries = 1; ; tries++) {
      const opened = await this.#openOnce(path, mode, gone);
      if (opened.ok || opened.refusal !== 'being-written' || tries === PATIENCE.tries) return opened;
      await setTimeout(PATIENCE.pause);
    }
  }

  async #openOnce(path: ArrivalPath, mode: OpenMode, gone?: AbortSignal): Promise<Result<Upload, Refusal>> {
    await appearAll(this.#live, this.drop, path);
    const request = { drop: this.drop, path, mode, door: 'sftp', declaredSize: null } as const;
    return openLightly(this.#intake, this.#session, gone === undefined ? request : { ...request, gone });
  }

  async #truncate(path: ArrivalPath, size: number): Promise<Result<void, Refusal>> {
    await appearAll(this.#live, this.drop, path);
    const newest = await this.#intake.ledger.newestAt(this.drop, path);
    const opened = await this.#openOnce(path, 'reopen');
    if (!opened.ok) return opened;
    const writer = opened.value;
    const cut = await writer.truncate(size);
    // An upload that was never closed does not become complete because it was cut.
    if (cut.ok && newest?.state !== 'receiving') return writer.finish(false);
    await writer.release();
    return cut;
  }

  #entry(found: FoundEntry | FolderEntry): Entry {
    return found.kind === 'folder' ? folderEntry(found.createdAt) : this.#file(found.file);
  }

  #file(file: CustodyFile): Entry {
    const size = this.#live.get(file.id)?.size ?? file.size;
    const mtime = file.clientMtime ?? file.receivedAt ?? file.createdAt;
    const state = stateInWords(file, this.#intake.clock.now());
    return { attributes: { kind: 'file', size, mtime }, state };
  }
}

/** Without TRUNC an upload is gone on with: that is how clients resume. */
function modeOf({ create, exclusive, truncate }: FileOpen): OpenMode {
  if (create && exclusive) return 'exclusive';
  if (truncate) return create ? 'fresh' : 'reopen';
  return create ? 'resume-or-create' : 'resume';
}
