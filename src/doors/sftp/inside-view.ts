import type { Session } from '../../core/accounts/sign-in.ts';
import { mayStillAct } from '../../core/accounts/sign-in.ts';
import type { Intake } from '../../core/custody/custody.ts';
import { accept, type Result, refuse } from '../../core/kit/result.ts';
import type { Refusal } from './refusals.ts';
import type { Entry, Listing, View } from './view.ts';
import { ROOT, type VirtualPath } from './virtual-path.ts';

/**
 * What a person sees inside: for now an empty folder in which nothing can be done. Uploads are never taken here:
 * what is inside has come through the airlock.
 */
export class InsideView implements View {
  readonly start = ROOT;
  readonly #intake: Intake;
  readonly #session: Session;

  constructor(intake: Intake, session: Session) {
    this.#intake = intake;
    this.#session = session;
  }

  get owner(): string {
    return this.#session.name;
  }

  async look(path: VirtualPath): Promise<Result<Entry, Refusal>> {
    const allowed = await mayStillAct(this.#intake.ledger, this.#session);
    if (!allowed.ok) return allowed;
    if (path !== ROOT) return refuse('not-found');
    const mtime = this.#intake.clock.now();
    return accept({ attributes: { kind: 'folder', size: 0, mtime, readOnly: true }, state: 'folder' });
  }

  async list(path: VirtualPath): Promise<Result<Listing, Refusal>> {
    const found = await this.look(path);
    return found.ok ? accept({ next: async () => accept([]) }) : found;
  }

  async refuseReading(path: VirtualPath): Promise<Result<never, Refusal>> {
    const found = await this.look(path);
    return found.ok ? refuse('is-a-folder') : found;
  }

  openForWriting = nothingHere;
  truncate = nothingHere;
  setMtime = nothingHere;
  rename = nothingHere;
  remove = nothingHere;
  makeFolder = nothingHere;
  removeFolder = nothingHere;

  async room(): Promise<number> {
    return 0;
  }
}

async function nothingHere(): Promise<Result<never, Refusal>> {
  return refuse('nothing-here');
}
