import type { Session } from '../../../core/accounts/sign-in.ts';
import type { Intake } from '../../../core/custody/custody.ts';
import { digestReleased } from '../../../core/custody/digests/digest-published.ts';
import type { DigestQuery } from '../../../core/custody/digests/digest-query.ts';
import type { ArrivalPath } from '../../../core/custody/file.ts';
import { type FolderPath, joinPath } from '../../../core/custody/names.ts';
import { listReleased, lookUpReleased, openReleased } from '../../../core/custody/outbound/outbound-view.ts';
import { accept, type Result, refuse } from '../../../core/kit/result.ts';
import type { Refusal } from '../refusals.ts';
import type { AttributeChange } from '../wire/attributes.ts';
import type { Branch } from './branch.ts';
import { listPages } from './listing.ts';
import { publishedEntry } from './published-entry.ts';
import type { Entry, FileOpen, Listing, OpenedFile } from './view.ts';

/** `/outbound/<share>` outside: what was released to the person by a share. It is read, and nothing else. */
export class ReleasedBranch implements Branch {
  readonly kind = 'released';
  readonly #intake: Intake;
  readonly #session: Session;
  readonly #share: string;

  constructor(intake: Intake, session: Session, share: string) {
    this.#intake = intake;
    this.#session = session;
    this.#share = share;
  }

  async look(path: FolderPath): Promise<Result<Entry, Refusal>> {
    const found = await lookUpReleased(this.#intake, this.#session, this.#share, path);
    return found.ok ? accept(publishedEntry(found.value)) : found;
  }

  async list(path: FolderPath): Promise<Result<Listing, Refusal>> {
    const listing = listPages(
      (after, limit) => listReleased(this.#intake, this.#session, this.#share, path, { after, limit }),
      publishedEntry,
    );
    return accept(listing);
  }

  async open(path: ArrivalPath, how: FileOpen): Promise<Result<OpenedFile, Refusal>> {
    if (how.write) return refuse('only-released');
    const opened = await openReleased(this.#intake, this.#session, this.#share, path);
    if (opened.ok) return accept({ kind: 'reading', file: opened.value });
    const found = await this.look(joinPath(path.folder, path.name));
    return found.ok && found.value.attributes.kind === 'folder' ? refuse('is-a-folder') : opened;
  }

  async change(path: ArrivalPath, { size }: AttributeChange): Promise<Result<void, Refusal>> {
    const found = await this.look(joinPath(path.folder, path.name));
    if (!found.ok) return found;
    if (size === null) return accept(undefined);
    return refuse(found.value.attributes.kind === 'folder' ? 'is-a-folder' : 'only-released');
  }

  remove = onlyReleased;
  makeFolder = onlyReleased;
  removeFolder = onlyReleased;

  digest(path: ArrivalPath, query: DigestQuery): Promise<Result<string, Refusal>> {
    return digestReleased(this.#intake, this.#session, this.#share, path, query);
  }

  async room(): Promise<Result<number, Refusal>> {
    return accept(0);
  }
}

async function onlyReleased(): Promise<Result<never, Refusal>> {
  return refuse('only-released');
}
