/** A key or secret that is missing or cannot be used. The message says which file, and what to do. */
export class KeyFault extends Error {
  override readonly name = 'KeyFault';
}

/** Hears of a key that works but is not kept as it should be: other people of the machine may read it. */
export type WarnOfKey = (warning: { readonly file: string; readonly problem: string }) => void;
