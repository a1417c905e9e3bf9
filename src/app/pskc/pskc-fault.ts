/** A key container that is not taken, with the reason in words: what is wrong with it, and where. No secret is in it. */
export class PskcFault extends Error {
  override readonly name = 'PskcFault';
}
