import { canonicalJson } from '../kit/canonical-json.ts';
import { type Clock, type Instant } from '../kit/clock.ts';
import type { Sha256 } from '../kit/digest.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import { checkpointText } from './checkpoint.ts';
import type { Actor, AuditEvent, AuditRecord } from './events.ts';
import { signNote } from './note.ts';
import { formatVerifierKey, type NoteSigner, type NoteVerifier } from './note-key.ts';
import type { CheckpointLedger } from './ports.ts';
import { treeRoot } from './tree.ts';

/** The newest checkpoint and the key that signs the next one. */
const MARK = 'audit-checkpoint';

const PAGE = 100;

/** The newest checkpoint of a log, as it was signed. */
export interface NewestCheckpoint {
  readonly note: string;
  readonly size: number;
}

/** A checkpoint, and whether it was signed just now. */
export interface CheckpointSigned extends NewestCheckpoint {
  readonly root: Sha256;
  /** False when nothing but checkpoints was appended since it was signed. */
  readonly isNew: boolean;
}

/** Why no checkpoint is signed. */
export type SignRefusal = 'checkpoint-key-replaced' | 'log-behind-checkpoint';

/** What signing needs. */
export interface Signing {
  readonly ledger: CheckpointLedger;
  readonly clock: Clock;
  readonly signer: NoteSigner;
}

interface Mark {
  /** The key id of the only key that may sign the next checkpoint. */
  readonly key: string;
  readonly note: string;
  readonly size: number;
  readonly root: Sha256;
}

/** The newest checkpoint; null before the first. */
export async function newestCheckpoint(ledger: CheckpointLedger): Promise<NewestCheckpoint | null> {
  return parseMark(await ledger.readMark(MARK));
}

/** The id of the key that signs the next checkpoint; null before the first. */
export async function nextCheckpointKey(ledger: CheckpointLedger): Promise<string | null> {
  return parseMark(await ledger.readMark(MARK))?.key ?? null;
}

/**
 * Signs size and root of the log as it is, keeps the note as the newest, and notes it in the log as
 * `checkpoint-signed`, in one transaction. A log that has only grown by such rows since is not signed again: the
 * newest checkpoint is returned. Safe to run by several at once.
 *
 * Refused when another key has taken over, and when the log is shorter than it was.
 */
export async function signCheckpoint(
  signing: Signing,
  actor: Actor,
): Promise<Result<CheckpointSigned, SignRefusal>> {
  return sign(signing, actor, signing.signer);
}

/**
 * Lets another key sign from now on: the log says so in a row, and the last checkpoint of the old key covers that row.
 * After it the old key signs nothing. Returns that last checkpoint.
 */
export async function handOverCheckpoints(
  signing: Signing,
  next: NoteVerifier,
  actor: Actor,
): Promise<Result<CheckpointSigned, SignRefusal>> {
  const { ledger, clock, signer } = signing;
  const replaced = await nextCheckpointKey(ledger);
  if (replaced !== null && replaced !== signer.keyId) return refuseReplaced(signer, replaced);
  const data = { old: formatVerifierKey(signer), new: formatVerifierKey(next) };
  await ledger.appendAudit([
    record(clock.now(), actor, { type: 'checkpoint-key-rotated', subjects: {}, data }),
  ]);
  return sign(signing, actor, next);
}

/** `next` is the key that signs after this checkpoint. */
async function sign(
  { ledger, clock, signer }: Signing,
  actor: Actor,
  next: NoteVerifier,
): Promise<Result<CheckpointSigned, SignRefusal>> {
  for (;;) {
    const before = await ledger.readMark(MARK);
    const newest = parseMark(before);
    if (newest !== null && newest.key !== signer.keyId) return refuseReplaced(signer, newest.key);
    const head = await ledger.auditHead();
    const { size } = head;
    if (newest !== null && size < newest.size)
      return refuse('log-behind-checkpoint', `a checkpoint has ${newest.size} rows, the log ${size}`);
    if (newest !== null && next === signer && !(await hasGrown(ledger, newest.size, size)))
      return accept({ ...newest, isNew: false });
    const root = treeRoot(head);
    const note = signNote(checkpointText({ origin: signer.name, size, root }), signer);
    const after: Mark = { key: next.keyId, note, size, root };
    const data = { size, root, key: signer.keyId };
    const noted = record(clock.now(), actor, { type: 'checkpoint-signed', subjects: {}, data });
    if (await ledger.changeMark(MARK, before, canonicalJson({ ...after }), [noted]))
      return accept({ note, size, root, isNew: true });
  }
}

function refuseReplaced({ keyId }: NoteSigner, by: string): Result<never, 'checkpoint-key-replaced'> {
  return refuse('checkpoint-key-replaced', `the key ${keyId} signs no more: ${by} has taken over`);
}

/** Whether the rows from `since` up to `until` hold anything but checkpoints: what is appended later is not signed now. */
async function hasGrown(ledger: CheckpointLedger, since: number, until: number): Promise<boolean> {
  for (let from = since; from < until; from += PAGE) {
    const rows = await ledger.readAudit(from, Math.min(PAGE, until - from));
    const types = rows.map(({ entry }) => (JSON.parse(entry) as { readonly type: AuditEvent['type'] }).type);
    if (types.some((type) => type !== 'checkpoint-signed')) return true;
  }
  return false;
}

function parseMark(text: string | null): Mark | null {
  return text === null ? null : (JSON.parse(text) as Mark);
}

function record(at: Instant, actor: Actor, event: AuditEvent): AuditRecord {
  return { at, actor, event };
}
