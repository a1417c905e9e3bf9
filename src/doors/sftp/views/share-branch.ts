import type { Session } from '../../../core/accounts/sign-in.ts';
import type { Intake } from '../../../core/custody/custody.ts';
import type { DigestQuery } from '../../../core/custody/digests/digest-query.ts';
import { digestWorking } from '../../../core/custody/digests/digest-working.ts';
import type { ArrivalPath } from '../../../core/custody/file.ts';
import { type FolderPath, joinPath } from '../../../core/custody/names.ts';
import {
  changeWorking,
  makeWorkingFolder,
  removeWorking,
  removeWorkingFolder,
} from '../../../core/custody/shares/change-share.ts';
import { listWorking } from '../../../core/custody/shares/list-share.ts';
import { lookUpWorking, roomOfShare } from '../../../core/custody/shares/look-in-share.ts';
import { openWorking } from '../../../core/custody/shares/open-working.ts';
import type { SharePlace, WorkingEntry } from '../../../core/custody/shares/ports.ts';
import { renameWorking } from '../../../core/custody/shares/rename-working.ts';
import { accept, type Result } from '../../../core/kit/result.ts';
import type { Refusal } from '../refusals.ts';
import type { AttributeChange } from '../wire/attributes.ts';
import type { Branch } from './branch.ts';
import { PAGE } from './listing.ts';
import type { Entry, FileOpen, Listing, OpenedFile } from './view.ts';
import { attributesOf } from './working-attributes.ts';

/** What `ls -l` shows as the state of what stands in a share. */
const STATES = { file: 'working', folder: 'folder', other: 'not-a-file' } as const;

/** `/shares/<share>` inside: working files, by right, with ordinary file operations. */
export class ShareBranch implements Branch {
  readonly kind = 'share';
  readonly share: string;
  readonly #intake: Intake;
  readonly #session: Session;

  constructor(intake: Intake, session: Session, share: string) {
    this.share = share;
    this.#intake = intake;
    this.#session = session;
  }

  async look(path: FolderPath): Promise<Result<Entry, Refusal>> {
    const found = await lookUpWorking(this.#intake, this.#session, this.#place(path));
    return found.ok ? accept(entryOf(found.value)) : found;
  }

  async list(path: FolderPath): Promise<Result<Listing, Refusal>> {
    const listed = await listWorking(this.#intake, this.#session, this.#place(path), PAGE);
    if (!listed.ok) return listed;
    return accept({
      async next() {
        const page = await listed.value.next();
        return page.ok ? accept(page.value.map((one) => ({ name: one.name, ...entryOf(one) }))) : page;
      },
      close: () => listed.value.close(),
    });
  }

  async open(path: ArrivalPath, how: FileOpen): Promise<Result<OpenedFile, Refusal>> {
    const opened = await openWorking(this.#intake, this.#session, this.#placeOf(path), how);
    return opened.ok ? accept({ kind: 'working', file: opened.value }) : opened;
  }

  change(path: ArrivalPath, change: AttributeChange): Promise<Result<void, Refusal>> {
    return changeWorking(this.#intake, this.#session, this.#placeOf(path), change);
  }

  /** Within this share, or to another. */
  rename(from: FolderPath, to: SharePlace, replace: boolean): Promise<Result<void, Refusal>> {
    return renameWorking(this.#intake, this.#session, this.#place(from), to, replace);
  }

  remove(path: ArrivalPath): Promise<Result<void, Refusal>> {
    return removeWorking(this.#intake, this.#session, this.#placeOf(path));
  }

  makeFolder(path: FolderPath): Promise<Result<void, Refusal>> {
    return makeWorkingFolder(this.#intake, this.#session, this.#place(path));
  }

  removeFolder(path: FolderPath): Promise<Result<void, Refusal>> {
    return removeWorkingFolder(this.#intake, this.#session, this.#place(path));
  }

  digest(path: ArrivalPath, query: DigestQuery): Promise<Result<string, Refusal>> {
    return digestWorking(this.#intake, this.#session, this.#placeOf(path), query);
  }

  room(): Promise<Result<number, Refusal>> {
    return roomOfShare(this.#intake, this.#session, this.share);
  }

  #place(path: FolderPath): SharePlace {
    return { share: this.share, path };
  }

  #placeOf({ folder, name }: ArrivalPath): SharePlace {
    return this.#place(joinPath(folder, name));
  }
}

function entryOf(entry: WorkingEntry): Entry {
  return { attributes: attributesOf(entry), state: STATES[entry.kind] };
}
