import type { AuditRecord } from '../../audit/events.ts';
import { type Instant, MINUTE, type Millis, SECOND } from '../../kit/clock.ts';
import type { AccountId } from '../../kit/ids.ts';
import { LimitTally, type LimitUse } from '../../kit/limit-tally.ts';
import type { ProofKind } from '../sign-in-policy.ts';
import { allowsSource, sourceNetwork } from '../source-ranges.ts';
import { banRecord } from './ban-record.ts';
import { DenialLog } from './denial-log.ts';
import { type Entry, GuardMemory, NOBODY } from './guard-memory.ts';
import { type GuardPolicy, type Misdeed, PENALTIES } from './guard-policy.ts';
import { type GuardParts, GuardSaving } from './guard-saving.ts';
import type { Penalty } from './ports.ts';
import { SeenSecrets } from './seen-secrets.ts';
import { SlowLane } from './slow-lane.ts';

/** Who wants in: where from, and who they say they are. */
export interface Visitor {
  readonly source: string;
  readonly name: string;
  /** Null when no account has the name. */
  readonly account: AccountId | null;
}

/** What a door is told of a source that knocks. `known-only`: it is banned, but for those who signed in from there. */
export type Welcome =
  | { readonly kind: 'open' }
  | { readonly kind: 'known-only'; readonly until: Instant }
  | { readonly kind: 'banned'; readonly until: Instant };

/**
 * Whether a proof is looked at. `blind`: the same work is done, and it is wrong whatever it is, so that nobody learns
 * who has signed in from an address. `slow`: a wrong one is answered late, by `tried`.
 */
export type Leave =
  | {
      readonly kind: 'look';
      readonly isKnown: boolean;
      readonly slow: boolean;
      /** Whose codes it is one of; null for other proofs. */
      readonly codeOf: string | null;
    }
  | { readonly kind: 'blind' }
  | { readonly kind: 'held-back'; readonly until: Instant };

/** A code opens once, so nobody needs many looked at at the same time: only who guesses. */
const CODES_AT_ONCE = 2;

/** When somebody signs in again, it is written down at most so often. */
const KNOWN_EVERY: Millis = 60 * MINUTE;

/** Sources that one account is known from, at most; the oldest go. */
const SOURCES_PER_ACCOUNT = 64;

/**
 * Holds failed sign-ins against the sources that they come from, and against accounts among those who never signed in
 * from where they are; never against somebody who comes from where they have signed in before. One for all doors of
 * a process. Answers from memory, at once; the ledger hears of it by `beat`, many failures in one commit.
 */
export class SignInGuard {
  readonly #parts: GuardParts;
  readonly #memory: GuardMemory;
  readonly #denials = new DenialLog();
  readonly #tally: LimitTally<'source' | 'account' | 'pair' | 'tracked'>;
  readonly #slowLane: SlowLane;
  readonly #seen: SeenSecrets;
  /** Codes that are being looked at, by whom they open for. */
  readonly #codes = new Map<string, number>();
  readonly #saving: GuardSaving;

  constructor(parts: GuardParts) {
    const { policy, relay, clock, pause } = parts;
    this.#parts = parts;
    this.#slowLane = new SlowLane(pause);
    this.#seen = new SeenSecrets(policy.tracked);
    this.#memory = new GuardMemory(policy);
    this.#saving = new GuardSaving(parts, this.#memory, this.#denials);
    const { source, account, pair, tracked } = policy;
    this.#tally = new LimitTally(
      { source, account, pair, tracked },
      {
        source: () => this.#memory.banned('source', clock.now()),
        account: () => this.#memory.banned('account', clock.now()),
        pair: () => this.#memory.banned('pair', clock.now()),
        tracked: () => this.#memory.size,
      },
    );
    relay?.onTold((penalties) => this.#hear(penalties));
  }

  /** How its limits stand. What is used are the subjects that are held back now. */
  limits(): readonly LimitUse[] {
    return this.#tally.all();
  }

  /** Whether somebody has signed in from a source before. */
  isKnown(source: string): boolean {
    return this.#memory.knownFrom(sourceNetwork(source)) !== undefined;
  }

  /** What is to be done with a connection, before anything is spent on it. */
  welcome(source: string): Welcome {
    const network = sourceNetwork(source);
    const until = this.#sourceBan(source, network);
    if (until === null) return { kind: 'open' };
    this.#tally.refused('source');
    if (this.#memory.knownFrom(network) !== undefined) return { kind: 'known-only', until };
    this.#denials.count(network, 'banned', this.#parts.clock.now());
    return { kind: 'banned', until };
  }

  /**
   * Whether a proof is looked at. What cannot be guessed, a signature or a token of many bits, always is. Who may look
   * tells `tried` how it went.
   */
  mayTry(visitor: Visitor, proof: ProofKind | 'access-token'): Leave {
    const network = sourceNetwork(visitor.source);
    const who = whoIs(visitor);
    const isKnown = this.#isKnownTo(network, who);
    if (proof === 'publickey' || proof === 'passkey' || proof === 'access-token') return look(isKnown);
    const now = this.#parts.clock.now();
    const pair = this.#memory.ban(network, who, now);
    const until = isKnown ? null : (pair ?? this.#memory.ban('', who, now));
    if (until !== null) return this.#holdBack(pair === null ? 'account' : 'pair', network, until);
    if (!isKnown && this.#sourceBan(visitor.source, network) !== null) return { kind: 'blind' };
    if (isKnown && pair !== null) return this.#slowly(network, who, proof);
    if (proof === 'password') return look(isKnown);
    const codeOf = isKnown ? pairOf(network, who) : who;
    const running = this.#codes.get(codeOf) ?? 0;
    if (running >= CODES_AT_ONCE) return this.#holdBack('pair', network, now + SECOND);
    this.#codes.set(codeOf, running + 1);
    return { ...look(isKnown), codeOf };
  }

  /** Until when nothing of a stranger is looked at, if somebody has guessed too much since they were let try. */
  holdsBack(visitor: Visitor): Instant | null {
    const network = sourceNetwork(visitor.source);
    const who = whoIs(visitor);
    const now = this.#parts.clock.now();
    if (this.#isKnownTo(network, who)) return null;
    return this.#memory.ban(network, who, now) ?? this.#memory.ban('', who, now);
  }

  /** A proof was looked at. Resolves when the answer may be given. */
  async tried(visitor: Visitor, leave: Leave, isRight: boolean): Promise<void> {
    if (leave.kind !== 'look') return;
    if (leave.codeOf !== null) {
      const left = (this.#codes.get(leave.codeOf) ?? 1) - 1;
      if (left > 0) this.#codes.set(leave.codeOf, left);
      else this.#codes.delete(leave.codeOf);
    }
    if (!leave.slow) return;
    await this.#slowLane.leave(pairOf(sourceNetwork(visitor.source), whoIs(visitor)), isRight);
  }

  /** A sign-in was refused. `secret` is what was guessed, if it was wrong; a repeated one costs less. */
  denied(visitor: Visitor, record: AuditRecord, misdeed: Misdeed | null, secret: string | null = null): void {
    const network = sourceNetwork(visitor.source);
    const reason = record.event.data?.['reason'];
    this.#denials.add(record, network, typeof reason === 'string' ? reason : 'proof');
    if (misdeed === null) return;
    const who = whoIs(visitor);
    const isRepeated = secret !== null && this.#seen.isRepeated(pairOf(network, who), secret);
    const { source, account } = PENALTIES[isRepeated ? 'repeated' : misdeed];
    this.#penalise(network, '', source);
    this.#penalise(network, who, account);
    if (!this.#isKnownTo(network, who)) this.#penalise('', who, account);
  }

  /** A connection did something that no client does, or somebody did what nobody does often. */
  misbehaved(source: string, misdeed: 'garbage' | 'silence' | 'slow' | 'asked'): void {
    const network = sourceNetwork(source);
    this.#denials.count(network, misdeed, this.#parts.clock.now());
    this.#penalise(network, '', PENALTIES[misdeed].source);
  }

  /** Somebody has signed in: their source is known to them from now on, and what they mistyped there is forgiven. */
  succeeded(source: string, account: AccountId): void {
    const network = sourceNetwork(source);
    const now = this.#parts.clock.now();
    const entry = this.#memory.touch(network, account);
    const isNew = entry.knownAt === null || now - entry.knownAt > KNOWN_EVERY || now < entry.knownAt;
    if (!isNew && entry.score.points === 0) return;
    this.#memory.setKnown(network, account, now);
    entry.score = { points: 0, at: now, bans: 0, bannedUntil: 0 };
    entry.pending = [];
    this.#memory.markChanged(entry);
    if (isNew) this.#forgetOldSources(account);
  }

  /** Reads what the ledger has. Before that, nobody is known and nothing is held against anybody. */
  load(): Promise<void> {
    return this.#saving.load();
  }

  /** Writes what has happened, and reads what others wrote. To be called several times a second; never rejects. */
  beat(all = false): Promise<void> {
    return this.#saving.beat(all);
  }

  #hear(penalties: readonly Penalty[]): void {
    const now = this.#parts.clock.now();
    for (const { source, account, points } of penalties) {
      this.#memory.penalise(source, account, points, now, false);
    }
  }

  #penalise(source: string, who: string, points: number): void {
    const now = this.#parts.clock.now();
    const banned = this.#memory.penalise(source, who, points, now, true);
    if (points > 0 && !who.startsWith(NOBODY)) {
      this.#saving.tell({ source, account: who as Penalty['account'], points });
    }
    if (banned !== null) this.#tellOfBan(banned, now);
  }

  #tellOfBan({ kind, source, who, score }: Entry, now: Instant): void {
    if (kind === 'source' && allowsNever(this.#parts.policy, source)) return;
    this.#parts.log.warn('sign-in-held-back', {
      kind,
      bans: score.bans,
      seconds: (score.bannedUntil - now) / SECOND,
    });
    if (who.startsWith(NOBODY)) return;
    const account = who === '' ? null : (who as AccountId);
    const record = banRecord(kind, source, account, score, now);
    if (kind === 'account') this.#saving.add(record);
    else this.#denials.add(record, source, kind);
  }

  #slowly(network: string, who: string, proof: 'password' | 'token' | 'mail'): Leave {
    const now = this.#parts.clock.now();
    const pair = pairOf(network, who);
    const isCode = proof !== 'password';
    const until = isCode ? this.#slowLane.code(pair, now) : this.#slowLane.enter(pair, now);
    if (until !== null) return this.#holdBack('pair', network, until);
    return { ...look(true), slow: !isCode };
  }

  #holdBack(kind: 'account' | 'pair', network: string, until: Instant): Leave {
    this.#tally.refused(kind);
    this.#denials.count(network, 'held-back', this.#parts.clock.now());
    return { kind: 'held-back', until };
  }

  #sourceBan(source: string, network: string): Instant | null {
    const until = this.#memory.ban(network, '', this.#parts.clock.now());
    return until === null || allowsNever(this.#parts.policy, source) ? null : until;
  }

  #isKnownTo(network: string, who: string): boolean {
    const at = this.#memory.find(network, who)?.knownAt ?? null;
    return at !== null && this.#parts.clock.now() - at < this.#parts.policy.known;
  }

  #forgetOldSources(account: AccountId): void {
    const oldest = this.#memory.oldestSource(account, SOURCES_PER_ACCOUNT);
    if (oldest !== null) this.#memory.markChanged(this.#memory.setKnown(oldest, account, null));
  }
}

function look(isKnown: boolean): Leave & { kind: 'look' } {
  return { kind: 'look', isKnown, slow: false, codeOf: null };
}

function whoIs({ account, name }: Visitor): string {
  return account ?? `${NOBODY}${name.slice(0, 64)}`;
}

function pairOf(network: string, who: string): string {
  return `${network} ${who}`;
}

function allowsNever({ never }: GuardPolicy, source: string): boolean {
  const address = source.replace(/::\/64$/, '::');
  return never.length > 0 && allowsSource(never, address);
}
