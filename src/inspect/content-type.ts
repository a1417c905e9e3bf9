/** What a file's content looks like: file-type's name for the format, and its media type. */
export interface ContentType {
  readonly ext: string;
  readonly mime: string;
}

/** What the type check runs on; the pinned version of the package. */
export const TYPE_VERSION = 'file-type 22.3.0';

/** How many bytes from the first on the type check sees. ISO 9660 has its mark at 32,769. */
export const HEAD_BYTES = 64 * 1024;

/** One answer of the type check. Not known: it crashed, hung or answered nonsense, for the reason given. */
export type TypeReading =
  | { readonly known: true; readonly type: ContentType | null }
  | { readonly known: false; readonly why: string };
