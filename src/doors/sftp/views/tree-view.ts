import { mayStillAct } from '../../../core/accounts/may-act.ts';
import type { Session } from '../../../core/accounts/sign-in.ts';
import type { Intake } from '../../../core/custody/custody.ts';
import type { DigestQuery } from '../../../core/custody/digests/digest-query.ts';
import type { ArrivalPath } from '../../../core/custody/file.ts';
import { type FolderPath, joinPath, splitPath } from '../../../core/custody/names.ts';
import { accept, type Result, refuse } from '../../../core/kit/result.ts';
import type { Refusal } from '../refusals.ts';
import type { AttributeChange } from '../wire/attributes.ts';
import type { Branch } from './branch.ts';
import { folderEntry, listFolders } from './listing.ts';
import type { Entry, FileOpen, Listing, OpenedFile, View } from './view.ts';
import type { VirtualPath } from './virtual-path.ts';

/** Where a path leads: to a folder of the view itself, or into a branch. */
export type Spot<B> =
  | { readonly kind: 'folder'; names(): Promise<Result<readonly string[], Refusal>> }
  | { readonly kind: 'branch'; readonly branch: B; readonly path: FolderPath };

/** A name in a branch, below its top. */
export interface Place<B> {
  readonly branch: B;
  readonly path: ArrivalPath;
  readonly whole: FolderPath;
}

/** What a view is made of. */
export interface Tree<B> {
  readonly start: VirtualPath;
  /** What to do instead, for who wants to change what only shows. */
  readonly hint: string;
  /** Refuses with `not-found` what is not there, and in words what the person may not see. */
  find(path: VirtualPath): Promise<Result<Spot<B>, Refusal>>;
  /** Renames within a branch, or moves from one to another. */
  rename(from: Place<B>, to: Place<B>, replace: boolean): Promise<Result<void, Refusal>>;
}

/** A view of branches below folders that only show them, and cannot be changed. */
export class TreeView<B extends Branch> implements View {
  readonly start: VirtualPath;
  readonly owner: string;
  readonly #intake: Intake;
  readonly #session: Session;
  readonly #tree: Tree<B>;

  constructor(intake: Intake, session: Session, tree: Tree<B>) {
    this.start = tree.start;
    this.owner = session.name;
    this.#intake = intake;
    this.#session = session;
    this.#tree = tree;
  }

  async look(path: VirtualPath): Promise<Result<Entry, Refusal>> {
    const spot = await this.#find(path);
    if (!spot.ok) return spot;
    if (spot.value.kind === 'branch') return spot.value.branch.look(spot.value.path);
    return accept(folderEntry(this.#intake.clock.now(), true));
  }

  async list(path: VirtualPath): Promise<Result<Listing, Refusal>> {
    const spot = await this.#find(path);
    if (!spot.ok) return spot;
    if (spot.value.kind === 'branch') return spot.value.branch.list(spot.value.path);
    const names = await spot.value.names();
    return names.ok ? accept(listFolders(names.value, this.#intake.clock.now())) : names;
  }

  async open(path: VirtualPath, how: FileOpen, gone: AbortSignal): Promise<Result<OpenedFile, Refusal>> {
    if (how.write) return this.#at(path, ({ branch, path: file }) => branch.open(file, how, gone));
    return this.#read(path, (branch, file) => branch.open(file, how, gone));
  }

  digest(path: VirtualPath, query: DigestQuery): Promise<Result<string, Refusal>> {
    return this.#read(path, (branch, file) => branch.digest(file, query));
  }

  async change(path: VirtualPath, change: AttributeChange): Promise<Result<void, Refusal>> {
    const spot = await this.#find(path);
    if (!spot.ok) return spot;
    const place = spot.value.kind === 'branch' ? splitPath(spot.value.path) : null;
    if (spot.value.kind === 'branch' && place !== null) return spot.value.branch.change(place, change);
    const top = await this.look(path);
    if (!top.ok) return top;
    return change.size === null ? accept(undefined) : refuse('is-a-folder');
  }

  rename(from: VirtualPath, to: VirtualPath, replace: boolean): Promise<Result<void, Refusal>> {
    return this.#at(from, (source) => this.#at(to, (target) => this.#tree.rename(source, target, replace)));
  }

  remove(path: VirtualPath): Promise<Result<void, Refusal>> {
    return this.#at(path, (place) => place.branch.remove(place.path));
  }

  makeFolder(path: VirtualPath): Promise<Result<void, Refusal>> {
    return this.#at(path, (place) => place.branch.makeFolder(place.whole));
  }

  removeFolder(path: VirtualPath): Promise<Result<void, Refusal>> {
    return this.#at(path, (place) => place.branch.removeFolder(place.whole));
  }

  async room(path: VirtualPath): Promise<Result<number, Refusal>> {
    const spot = await this.#find(path);
    if (!spot.ok) return spot;
    return spot.value.kind === 'branch' ? spot.value.branch.room() : accept(0);
  }

  async #find(path: VirtualPath): Promise<Result<Spot<B>, Refusal>> {
    const spot = await this.#tree.find(path);
    if (!spot.ok || spot.value.kind === 'branch') return spot;
    const allowed = await mayStillAct(this.#intake, this.#session);
    return allowed.ok ? spot : allowed;
  }

  /** Calls `act` with a name in a branch; what is above are folders. */
  async #read<T>(
    path: VirtualPath,
    act: (branch: B, file: ArrivalPath) => Promise<Result<T, Refusal>>,
  ): Promise<Result<T, Refusal>> {
    const spot = await this.#find(path);
    if (!spot.ok) return spot;
    const file = spot.value.kind === 'branch' ? splitPath(spot.value.path) : null;
    if (file === null || spot.value.kind === 'folder') return refuse('is-a-folder');
    return act(spot.value.branch, file);
  }

  #notHere(): Result<never, Refusal> {
    return refuse('not-here', this.#tree.hint);
  }

  /** Calls `act` with the place that a path names; refuses the folders of the view and the tops of branches. */
  async #at<T>(
    path: VirtualPath,
    act: (place: Place<B>) => Promise<Result<T, Refusal>>,
  ): Promise<Result<T, Refusal>> {
    const spot = await this.#find(path);
    if (!spot.ok) return spot.refusal === 'not-found' ? this.#notHere() : spot;
    const place = spot.value.kind === 'branch' ? splitPath(spot.value.path) : null;
    if (place === null || spot.value.kind === 'folder') return this.#notHere();
    const whole = joinPath(place.folder, place.name);
    return act({ branch: spot.value.branch, path: place, whole });
  }
}

/** A folder of the view, with the names of what it shows. */
export function viewFolder<B>(
  names: () => Promise<Result<readonly string[], Refusal>>,
): Result<Spot<B>, Refusal> {
  return accept({ kind: 'folder', names });
}
