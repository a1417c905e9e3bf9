import { KIB, MIB } from '../../core/kit/bytes.ts';
import { HOUR, type Millis, SECOND } from '../../core/kit/clock.ts';
import type { LimitTally } from '../../core/kit/limit-tally.ts';
import { LONGEST_PACKET } from './wire/message-types.ts';

/** What the SFTP door allows its clients. */
export interface SftpLimits {
  /** How long a connection may take until it first asks to sign in: programs do that at once. */
  readonly handshake: Millis;
  /** How long signing in may take in all; people have to find their phone. */
  readonly signIn: Millis;
  /** Proofs that may fail on one connection. */
  readonly attempts: number;
  /** Connections that have not signed in: in all, and from one source (an IPv4 address, an IPv6 /64). */
  readonly waiting: number;
  readonly waitingPerSource: number;
  /**
   * From so many of them on, newcomers are refused at random, `dropRate` percent of them at first and all when
   * `waiting` is reached, so that somebody who holds connections keeps not everybody else out.
   */
  readonly dropFrom: number;
  readonly dropRate: number;
  /** Connections that may wait beside all others where somebody has signed in from before. */
  readonly reserved: number;
  /** Connections that have signed in: in all, from one source, of one account. */
  readonly sessions: number;
  readonly sessionsPerSource: number;
  readonly sessionsPerAccount: number;
  /** Channels of one connection. */
  readonly channels: number;
  /** Files and folders open in one SFTP session, and in all sessions of one account. */
  readonly handles: number;
  readonly handlesPerAccount: number;
  /** Bytes of requests that are received and not done: of one session, of all, and what each may hold always. */
  readonly inFlight: number;
  readonly inFlightTotal: number;
  readonly inFlightFloor: number;
  /** The longest SFTP packet in bytes; between `SHORTEST_LIMIT` and `LONGEST_PACKET`. */
  readonly packet: number;
  /** The longest path in bytes, and its most names. */
  readonly path: number;
  readonly depth: number;
  /** How long a client may be silent before it is asked whether it is there. */
  readonly keepAlive: Millis;
  /** Questions that may stay unanswered. */
  readonly keepAliveMissed: number;
  /** How long a connection may ask for nothing, though it answers. */
  readonly idle: Millis;
  /** How often it is checked that the people who are signed in still may be. */
  readonly accountCheck: Millis;
}

/** What every client may send, so the least that `packet` can be set to (section 3 of the draft: 34000 bytes). */
export const SHORTEST_LIMIT = 34_000;

/** The limits of a door that is not told otherwise. */
export const DEFAULT_SFTP_LIMITS: SftpLimits = {
  handshake: 30 * SECOND,
  signIn: 120 * SECOND,
  attempts: 4,
  waiting: 512,
  waitingPerSource: 256,
  dropFrom: 256,
  dropRate: 30,
  reserved: 32,
  sessions: 1000,
  sessionsPerSource: 512,
  sessionsPerAccount: 128,
  channels: 10,
  handles: 128,
  handlesPerAccount: 1024,
  inFlight: 4 * MIB,
  inFlightTotal: 16 * MIB,
  inFlightFloor: 320 * KIB,
  packet: LONGEST_PACKET,
  path: 3000,
  depth: 100,
  keepAlive: 15 * SECOND,
  keepAliveMissed: 3,
  idle: 4 * HOUR,
  accountCheck: SECOND,
};

/** Counts what the limits of one door have refused. */
export type SftpTally = LimitTally<keyof SftpLimits>;
