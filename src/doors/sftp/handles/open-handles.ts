import type { AccountId } from '../../../core/kit/ids.ts';
import { createRandomPage } from '../../../core/kit/random-page.ts';
import type { Lane } from '../lane.ts';
import type { SftpTally } from '../limits.ts';
import type { VirtualPath } from '../views/virtual-path.ts';
import type { FolderHandle } from './folder-handle.ts';
import type { HandleRoom } from './handle-room.ts';
import type { ReadingHandle } from './reading-handle.ts';
import type { UploadHandle } from './upload-handle.ts';
import type { WorkingHandle } from './working-handle.ts';

/** What a session can have open. */
export type Target = UploadHandle | ReadingHandle | WorkingHandle | FolderHandle;

/** What a handle stands for, with the lane of the requests on it. */
export interface OpenHandle {
  readonly target: Target;
  /** Where it was when it was opened. */
  readonly path: VirtualPath;
  readonly lane: Lane;
}

const newName = createRandomPage(16);

/**
 * The handles of one session. A handle is random, so that it cannot be guessed, means nothing in any other session,
 * and is never used twice.
 */
export class OpenHandles {
  readonly #most: number;
  readonly #room: HandleRoom;
  readonly #account: AccountId;
  readonly #tally: SftpTally;
  readonly #counted = new Set<OpenHandle>();
  readonly #byName = new Map<string, OpenHandle>();
  readonly #closing = new Set<OpenHandle>();

  /** At most `most`, and as many in all sessions of the account as the room says. */
  constructor(most: number, room: HandleRoom, account: AccountId, tally: SftpTally) {
    this.#most = most;
    this.#room = room;
    this.#account = account;
    this.#tally = tally;
  }

  /** Whether nothing more can be opened; counts that somebody was refused. */
  refusesMore(): boolean {
    const isFull = this.#byName.size >= this.#most;
    if (!isFull && !this.#room.isFull(this.#account)) return false;
    this.#tally.refused(isFull ? 'handles' : 'handlesPerAccount');
    return true;
  }

  /** Returns the handle as the client gets it: a latin-1 string of bytes. */
  add(handle: OpenHandle): string {
    const name = Buffer.from(newName()).toString('latin1');
    this.#byName.set(name, handle);
    this.#counted.add(handle);
    this.#room.opened(this.#account);
    return name;
  }

  find(name: string): OpenHandle | undefined {
    return this.#byName.get(name);
  }

  /** From here on the name is not known; the handle is closing until `forget`. */
  beginClosing(name: string): OpenHandle | undefined {
    const handle = this.#byName.get(name);
    if (handle === undefined) return undefined;
    this.#byName.delete(name);
    this.#closing.add(handle);
    return handle;
  }

  forget(handle: OpenHandle): void {
    this.#closing.delete(handle);
    if (this.#counted.delete(handle)) this.#room.closed(this.#account);
  }

  /** Handles with a CLOSE under way. */
  closing(): readonly OpenHandle[] {
    return [...this.#closing];
  }

  /** Open and closing ones. */
  all(): readonly OpenHandle[] {
    return [...this.#byName.values(), ...this.#closing];
  }
}
