import type { Credentials } from './account.ts';
import { looksLikeEmergencyCode, useEmergencyCode } from './emergency-code.ts';
import { useHardTokenCode } from './hard-tokens/use-hard-token.ts';
import { splitPin, verifyPin } from './pin.ts';
import type { Entrance, SignIns } from './sign-in.ts';
import { matchTotp } from './totp.ts';

/** How a code was right; null when it was not. */
export type CodeUse = 'token' | 'emergency-code' | null;

/**
 * Uses a code up that somebody typed for their token: of a hard token, of their soft token, with its PIN before it
 * where it has one, or an emergency code in its place. Each opens one door once (RFC 6238 section 5.2): what was used is in the ledger,
 * compared and set, for all doors and processes.
 */
export async function useTokenCode(
  deps: SignIns,
  owner: Credentials,
  typed: string,
  entrance: Entrance,
): Promise<CodeUse> {
  const { account, totpSealed, pinSealed } = owner;
  const code = typed.replaceAll(/\s/g, '');
  if (await useHardTokenCode(deps, account, code)) return 'token';
  if (looksLikeEmergencyCode(code)) {
    return (await useEmergencyCode(deps, account, code, entrance)) ? 'emergency-code' : null;
  }
  if (totpSealed === null) return null;
  const { pin, rest } = pinSealed === null ? { pin: '', rest: code } : splitPin(code);
  // The PIN is looked at whatever the code is: an answer that comes sooner would tell which of them was wrong.
  if (pinSealed !== null && !(await verifyPin(deps, account, pinSealed, pin))) return null;
  const step = matchTotp(deps.box.open(totpSealed, account), rest, deps.clock.now());
  if (step === null) return null;
  return (await deps.ledger.consumeTotpStep(account, step)) ? 'token' : null;
}
