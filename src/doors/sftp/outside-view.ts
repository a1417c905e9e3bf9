import { setTimeout } from 'node:timers/promises';
import type { Session } from '../../core/accounts/sign-in.ts';
import { removeUpload, renameUpload, setUploadMtime } from '../../core/custody/change-upload.ts';
import type { Intake } from '../../core/custody/custody.ts';
import type { ArrivalPath, CustodyFile } from '../../core/custody/file.ts';
import { makeFolder, removeFolder } from '../../core/custody/folders.ts';
import { type FileName, type FolderPath, splitPath } from '../../core/custody/names.ts';
import { type OpenMode, openUpload } from '../../core/custody/open-upload.ts';
import {
  listOutside,
  lookUpOutside,
  type OutsideEntry,
  stateInWords,
} from '../../core/custody/outside-view.ts';
import type { FolderEntry } from '../../core/custody/ports.ts';
import type { UploadWriter } from '../../core/custody/upload-writer.ts';
import type { Instant } from '../../core/kit/clock.ts';
import { accept, type Result, refuse } from '../../core/kit/result.ts';
import type { Refusal } from './refusals.ts';
import type { Entry, Listing, LiveUploads, NamedEntry, View } from './view.ts';
import { ARRIVALS, below, ROOT, type VirtualPath } from './virtual-path.ts';

/** How many names of a folder are read from the ledger, and sent, at once. */
const PAGE = 100;

/** How long somebody who wants to write waits for a writer that is about to be gone. */
const PATIENCE = { tries: 5, pause: 200 };

/** What `ls -l` shows as the state of a folder. */
const FOLDER_STATE = 'folder';

/**
 * What a person sees outside: `/arrivals`, their own drop. Put, resume, rename and delete until an upload has
 * settled; look at names, sizes and states; no reading back. Nothing else can be changed.
 */
export class OutsideView implements View {
  readonly start = ARRIVALS;
  readonly #intake: Intake;
  readonly #session: Session;
  readonly #live: LiveUploads;

  constructor(intake: Intake, session: Session, live: LiveUploads) {
    this.#intake = intake;
    this.#session = session;
    this.#live = live;
  }

  get owner(): string {
    return this.#session.name;
  }

  async look(path: VirtualPath): Promise<Result<Entry, Refusal>> {
    const inArrivals = below(ARRIVALS, path);
    if (inArrivals === null) return path === ROOT ? accept(this.#folder(this.#now())) : refuse('not-found');
    const found = await lookUpOutside(this.#intake, this.#session, inArrivals);
    return found.ok ? accept(this.#entry(found.value)) : found;
  }

  async list(path: VirtualPath): Promise<Result<Listing, Refusal>> {
    const found = await this.look(path);
    if (!found.ok) return found;
    if (found.value.attributes.kind === 'file') return refuse('not-a-folder');
    const inArrivals = below(ARRIVALS, path);
    return accept(inArrivals === null ? this.#root() : this.#pages(inArrivals));
  }

  async refuseReading(path: VirtualPath): Promise<Result<never, Refusal>> {
    const found = await this.look(path);
    if (!found.ok) return found;
    return refuse(found.value.attributes.kind === 'folder' ? 'is-a-folder' : 'no-reading-back');
  }

  /** Waits a moment for a session that is ending: clients come back at once after a lost connection. */
  openForWriting(path: VirtualPath, mode: OpenMode): Promise<Result<UploadWriter, Refusal>> {
    return onFile(path, async (file) => {
      for (let tries = 1; ; tries++) {
        const opened = await this.#open(file, mode);
        if (opened.ok || opened.refusal !== 'being-written' || tries === PATIENCE.tries) return opened;
        await setTimeout(PATIENCE.pause);
      }
    });
  }

  truncate(path: VirtualPath, size: number): Promise<Result<void, Refusal>> {
    return onFile(path, async (file) => {
      const newest = await this.#intake.ledger.newestAt(this.#session.account, file);
      const opened = await this.#open(file, 'resume');
      if (!opened.ok) return opened;
      const writer = opened.value;
      const cut = await writer.truncate(size);
      // An upload that was never closed does not become complete because it was cut.
      if (cut.ok && newest?.state !== 'receiving') return writer.finish(false);
      await writer.release();
      return cut;
    });
  }

  async setMtime(path: VirtualPath, mtime: Instant): Promise<Result<void, Refusal>> {
    const found = await this.look(path);
    if (!found.ok) return found;
    if (found.value.attributes.kind === 'folder') return accept(undefined);
    return onFile(path, (file) => setUploadMtime(this.#intake, this.#session, file, mtime));
  }

  rename(from: VirtualPath, to: VirtualPath): Promise<Result<void, Refusal>> {
    return onFile(from, (file) =>
      onFile(to, (target) => renameUpload(this.#intake, this.#session, file, target)),
    );
  }

  remove(path: VirtualPath): Promise<Result<void, Refusal>> {
    return onFile(path, (file) => removeUpload(this.#intake, this.#session, file));
  }

  makeFolder(path: VirtualPath): Promise<Result<void, Refusal>> {
    return onFolder(path, (folder) => makeFolder(this.#intake, this.#session, folder));
  }

  removeFolder(path: VirtualPath): Promise<Result<void, Refusal>> {
    return onFolder(path, (folder) => removeFolder(this.#intake, this.#session, folder));
  }

  room(): Promise<number> {
    return this.#intake.zones.airlock.room();
  }

  #open(path: ArrivalPath, mode: OpenMode): Promise<Result<UploadWriter, Refusal>> {
    return openUpload(this.#intake, this.#session, { path, mode, door: 'sftp', declaredSize: null });
  }

  #root(): Listing {
    let page: readonly NamedEntry[] = [{ name: ARRIVALS, ...this.#folder(this.#now()) }];
    return {
      async next() {
        const result = accept(page);
        page = [];
        return result;
      },
    };
  }

  #pages(folder: FolderPath): Listing {
    let after: FileName | null = null;
    return {
      next: async () => {
        const page = await listOutside(this.#intake, this.#session, folder, { after, limit: PAGE });
        if (!page.ok) return page;
        after = page.value.at(-1)?.name ?? after;
        return accept(page.value.map((entry) => ({ name: entry.name, ...this.#entry(entry) })));
      },
    };
  }

  #entry(found: OutsideEntry | FolderEntry): Entry {
    return found.kind === 'folder' ? this.#folder(found.createdAt) : this.#file(found.file);
  }

  #folder(mtime: Instant): Entry {
    return { attributes: { kind: 'folder', size: 0, mtime }, state: FOLDER_STATE };
  }

  #file(file: CustodyFile): Entry {
    const size = this.#live.get(file.id)?.size ?? file.size;
    const mtime = file.clientMtime ?? file.receivedAt ?? file.createdAt;
    return { attributes: { kind: 'file', size, mtime }, state: stateInWords(file, this.#now()) };
  }

  #now(): Instant {
    return this.#intake.clock.now();
  }
}

/** Calls `act` with the place that a path names in arrivals; refuses the folders of the view itself. */
async function onFile<T>(
  path: VirtualPath,
  act: (file: ArrivalPath) => Promise<Result<T, Refusal>>,
): Promise<Result<T, Refusal>> {
  const inArrivals = below(ARRIVALS, path);
  const file = inArrivals === null ? null : splitPath(inArrivals);
  return file === null ? refuse('not-here') : act(file);
}

async function onFolder<T>(
  path: VirtualPath,
  act: (folder: FolderPath) => Promise<Result<T, Refusal>>,
): Promise<Result<T, Refusal>> {
  const inArrivals = below(ARRIVALS, path);
  if (path === ARRIVALS || inArrivals === null) return refuse('not-here');
  return act(inArrivals);
}
