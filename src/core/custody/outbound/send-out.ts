import type { Actor, AuditRecord } from '../../audit/events.ts';
import { formatBytes } from '../../kit/bytes.ts';
import { type AccountId, newId } from '../../kit/ids.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import { fileRecord } from '../actors.ts';
import type { Intake } from '../custody.ts';
import type { ArrivalPath, CustodyFile, Drop } from '../file.ts';
import type { DropRefusal } from '../may-drop.ts';
import { type FolderPath, joinPath, splitPath, TOP } from '../names.ts';
import { maySend } from './may-send.ts';
import type { NewSealing } from './ports.ts';

/** Why nothing is sent. Nothing was copied, and nothing was changed. */
export type SendRefusal =
  | DropRefusal
  | 'not-found'
  | 'is-a-folder'
  | 'links'
  | 'folder-missing'
  | 'too-large'
  | 'no-room';

/** Who sends, and as whom the audit names them. */
export interface Sender {
  readonly actor: Actor;
  readonly account: AccountId;
}

/** What is to be sent. */
export interface SendRequest {
  /** The name of the share. */
  readonly share: string;
  /** The working file's path in the share. */
  readonly from: FolderPath;
  /** The path in the drop of the share, whose folder has to be there; the same name at the top when left out. */
  readonly to?: ArrivalPath;
}

/**
 * Sends a copy of a working file out of the haven, to its sender. The working file stays where it is. The right is
 * asked for before a byte is read, and again by the job. That it is to be sealed is durable when this resolves; the
 * copy is made, inspected and released by jobs.
 */
export async function sendOut(
  intake: Intake,
  sender: Sender,
  request: SendRequest,
): Promise<Result<CustodyFile, SendRefusal>> {
  const allowed = await maySend(intake, sender.account, request.share);
  if (!allowed.ok) return allowed;
  const source = await findSource(intake, request);
  if (!source.ok) return source;
  const drop = { owner: sender.account, leavesBy: allowed.value.id };
  const path = await findPlace(intake, drop, request.to ?? { folder: TOP, name: source.value.name });
  if (!path.ok) return path;
  const at = intake.clock.now();
  const from = { share: allowed.value.id, ...source.value };
  const sealing = { id: newId('file', at), ...drop, path: path.value, from, at };
  await intake.ledger.startSealing(sealing, record(sealing, sender.actor));
  const file = await intake.ledger.fileById(sealing.id);
  if (file === null) throw new Error(`file ${sealing.id} is not in the ledger`);
  intake.hints.hint({ job: 'seal-file', ref: { id: file.id, generation: file.generation } });
  return accept(file);
}

/** The working file, which has to be a regular file that can be taken now. */
async function findSource(
  { zones, policy }: Intake,
  { share, from }: SendRequest,
): Promise<Result<ArrivalPath, SendRefusal>> {
  const path = splitPath(from);
  const entry = path === null ? null : await zones.shares.look({ share, path: from });
  if (path === null || entry?.kind === 'folder')
    return refuse('is-a-folder', `${from === TOP ? share : from} is a folder; files are sent one by one`);
  if (entry === null) return refuse('not-found', `there is no ${from} in ${share}`);
  if (entry.kind === 'other') return refuse('links', `${from} is no regular file`);
  if (entry.size > policy.largest)
    return refuse(
      'too-large',
      `${from} has ${formatBytes(entry.size)}, and ${formatBytes(policy.largest)} is the most`,
    );
  if (entry.size > (await zones.airlock.room())) return refuse('no-room');
  return accept(path);
}

/** The path in the spelling of its folder. */
async function findPlace(
  { ledger }: Intake,
  drop: Drop,
  { folder, name }: ArrivalPath,
): Promise<Result<ArrivalPath, 'folder-missing' | 'is-a-folder'>> {
  const found = await ledger.findFolder(drop, folder);
  if (found === null) return refuse('folder-missing');
  const taken = await ledger.findFolder(drop, joinPath(found.path, name));
  return taken === null ? accept({ folder: found.path, name }) : refuse('is-a-folder');
}

function record(sealing: NewSealing, actor: Actor): AuditRecord {
  const { path, from, at } = sealing;
  const made = fileRecord(at, actor, 'sealing-begun', sealing, { path });
  const subjects = { ...made.event.subjects, share: from.share };
  const personal = { ...made.event.personal, from: joinPath(from.folder, from.name) };
  return { ...made, event: { ...made.event, subjects, personal } };
}
