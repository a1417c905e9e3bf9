import { mayStillAct } from '../../../core/accounts/may-act.ts';
import type { Session } from '../../../core/accounts/sign-in.ts';
import type { Intake } from '../../../core/custody/custody.ts';
import type { UploadWriter } from '../../../core/custody/upload-writer.ts';
import type { BodyReader, StopReason } from './body-reader.ts';

/** A request body that is being written to an upload. */
export interface RunningUpload {
  readonly session: Session;
  readonly writer: UploadWriter;
  readonly reader: BodyReader;
}

const LOOK_EVERY = 1000;

/**
 * Looks after the bodies under way, once a second: ends those that have gone silent and those whose person may act no
 * more, keeps the leases of the others, and hands on what slow ones have gathered.
 */
export class RunningUploads {
  readonly #intake: Intake;
  readonly #idle: number;
  readonly #onIdle: () => void;
  readonly #running = new Set<RunningUpload>();
  #timer: NodeJS.Timeout | null = null;
  #looking = false;

  /** `idle`: how long a body may bring no byte, in milliseconds; `onIdle`: one is ended for it. */
  constructor(intake: Intake, idle: number, onIdle: () => void) {
    this.#intake = intake;
    this.#idle = idle;
    this.#onIdle = onIdle;
  }

  /** Looks after an upload until the returned handle is disposed. */
  add(upload: RunningUpload): Disposable {
    this.#running.add(upload);
    this.#timer ??= setInterval(() => void this.#look(), LOOK_EVERY);
    return {
      [Symbol.dispose]: () => {
        this.#running.delete(upload);
        if (this.#running.size > 0 || this.#timer === null) return;
        clearInterval(this.#timer);
        this.#timer = null;
      },
    };
  }

  /** Ends all bodies; their uploads are released and stay resumable. */
  stopAll(reason: StopReason): void {
    for (const { reader } of this.#running) reader.stop(reason);
  }

  async #look(): Promise<void> {
    for (const { reader, writer } of this.#running) {
      if (reader.silence > this.#idle) {
        this.#onIdle();
        reader.stop('upload-idle');
        continue;
      }
      writer.keepAlive();
      reader.flush();
    }
    if (this.#looking) return;
    this.#looking = true;
    try {
      await this.#endDisabled();
    } catch (error) {
      this.#intake.log.warn('accounts-not-checked', { error });
    } finally {
      this.#looking = false;
    }
  }

  async #endDisabled(): Promise<void> {
    const sessions = new Map([...this.#running].map(({ session }) => [session.account, session]));
    for (const session of sessions.values()) {
      const may = await mayStillAct(this.#intake, session);
      if (may.ok) continue;
      for (const upload of this.#running) {
        if (upload.session.account === session.account) upload.reader.stop(may.refusal);
      }
    }
  }
}
