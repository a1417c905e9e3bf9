import type { Ledger } from '../ports.ts';
import { clockSuspicion } from './clock-guard.ts';
import { whyRestored } from './restored-guard.ts';

/** What stops all destruction until a person has looked: a suspect clock, or a ledger that was put back. */
export type GuardRefusal = 'clock-suspect' | 'ledger-restored';

/** Why nothing at all is destroyed now, in words; null when nothing stops it. Asked again before every unlink. */
export async function whyNothingIsDestroyed(
  ledger: Ledger,
): Promise<{ readonly refusal: GuardRefusal; readonly why: string } | null> {
  const suspicion = await clockSuspicion(ledger);
  if (suspicion !== null) return { refusal: 'clock-suspect', why: `the clock is not trusted: ${suspicion}` };
  const why = await whyRestored(ledger);
  return why === null ? null : { refusal: 'ledger-restored', why };
}
