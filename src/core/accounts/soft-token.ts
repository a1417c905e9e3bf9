import { randomBytes } from 'node:crypto';
import { type Instant, MINUTE, type Millis } from '../kit/clock.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import { isPin, sealPin } from './pin.ts';
import { isFreshlyProven } from './renew-session.ts';
import { hintSecurityMail } from './security-notice.ts';
import type { Session, SignIns } from './sign-in.ts';
import { base32, matchTotp, otpauthUri } from './totp.ts';
import type { PortalWays } from './ways-in.ts';

/** A soft token that somebody may take into use. The ledger knows nothing of it until they do. */
export interface SoftTokenOffer {
  /** The sealed key, for the taking: worth something to this session alone. */
  readonly ticket: string;
  /** The key as people type it into an app (RFC 4648 section 6), in groups of four. */
  readonly secret: string;
  /** The same for a QR code. */
  readonly uri: string;
  readonly expiresAt: Instant;
}

/** How an offer is taken. */
export interface SoftTokenTaking {
  readonly ticket: string;
  /** What the app shows for the new key: proof that it was taken over right. */
  readonly code: string;
  /** Typed before every code from now on; empty for none. */
  readonly pin: string;
}

/** Why a soft token was not taken into use. The one before goes on. */
export type SoftTokenRefusal =
  | 'step-up-needed'
  | 'offer-over'
  | 'new-code-wrong'
  | 'session-over'
  | 'pin-needed'
  | 'pin-invalid';

const OFFERED_FOR: Millis = 15 * MINUTE;

/** 160 bits, the length of the hash (RFC 4226 section 4, R6). */
const KEY_LENGTH = 20;

/** Offers the person of a session a new soft token. They have stepped up a moment ago. */
export async function offerSoftToken(
  deps: SignIns,
  session: Session,
  issuer: string,
): Promise<Result<SoftTokenOffer, 'step-up-needed'>> {
  if (!(await isFreshlyProven(deps, session))) return refuse('step-up-needed');
  const key = randomBytes(KEY_LENGTH);
  const expiresAt = deps.clock.now() + OFFERED_FOR;
  const until = Buffer.alloc(8);
  until.writeBigUInt64BE(BigInt(expiresAt));
  const ticket = Buffer.from(deps.box.seal(Buffer.concat([key, until]), contextOf(session)));
  const secret =
    base32(key)
      .match(/.{1,4}/g)
      ?.join(' ') ?? '';
  const uri = otpauthUri(key, issuer, session.name);
  return accept({ ticket: ticket.toString('base64url'), secret, uri, expiresAt });
}

/**
 * Takes an offered soft token into use, once a right code of it was given, in place of the one before (RFC 6238). What
 * rests on that one ends: reconnections, other browsers, the emergency code. The code itself opens nothing any more.
 * `pin` says whether the site asks for one.
 */
export async function takeSoftToken(
  deps: SignIns,
  session: Session,
  pin: 'off' | 'required',
  source: string,
  taking: SoftTokenTaking,
): Promise<Result<undefined, SoftTokenRefusal>> {
  if (!(await isFreshlyProven(deps, session))) return refuse('step-up-needed');
  const key = openOffer(deps, session, taking.ticket);
  if (key === null) return refuse('offer-over');
  if (taking.pin === '' && pin === 'required') return refuse('pin-needed');
  if (taking.pin !== '' && !isPin(taking.pin)) return refuse('pin-invalid');
  const totpStep = matchTotp(key, taking.code, deps.clock.now());
  if (totpStep === null) return refuse('new-code-wrong');
  const { account, side, door } = session;
  const change = {
    totpSealed: deps.box.seal(key, account),
    totpStep,
    pinSealed: taking.pin === '' ? null : await sealPin(deps.box, account, taking.pin),
    keepSession: session.id,
  };
  const changed = await deps.ledger.changeCredentials(account, change, [
    {
      at: deps.clock.now(),
      actor: { kind: 'account', account, side, door },
      event: {
        type: 'totp-enrolled',
        subjects: { account },
        data: { pin: taking.pin !== '' },
        personal: { source },
      },
    },
  ]);
  if (changed !== 'changed') return refuse('session-over');
  hintSecurityMail(deps, account);
  return accept(undefined);
}

/** Why a soft token was not taken away. It goes on. */
export type RemoveSoftTokenRefusal = 'step-up-needed' | 'soft-token-unknown' | 'last-way-in' | 'session-over';

/**
 * Takes the soft token of the person of a session away; they have stepped up a moment ago. What rests on it ends:
 * reconnections, other browsers, the emergency code. Refused when they could not sign in any more at the portal where
 * they are.
 */
export async function removeSoftToken(
  deps: SignIns,
  session: Session,
  leaveWayIn: PortalWays,
  source: string,
): Promise<Result<undefined, RemoveSoftTokenRefusal>> {
  if (!(await isFreshlyProven(deps, session))) return refuse('step-up-needed');
  const { account, side, door, id: keepSession } = session;
  const credentials = await deps.ledger.credentialsOf(account);
  if ((credentials?.totpSealed ?? null) === null) return refuse('soft-token-unknown');
  const change = { totpSealed: null, forgetTotpStep: true, leaveWayIn, keepSession };
  const changed = await deps.ledger.changeCredentials(account, change, [
    {
      at: deps.clock.now(),
      actor: { kind: 'account', account, side, door },
      event: { type: 'totp-removed', subjects: { account }, personal: { source } },
    },
  ]);
  if (changed === 'no-way-in') return refuse('last-way-in');
  if (changed !== 'changed') return refuse('session-over');
  hintSecurityMail(deps, account);
  return accept(undefined);
}

function openOffer({ box, clock }: SignIns, session: Session, ticket: string): Uint8Array | null {
  let bytes: Buffer;
  try {
    bytes = Buffer.from(box.open(Buffer.from(ticket, 'base64url'), contextOf(session)));
  } catch {
    return null;
  }
  const until = Number(bytes.readBigUInt64BE(KEY_LENGTH));
  return until > clock.now() ? bytes.subarray(0, KEY_LENGTH) : null;
}

function contextOf({ account, id }: Session): string {
  return `${account} ${id} soft-token`;
}
