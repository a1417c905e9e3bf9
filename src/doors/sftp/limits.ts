import { KIB, MIB } from '../../core/kit/bytes.ts';
import { type Millis, SECOND } from '../../core/kit/clock.ts';

/** What the SFTP door allows its clients. */
export interface SftpLimits {
  /** How long a connection may take until it first asks to sign in: programs do that at once. */
  readonly handshake: Millis;
  /** How long signing in may take in all; people have to find their phone. */
  readonly signIn: Millis;
  /** Proofs that may fail on one connection. */
  readonly attempts: number;
  /** Connections that have not signed in: in all, and from one address. */
  readonly waiting: number;
  readonly waitingPerSource: number;
  /** Connections that have signed in. */
  readonly sessions: number;
  /** Channels of one connection. */
  readonly channels: number;
  /** Files and folders open in one SFTP session. */
  readonly handles: number;
  /** Bytes of requests that are received and not done: of one session, of all, and what each may hold always. */
  readonly inFlight: number;
  readonly inFlightTotal: number;
  readonly inFlightFloor: number;
  /** How long a client may be silent before it is asked whether it is there. */
  readonly keepAlive: Millis;
  /** Questions that may stay unanswered. */
  readonly keepAliveMissed: number;
  /** How often it is checked that the people who are signed in still may be. */
  readonly accountCheck: Millis;
}

/** The limits of a door that is not told otherwise. */
export const DEFAULT_SFTP_LIMITS: SftpLimits = {
  handshake: 30 * SECOND,
  signIn: 120 * SECOND,
  attempts: 4,
  waiting: 512,
  waitingPerSource: 256,
  sessions: 1000,
  channels: 10,
  handles: 128,
  inFlight: 4 * MIB,
  inFlightTotal: 16 * MIB,
  inFlightFloor: 320 * KIB,
  keepAlive: 15 * SECOND,
  keepAliveMissed: 3,
  accountCheck: SECOND,
};
