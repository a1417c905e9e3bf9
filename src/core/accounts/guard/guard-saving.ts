import type { AuditRecord } from '../../audit/events.ts';
import { type Clock, MINUTE, type Millis, SECOND } from '../../kit/clock.ts';
import type { Logger } from '../../kit/logger.ts';
import type { DenialLog } from './denial-log.ts';
import { type Entry, type GuardMemory, rowOf } from './guard-memory.ts';
import type { GuardPolicy } from './guard-policy.ts';
import type { Forgetting, GuardLedger, GuardRelay, Pause, Penalty } from './ports.ts';

/** What the guard works with. */
export interface GuardParts {
  readonly ledger: GuardLedger;
  readonly clock: Clock;
  readonly log: Logger;
  readonly policy: GuardPolicy;
  readonly pause: Pause;
  /** To the processes that look after other doors; null where this is the only one. */
  readonly relay: GuardRelay | null;
}

/** How many rows one save has, how often it is tried when others write the same rows, and how many are read at once. */
const ROWS_PER_SAVE = 500;
const TRIES = 3;
const ROWS_PER_READ = 5000;

/** How often what others wrote is read, and what is old is forgotten. */
const READ_EVERY: Millis = 2 * SECOND;
const FORGET_EVERY: Millis = 10 * MINUTE;

/** Scores are forgotten after so many half-lives: less than a hundredth is left. */
const HALF_LIVES_KEPT = 7;

/** What the guard remembers, between its memory, the ledger, and the processes of other doors. */
export class GuardSaving {
  readonly #parts: GuardParts;
  readonly #memory: GuardMemory;
  readonly #denials: DenialLog;
  #audit: AuditRecord[] = [];
  #told: Penalty[] = [];
  #revision = 0;
  #readAt: Millis | null = null;
  #forgotAt: Millis | null = null;
  #beating: Promise<void> | null = null;

  constructor(parts: GuardParts, memory: GuardMemory, denials: DenialLog) {
    this.#parts = parts;
    this.#memory = memory;
    this.#denials = denials;
  }

  /** Has a record written with the next beat. */
  add(record: AuditRecord): void {
    this.#audit.push(record);
  }

  /** Has others told of a penalty with the next beat. */
  tell(penalty: Penalty): void {
    this.#told.push(penalty);
  }

  /** Reads what the ledger has. */
  async load(): Promise<void> {
    await this.#read();
  }

  /** Writes what has happened (`all`: also what is still gathered), and reads what others wrote. Never rejects. */
  beat(all = false): Promise<void> {
    this.#beating ??= this.#beat(all).finally(() => {
      this.#beating = null;
    });
    return this.#beating;
  }

  async #beat(all: boolean): Promise<void> {
    const { relay, log, clock } = this.#parts;
    if (this.#told.length > 0) relay?.tell(this.#told);
    this.#told = [];
    const audit = [...this.#audit, ...this.#denials.take(clock.now(), all)];
    this.#audit = [];
    const entries = this.#memory.takeChanged(ROWS_PER_SAVE);
    try {
      if (!(await this.#save(entries, audit))) throw new Error('others write the same scores all the time');
      if (this.#isDue(this.#readAt, READ_EVERY)) await this.#read();
    } catch (error) {
      log.warn('sign-in-guard-not-saved', { error });
      for (const entry of entries) this.#memory.markChanged(entry);
      this.#denials.putBack(audit);
    }
  }

  async #save(entries: readonly Entry[], audit: readonly AuditRecord[]): Promise<boolean> {
    const forgetting = this.#forgetting();
    if (entries.length === 0 && audit.length === 0 && forgetting === null) return true;
    for (let tries = 0; tries < TRIES; tries++) {
      const pending = entries.map((entry) => entry.pending.length);
      const rows = entries.map((entry) => ({ ...rowOf(entry), expected: entry.revision }));
      const result = await this.#parts.ledger.saveGuardRows(rows, forgetting, audit);
      if (result.saved) {
        entries.forEach((entry, i) => {
          entry.revision = result.revision;
          entry.pending = entry.pending.slice(pending[i]);
        });
        return true;
      }
      for (const newer of result.newer) this.#learn(newer);
    }
    return false;
  }

  async #read(): Promise<void> {
    this.#readAt = this.#parts.clock.monotonic();
    for (;;) {
      const rows = await this.#parts.ledger.guardRowsAfter(this.#revision, ROWS_PER_READ);
      for (const row of rows) this.#learn(row);
      this.#revision = Math.max(this.#revision, ...rows.map(({ revision }) => revision));
      if (rows.length < ROWS_PER_READ) return;
    }
  }

  #learn(row: Parameters<GuardMemory['learn']>[0]): void {
    const known = this.#memory.find(row.source, row.account);
    if (known === undefined || known.revision < row.revision) this.#memory.learn(row);
  }

  #forgetting(): Forgetting | null {
    if (!this.#isDue(this.#forgotAt, FORGET_EVERY)) return null;
    const { clock, policy } = this.#parts;
    this.#forgotAt = clock.monotonic();
    const now = clock.now();
    return {
      scoresBefore: now - HALF_LIVES_KEPT * policy.halfLife,
      knownBefore: now - policy.known,
      most: policy.tracked,
    };
  }

  #isDue(last: Millis | null, every: Millis): boolean {
    return last === null || this.#parts.clock.monotonic() - last >= every;
  }
}
