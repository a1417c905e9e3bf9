import type { Session } from '../../../core/accounts/sign-in.ts';
import type { Intake } from '../../../core/custody/custody.ts';
import { digestArrival } from '../../../core/custody/digests/digest-published.ts';
import type { DigestQuery } from '../../../core/custody/digests/digest-query.ts';
import type { ArrivalPath } from '../../../core/custody/file.ts';
import { type FolderPath, joinPath } from '../../../core/custody/names.ts';
import {
  listArrivals,
  lookUpArrival,
  openArrival,
  removeArrival,
} from '../../../core/custody/shares/arrivals-view.ts';
import { accept, type Result, refuse } from '../../../core/kit/result.ts';
import type { Refusal } from '../refusals.ts';
import type { AttributeChange } from '../wire/attributes.ts';
import type { Branch } from './branch.ts';
import { listPages } from './listing.ts';
import { publishedEntry } from './published-entry.ts';
import type { Entry, FileOpen, Listing, OpenedFile } from './view.ts';

/** `/arrivals` inside: what has arrived is read, removed, or moved to a share. Nothing is put or changed here. */
export class ArrivalsBranch implements Branch {
  readonly kind = 'arrivals';
  readonly #intake: Intake;
  readonly #session: Session;

  constructor(intake: Intake, session: Session) {
    this.#intake = intake;
    this.#session = session;
  }

  async look(path: FolderPath): Promise<Result<Entry, Refusal>> {
    const found = await lookUpArrival(this.#intake, this.#session, path);
    return found.ok ? accept(publishedEntry(found.value)) : found;
  }

  async list(path: FolderPath): Promise<Result<Listing, Refusal>> {
    const listing = listPages(
      (after, limit) => listArrivals(this.#intake, this.#session, path, { after, limit }),
      publishedEntry,
    );
    return accept(listing);
  }

  async open(path: ArrivalPath, how: FileOpen): Promise<Result<OpenedFile, Refusal>> {
    if (how.write) return refuse('comes-from-outside');
    const opened = await openArrival(this.#intake, this.#session, path);
    return opened.ok ? accept({ kind: 'reading', file: opened.value }) : opened;
  }

  async change(path: ArrivalPath, { size }: AttributeChange): Promise<Result<void, Refusal>> {
    const found = await this.look(joinPath(path.folder, path.name));
    if (!found.ok) return found;
    if (size === null) return accept(undefined);
    return refuse(found.value.attributes.kind === 'folder' ? 'is-a-folder' : 'as-it-arrived');
  }

  remove(path: ArrivalPath): Promise<Result<void, Refusal>> {
    return removeArrival(this.#intake, this.#session, path);
  }

  async makeFolder(): Promise<Result<never, Refusal>> {
    return refuse('comes-from-outside');
  }

  /** Folders are shown for what is in them, and go with it. */
  async removeFolder(path: FolderPath): Promise<Result<never, Refusal>> {
    const found = await this.look(path);
    if (!found.ok) return found;
    return refuse(found.value.attributes.kind === 'folder' ? 'not-empty' : 'not-a-folder');
  }

  digest(path: ArrivalPath, query: DigestQuery): Promise<Result<string, Refusal>> {
    return digestArrival(this.#intake, this.#session, path, query);
  }

  async room(): Promise<Result<number, Refusal>> {
    return accept(0);
  }
}
