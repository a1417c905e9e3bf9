import { randomInt } from 'node:crypto';
import type { Actor } from '../audit/events.ts';
import { HOUR, type Instant, type Millis } from '../kit/clock.ts';
import type { AccountId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import { sameText } from './same-text.ts';
import { hintSecurityMail } from './security-notice.ts';
import type { Entrance, SignIns } from './sign-in.ts';

/**
 * A code that stands in for somebody's token once, within a day. It exists only while they have a token, or a security
 * key in its place, and dies when that or the password changes.
 */
export interface EmergencyCode {
  readonly account: AccountId;
  /** The digits, sealed by the secret box: a digest of eight digits could be guessed from. */
  readonly sealed: Uint8Array;
  readonly madeAt: Instant;
  readonly expiresAt: Instant;
  readonly usedAt: Instant | null;
}

/** What somebody is shown once. */
export interface IssuedEmergencyCode {
  readonly code: string;
  readonly expiresAt: Instant;
}

const LIFE: Millis = 24 * HOUR;
const DIGITS = 8;

/** Only codes of so many digits are emergency codes: those of tokens have six, or more with a PIN before them. */
export function looksLikeEmergencyCode(code: string): boolean {
  return code.length === DIGITS && /^\d+$/.test(code);
}

/** Makes an emergency code; one that was made before is over. Refused when there is no token or key that it could stand for. */
export async function makeEmergencyCode(
  deps: SignIns,
  actor: Actor,
  account: AccountId,
  source: string,
): Promise<Result<IssuedEmergencyCode, 'no-token'>> {
  const madeAt = deps.clock.now();
  const code = String(randomInt(10 ** DIGITS)).padStart(DIGITS, '0');
  const expiresAt = madeAt + LIFE;
  const sealed = deps.box.seal(Buffer.from(code), contextOf(account));
  const made = await deps.ledger.putEmergencyCode(
    { account, sealed, madeAt, expiresAt, usedAt: null },
    {
      at: madeAt,
      actor,
      event: {
        type: 'emergency-code-made',
        subjects: { account },
        data: { expiresAt },
        personal: { source },
      },
    },
  );
  if (!made) return refuse('no-token');
  hintSecurityMail(deps, account);
  return accept({ code, expiresAt });
}

/** Uses an emergency code up. True for the first caller alone, across all doors and processes. */
export async function useEmergencyCode(
  deps: SignIns,
  account: AccountId,
  code: string,
  { side, door, source }: Entrance,
): Promise<boolean> {
  const kept = await deps.ledger.emergencyCodeOf(account);
  const at = deps.clock.now();
  if (kept === null || kept.usedAt !== null || kept.expiresAt <= at) return false;
  const digits = Buffer.from(deps.box.open(kept.sealed, contextOf(account))).toString();
  if (!sameText(digits, code)) return false;
  const used = await deps.ledger.useEmergencyCode(account, kept.madeAt, at, {
    at,
    actor: { kind: 'account', account, side, door },
    event: { type: 'emergency-code-used', subjects: { account }, personal: { source } },
  });
  if (used) hintSecurityMail(deps, account);
  return used;
}

function contextOf(account: AccountId): string {
  return `${account} emergency-code`;
}
