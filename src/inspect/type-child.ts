/**
 * The process that looks at hostile bytes: it has no keys, an empty environment, no descriptor but its channel, and
 * may neither read nor write files once it runs. It answers one message `{ head }` (base64) with one message
 * `{ type }`, and ends with its parent.
 */
import { fileTypeFromBuffer } from 'file-type';
import type { ContentType } from './content-type.ts';

/** Formats that may consist of printable characters alone. */
const TEXTUAL: ReadonlySet<string> = new Set([
  'pdf',
  'ps',
  'eps',
  'xml',
  'rtf',
  'vcf',
  'ics',
  'pgp',
  'vtt',
  'reg',
  'stl',
]);

process.on('message', (message) => void answer(message));
process.on('disconnect', () => process.exit());

async function answer(message: unknown): Promise<void> {
  if (typeof message !== 'object' || message === null || !('head' in message)) return;
  const head = Buffer.from(String(message.head), 'base64');
  process.send?.({ type: await contentTypeOf(head) });
}

async function contentTypeOf(head: Uint8Array): Promise<ContentType | null> {
  const found = await fileTypeFromBuffer(head);
  if (found === undefined) return null;
  // A table whose first column is called BMI is no bitmap, though both begin with BM.
  if (looksLikeText(head) && !TEXTUAL.has(found.ext)) return null;
  return { ext: found.ext, mime: found.mime };
}

/** No control characters but white space. */
function looksLikeText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));
}
