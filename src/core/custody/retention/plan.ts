import { createHash } from 'node:crypto';
import type { AccountsLedger } from '../../accounts/ports.ts';
import type { Instant } from '../../kit/clock.ts';
import type { AccountId } from '../../kit/ids.ts';
import type { CustodyFile } from '../file.ts';
import type { RetentionLedger } from './ports.ts';

/** What a run would do. `files` and `bytes` are of all files that are due. */
export interface RetentionPlan {
  /** Names this very set of files, and what becomes of each: the instant it was made for, and a digest. */
  readonly id: string;
  readonly asOf: Instant;
  readonly files: number;
  readonly bytes: number;
  /** Those among the files that are not destroyed: their holder cannot sign in, and they get more time, once. */
  readonly extended: number;
  /** All files that have bytes. */
  readonly of: number;
  /** More than 20 files to be destroyed, and 5 % of all: a person has to confirm it. */
  readonly needsConfirmation: boolean;
}

/** What a plan is made from. */
type PlanLedger = RetentionLedger & Pick<AccountsLedger, 'accountById'>;

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
export async function planRetention(ledger: PlanLedger, asOf: Instant): Promise<RetentionPlan> {
  const digest = createHash('sha256');
  const isExtended = createExtensionRule(ledger);
  let [files, bytes, extended] = [0, 0, 0];
  for await (const page of dueFiles(ledger, asOf)) {
    for (const file of page) {
      const outcome = (await isExtended(file)) ? 'extended' : 'destroyed';
      digest.update(`${file.id} ${file.generation} ${outcome}\n`);
      if (outcome === 'extended') extended++;
      files++;
      bytes += file.size;
    }
  }
  const of = await ledger.countFilesWithBytes();
  const destroyed = files - extended;
  const needsConfirmation = destroyed > MOST_FILES && destroyed > of * LARGEST_SHARE;
  const id = `${asOf.toString(36)}-${digest.digest('hex').slice(0, 16)}`;
  return { id, asOf, files, bytes, extended, of, needsConfirmation };
}

/**
 * Says of due files whether they get their one extension instead of being destroyed: their holder is locked out and
 * could not take them. Remembers holders: for the length of one plan or one page.
 */
export function createExtensionRule(
  ledger: Pick<AccountsLedger, 'accountById'>,
): (file: CustodyFile) => Promise<boolean> {
  const lockedOut = new Map<AccountId, boolean>();
  return async ({ state, extendedAt, owner }) => {
    if (state !== 'arrived' || extendedAt !== null) return false;
    const known = lockedOut.get(owner) ?? (await ledger.accountById(owner))?.status !== 'active';
    lockedOut.set(owner, known);
    return known;
  };
}

/** What the plans of one set of files have in common, at whatever instant they were made. */
export function planSet(plan: RetentionPlan): string {
  return plan.id.slice(plan.id.indexOf('-') + 1);
}

/** The instant that a plan was made for; null when the text is not the id of one. */
export function planInstant(id: string): Instant | null {
  const [, instant] = /^([0-9a-z]{8,9})-[0-9a-f]{16}$/.exec(id) ?? [];
  return instant === undefined ? null : Number.parseInt(instant, 36);
}
