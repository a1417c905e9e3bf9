/**
 * The offsets that WRITEs stand for in the order of one handle. With SSH_FXF_APPEND (draft-ietf-secsh-filexfer-02
 * section 6.3) data goes to the end whatever its offset says: then they count on, so that writes which come together
 * can go together.
 */
export class AppendOffsets {
  readonly isAppending: boolean;
  #appended = 0;

  constructor(isAppending: boolean) {
    this.isAppending = isAppending;
  }

  offsetOf(offset: number, length: number): number {
    if (!this.isAppending) return offset;
    this.#appended += length;
    return this.#appended - length;
  }
}
