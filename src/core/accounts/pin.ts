import type { AccountId } from '../kit/ids.ts';
import { hashPassword } from './password.ts';
import type { SecretBox } from './secret-box.ts';
import type { SignIns } from './sign-in.ts';

/** How many digits a code of a soft token has: what stands before them is the PIN. */
const CODE_DIGITS = 6;

/** What a PIN looks like, for people. */
export const PIN_FORM = 'a PIN has 4 to 8 digits, not all the same and not in a row such as 1234';

/**
 * Whether a text may be the PIN of a soft token: 4 to 8 digits, and neither one digit over and over nor a run such as
 * 1234. With the code that follows it has ten digits or more, and is never taken for an emergency code.
 */
export function isPin(text: string): boolean {
  if (!/^\d{4,8}$/.test(text)) return false;
  const steps = Array.from(text.slice(1), (digit, i) => Number(digit) - Number(text[i]));
  return !(steps.every((step) => step === 0) || steps.every((step) => step === 1 || step === -9));
}

/** Splits what was typed for a token into the PIN and the code after it. */
export function splitPin(typed: string): { readonly pin: string; readonly rest: string } {
  return { pin: typed.slice(0, -CODE_DIGITS), rest: typed.slice(-CODE_DIGITS) };
}

/** Hashes a PIN and seals the hash: four digits alone would be found from a hash within minutes. */
export async function sealPin(box: SecretBox, account: AccountId, pin: string): Promise<Uint8Array> {
  return box.seal(Buffer.from(await hashPassword(pin)), contextOf(account));
}

/** Whether this is somebody's PIN. Takes as long as a password, and waits like one. */
export async function verifyPin(
  { box, passwords }: Pick<SignIns, 'box' | 'passwords'>,
  account: AccountId,
  sealed: Uint8Array,
  pin: string,
): Promise<boolean> {
  const hash = Buffer.from(box.open(sealed, contextOf(account))).toString();
  return (await passwords.verify(pin, hash, true)) === true;
}

function contextOf(account: AccountId): string {
  return `${account} pin`;
}
