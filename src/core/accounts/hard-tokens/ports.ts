import type { AuditRecord } from '../../audit/events.ts';
import type { Instant } from '../../kit/clock.ts';
import type { AccountId, HardTokenId, SessionId } from '../../kit/ids.ts';
import type { HardToken } from './hard-token.ts';
import type { CodePlace } from './match-code.ts';

/** What of a hard token is replaced; a member that is left out stays as it is. */
export interface HardTokenChange {
  readonly account?: AccountId | null;
  readonly assignedAt?: Instant | null;
  readonly lostAt?: Instant | null;
  readonly place?: CodePlace;
  /** The browser that the change is made in, which stays signed in. */
  readonly keepSession?: SessionId;
}

/** Hard tokens in the ledger. */
export interface HardTokensLedger {
  /**
   * Adds tokens in one transaction, each with its audit record; those whose serial is there already are left as they
   * are. Returns the serials of these.
   */
  addHardTokens(
    added: readonly { readonly token: HardToken; readonly audit: AuditRecord }[],
  ): Promise<readonly string[]>;
  hardTokenBySerial(serial: string): Promise<HardToken | null>;
  /** All of them, by serial. */
  listHardTokens(): Promise<readonly HardToken[]>;
  /** Those of a person, but for lost ones. */
  hardTokensOf(account: AccountId): Promise<readonly HardToken[]>;
  /**
   * Changes a token that still is as `from` says. False, and nothing is written, when somebody was first. A token that
   * goes or is lost ends the browsers' sessions, the reconnections and the emergency code of who had it.
   */
  changeHardToken(
    from: Pick<HardToken, 'id' | 'account' | 'lostAt' | 'usedUpTo'>,
    change: HardTokenChange,
    audit: AuditRecord,
  ): Promise<boolean>;
  /**
   * Marks a code of a person's token as used, and all before it (RFC 4226 section 7.2, RFC 6238 section 5.2). True only
   * for the first caller, across all doors and processes; false when the token is theirs no more, or was lost.
   */
  useHardToken(id: HardTokenId, account: AccountId, place: CodePlace, at: Instant): Promise<boolean>;
}
