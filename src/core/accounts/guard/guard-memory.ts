import type { Instant } from '../../kit/clock.ts';
import { type GuardPolicy, type SubjectKind, scorePolicies } from './guard-policy.ts';
import type { GuardRecord, GuardRow } from './ports.ts';
import { banAt, CLEAN, penalise, type Score } from './score.ts';

/** What is kept in mind of a source, of who somebody says they are, or of both together. */
export interface Entry {
  readonly kind: SubjectKind;
  readonly source: string;
  /** An account id, or `?` and a name that nobody has; empty for a source. */
  readonly who: string;
  score: Score;
  knownAt: Instant | null;
  /** What was added since the ledger has had it. */
  pending: { readonly points: number; readonly at: Instant }[];
  revision: number;
}

/** How many old entries are looked at to find one that can go. */
const LOOK_AT = 16;

/** A mark of a name that no account has. The ledger does not hear of those. */
export const NOBODY = '?';

/**
 * Scores in memory, so that doors can ask without waiting. Holds at most as many as the policy says: the entry that
 * goes is the one, of the least recently touched, with the fewest points; sources that are known never go for it.
 */
export class GuardMemory {
  readonly #policies: ReturnType<typeof scorePolicies>;
  readonly #most: number;
  readonly #entries = new Map<string, Entry>();
  /** What the ledger has not heard of. */
  readonly #changed = new Set<Entry>();
  /** Who has signed in from where. */
  readonly #known = new Map<string, Map<string, Entry>>();

  constructor(policy: GuardPolicy) {
    this.#policies = scorePolicies(policy);
    this.#most = policy.tracked;
  }

  get size(): number {
    return this.#entries.size;
  }

  find(source: string, who: string): Entry | undefined {
    return this.#entries.get(keyOf(source, who));
  }

  /** When the ban of a subject ends; null without one. */
  ban(source: string, who: string, now: Instant): Instant | null {
    const entry = this.find(source, who);
    return entry === undefined ? null : banAt(entry.score, now, this.#policies[entry.kind]);
  }

  /** How many subjects of a kind are banned. */
  banned(kind: SubjectKind, now: Instant): number {
    let count = 0;
    for (const entry of this.#entries.values()) {
      if (entry.kind === kind && banAt(entry.score, now, this.#policies[kind]) !== null) count++;
    }
    return count;
  }

  /** Adds points. Returns the entry when they have just led to a ban. */
  penalise(source: string, who: string, points: number, now: Instant, isOurs: boolean): Entry | null {
    if (points === 0) return null;
    const entry = this.touch(source, who);
    const before = entry.score;
    entry.score = penalise(before, points, now, this.#policies[entry.kind]);
    if (entry.score === before) return null;
    if (isOurs) {
      entry.pending.push({ points, at: now });
      this.markChanged(entry);
    }
    return entry.score.bannedUntil === before.bannedUntil ? null : entry;
  }

  /** Who has signed in from a source. */
  knownFrom(source: string): ReadonlyMap<string, Entry> | undefined {
    return this.#known.get(source);
  }

  /** Says when somebody has last signed in from somewhere; null takes it back. */
  setKnown(source: string, who: string, at: Instant | null): Entry {
    const entry = this.touch(source, who);
    entry.knownAt = at;
    const here = this.#known.get(source);
    if (at !== null && here === undefined) this.#known.set(source, new Map([[who, entry]]));
    else if (at !== null) here?.set(who, entry);
    else if (here?.delete(who) === true && here.size === 0) this.#known.delete(source);
    return entry;
  }

  /** The source that an account has longest not signed in from, when it is known from more than `most`. */
  oldestSource(who: string, most: number): string | null {
    const entries = [...this.#known.values()].flatMap((here) => here.get(who) ?? []);
    if (entries.length <= most) return null;
    return entries.reduce((oldest, one) => ((one.knownAt ?? 0) < (oldest.knownAt ?? 0) ? one : oldest))
      .source;
  }

  /** Takes what the ledger says, with what it has not heard of yet on top; of two sign-ins the later one. */
  learn({ source, account, score, knownAt, revision }: GuardRecord): void {
    const entry = this.touch(source, account);
    const policy = this.#policies[entry.kind];
    entry.score = entry.pending.reduce<Score>(
      (sum, { points, at }) => penalise(sum, points, at, policy),
      score,
    );
    entry.revision = revision;
    const known = Math.max(entry.knownAt ?? 0, knownAt ?? 0);
    if (known > 0) this.setKnown(source, account, known);
  }

  /** The ledger has to hear of an entry; names that nobody has are none of its business. */
  markChanged(entry: Entry): void {
    if (!entry.who.startsWith(NOBODY)) this.#changed.add(entry);
  }

  /** Takes at most `limit` entries that the ledger has not heard of. */
  takeChanged(limit: number): readonly Entry[] {
    const taken = [...this.#changed].slice(0, limit);
    for (const entry of taken) this.#changed.delete(entry);
    return taken;
  }

  /** The entry of a subject, as the last that was touched. */
  touch(source: string, who: string): Entry {
    const key = keyOf(source, who);
    const found = this.#entries.get(key);
    if (found !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, found);
      return found;
    }
    if (this.#entries.size >= this.#most) this.#dropOne();
    const kind: SubjectKind = source === '' ? 'account' : who === '' ? 'source' : 'pair';
    const score = CLEAN;
    const entry: Entry = {
      kind,
      source,
      who,
      score,
      knownAt: null,
      pending: [],
      revision: 0,
    };
    this.#entries.set(key, entry);
    return entry;
  }

  #dropOne(): void {
    let least: { readonly key: string; readonly entry: Entry; readonly points: number } | null = null;
    let looked = 0;
    for (const [key, entry] of this.#entries) {
      if (++looked > LOOK_AT) break;
      const { points } = entry.score;
      if (entry.knownAt !== null) {
        // Stays, and is out of the way of the next look.
        this.#entries.delete(key);
        this.#entries.set(key, entry);
      } else if (least === null || points < least.points) least = { key, entry, points };
    }
    if (least === null) return;
    this.#entries.delete(least.key);
    this.#changed.delete(least.entry);
  }
}

function keyOf(source: string, who: string): string {
  return `${source} ${who}`;
}

/** What the ledger is told of an entry. */
export function rowOf({ source, who, score, knownAt }: Entry): GuardRow {
  // The ledger hears of no names that nobody has, so this is an id.
  return { source, account: who as GuardRow['account'], score, knownAt };
}
