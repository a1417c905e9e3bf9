import { createHash } from 'node:crypto';
import type { Instant } from '../../kit/clock.ts';
import type { CustodyFile } from '../file.ts';
import type { RetentionLedger } from './ports.ts';

/** What a run would do. */
export interface RetentionPlan {
  /** Names this very set of files: the instant it was made for, and a digest of their ids and generations. */
  readonly id: string;
  readonly asOf: Instant;
  readonly files: number;
  readonly bytes: number;
  /** All files that have bytes. */
  readonly of: number;
  /** More than 20 files and 5 % of all: a person has to confirm it. */
  readonly needsConfirmation: boolean;
}

const PAGE = 1000;
const MOST_FILES = 20;
const LARGEST_SHARE = 0.05;

/** The files that are due at an instant, page by page, in the order in which a run takes them. */
export async function* dueFiles(
  ledger: RetentionLedger,
  asOf: Instant,
): AsyncGenerator<readonly CustodyFile[]> {
  for (let last: CustodyFile | null = null; ; ) {
    const after: { expiresAt: Instant; id: CustodyFile['id'] } | null =
      last === null ? null : { expiresAt: last.expiresAt ?? 0, id: last.id };
    const page: readonly CustodyFile[] = await ledger.dueFiles(asOf, after, PAGE);
    if (page.length > 0) yield page;
    last = page.at(-1) ?? null;
    if (page.length < PAGE) return;
  }
}

/** Says exactly what a run at `asOf` would destroy, and changes nothing. */
export async function planRetention(ledger: RetentionLedger, asOf: Instant): Promise<RetentionPlan> {
  const digest = createHash('sha256');
  let [files, bytes] = [0, 0];
  for await (const page of dueFiles(ledger, asOf)) {
    for (const file of page) {
      digest.update(`${file.id} ${file.generation}\n`);
      files++;
      bytes += file.size;
    }
  }
  const of = await ledger.countFilesWithBytes();
  const needsConfirmation = files > MOST_FILES && files > of * LARGEST_SHARE;
  const id = `${asOf.toString(36)}-${digest.digest('hex').slice(0, 16)}`;
  return { id, asOf, files, bytes, of, needsConfirmation };
}

/** The instant that a plan was made for; null when the text is not the id of one. */
export function planInstant(id: string): Instant | null {
  const [, instant] = /^([0-9a-z]{8,9})-[0-9a-f]{16}$/.exec(id) ?? [];
  return instant === undefined ? null : Number.parseInt(instant, 36);
}
