import { formatBytes } from '../kit/bytes.ts';
import { isoTime } from '../kit/clock.ts';
import type { CustodyFile } from './file.ts';
import { joinPath } from './names.ts';
import type { PendingNotice } from './notice.ts';
import { stoppedInWords } from './reason-words.ts';
import type { SignedReceipt } from './receipt.ts';
import type { SignedCertificate } from './retention/certificate.ts';

/** One notice with what it is about, and the proofs that go with it. */
export interface Told {
  readonly notice: PendingNotice;
  readonly file: CustodyFile;
  /** The file's path as people know it. */
  readonly path: string;
  /** The share that it is sent from, or leaves by; null for a file on its way in. */
  readonly share: string | null;
  /** For a file that leaves: where it can be had. The same bytes may have been released before it. */
  readonly released: { readonly file: CustodyFile; readonly path: string } | null;
  readonly receipts: readonly SignedReceipt[];
  readonly certificates: readonly SignedCertificate[];
  /**
   * Why: in the words of the person who decided, or what a check found; null where nobody had to say, or the words
   * were erased.
   */
  readonly why: string | null;
}

/** How notices of a kind are told: the words of the subject, the heading of their section, the lines of each. */
export interface Telling {
  readonly subject: string;
  readonly heading: string;
  readonly lines: (told: Told) => string[];
}

/** Size and digest. */
export function sizeLines(file: CustodyFile): string[] {
  return [
    `    size      ${formatBytes(file.size)} (${file.size} bytes)`,
    ...(file.sha256 === null ? [] : [`    sha256    ${file.sha256}`]),
  ];
}

/** A file and when it will be destroyed. */
export function expiryLines({ file, path }: Told): string[] {
  return [
    `  ${path}`,
    ...sizeLines(file),
    `    destroyed ${file.expiresAt === null ? 'never' : isoTime(file.expiresAt)}`,
  ];
}

/** A file by the path that it was sent to. */
export function titleLines({ file, share }: Told): string[] {
  const received = isoTime(file.receivedAt ?? file.createdAt);
  const how = share === null ? 'received' : `sent out of ${share}`;
  return [`  ${joinPath(file.path.folder, file.path.name)} (${formatBytes(file.size)}, ${how} ${received})`];
}

/** A stopped file: what happened, what was kept, and what to do next. */
export function stoppedLines(told: Told): string[] {
  const { file, why } = told;
  const found = why === null ? [] : [`    found     ${why.replaceAll(/[\s\p{C}]+/gu, ' ')}`];
  return [...titleLines(told), `    ${stoppedInWords(file.reason)}`, ...found];
}
