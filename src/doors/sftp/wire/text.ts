/** `ignoreBOM` keeps a leading byte order mark: without it two different names would become the same text. */
const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes the bytes of a name or path; null when they are not UTF-8, since replacing what is wrong would turn
 * different names into the same text.
 */
export function decodeText(bytes: Uint8Array): string | null {
  try {
    return STRICT.decode(bytes);
  } catch {
    return null;
  }
}
