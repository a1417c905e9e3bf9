/**
 * Goes through the bytes of one file and holds them against a format. The bytes are hostile: it works in bounded
 * memory, whatever they say.
 */
export interface FormatParser {
  /** Takes the next bytes, which may change once it has returned. Throws a `FormatFault`. */
  feed(bytes: Buffer): void;
  /** There are no more bytes. Throws a `FormatFault` when the structure is not complete. */
  end(): void;
}

/** The bytes are not what the format asks for. The message says how, in words for a person. */
export class FormatFault extends Error {
  /** True when the message says where. */
  readonly isPlaced: boolean;

  constructor(message: string, isPlaced = false) {
    super(message);
    this.isPlaced = isPlaced;
  }
}
