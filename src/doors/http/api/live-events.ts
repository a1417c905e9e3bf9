import type { ServerResponse } from 'node:http';
import { mayStillBeHere } from '../../../core/accounts/may-act.ts';
import type { Session } from '../../../core/accounts/sign-in.ts';
import type { Intake } from '../../../core/custody/custody.ts';
import { ownFile } from '../../../core/custody/own-files.ts';
import type { Millis } from '../../../core/kit/clock.ts';
import type { AccountId } from '../../../core/kit/ids.ts';
import { showTo } from './file-routes.ts';

/** How often it is looked for changes of a person's files. */
const LOOK_EVERY: Millis = 1000;

/** A comment that is sent when nothing else is, so that proxies keep the connection. */
const BREATHE_EVERY: Millis = 15_000;

/** Rows of the log that are looked at in one go. */
const AT_ONCE = 200;

/** Open pages of one person. */
const MOST_PER_PERSON = 20;

/** A page that listens. */
export interface Listener {
  readonly session: Session;
  /** Where the page has heard to; null for one that begins. */
  readonly after: number | null;
  /** Whether its session may still be used. */
  readonly mayStay: () => Promise<boolean>;
}

/**
 * Tells open pages what becomes of their owner's files, as server-sent events (HTML standard, section 9.2). The
 * number of a row of the audit log is the id of an event, so that a page that was away hears what it missed.
 */
export class LiveEvents {
  readonly #intake: Intake;
  readonly #open = new Map<AccountId, number>();
  readonly #ends = new Set<() => void>();

  constructor(intake: Intake) {
    this.#intake = intake;
  }

  /** Whether one more page of a person may listen. */
  hasRoom(account: AccountId): boolean {
    return (this.#open.get(account) ?? 0) < MOST_PER_PERSON;
  }

  /** Sends events until the page goes, its session ends, or the door stops. Never rejects. */
  async tell(response: ServerResponse, listener: Listener): Promise<void> {
    const { account } = listener.session;
    this.#open.set(account, (this.#open.get(account) ?? 0) + 1);
    const gone = new AbortController();
    const end = () => gone.abort();
    response.once('close', end);
    this.#ends.add(end);
    try {
      await this.#send(response, listener, gone.signal);
    } catch (error) {
      this.#intake.log.warn('live-events-failed', { account, error });
    } finally {
      this.#ends.delete(end);
      const left = (this.#open.get(account) ?? 1) - 1;
      if (left === 0) this.#open.delete(account);
      else this.#open.set(account, left);
      response.end();
    }
  }

  /** Ends all. Pages come again by themselves. */
  stop(): void {
    for (const end of this.#ends) end();
  }

  async #send(
    response: ServerResponse,
    { session, after, mayStay }: Listener,
    gone: AbortSignal,
  ): Promise<void> {
    const { ledger, clock } = this.#intake;
    let { seq } = after === null ? await ledger.filesTouched(session.account, null, 1) : { seq: after };
    response.write(`retry: 2000\nid: ${seq}\nevent: ready\ndata: {}\n\n`);
    let breathed = clock.monotonic();
    while (!gone.aborted && (await mayStay()) && (await mayStillBeHere(this.#intake, session)).ok) {
      const touched = await ledger.filesTouched(session.account, seq, AT_ONCE);
      seq = touched.seq;
      for (const id of touched.files) {
        const found = await ownFile(this.#intake, session, id);
        if (!found.ok) continue;
        const data = JSON.stringify(await showTo(this.#intake, found.value));
        response.write(`id: ${seq}\nevent: file\ndata: ${data}\n\n`);
      }
      if (touched.files.length > 0) breathed = clock.monotonic();
      else if (clock.monotonic() - breathed > BREATHE_EVERY) {
        response.write(': \n\n');
        breathed = clock.monotonic();
      }
      await pause(LOOK_EVERY, gone);
    }
  }
}

function pause(time: Millis, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, time);
    function done(): void {
      clearTimeout(timer);
      gone.removeEventListener('abort', done);
      resolve();
    }
    gone.addEventListener('abort', done);
  });
}
