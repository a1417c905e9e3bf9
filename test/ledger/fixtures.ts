import type { AccountName } from '../../src/core/accounts/account.ts';
import type { AuditEventType, AuditRecord, Subjects } from '../../src/core/audit/events.ts';
import type { ArrivalPath, CustodyFile } from '../../src/core/custody/file.ts';
import type { FileName, FolderPath } from '../../src/core/custody/names.ts';
import type { FileMove, NewUpload, WholeUpload } from '../../src/core/custody/ports.ts';
import type { SignedCertificate } from '../../src/core/custody/retention/certificate.ts';
import type { Hold, HoldTarget } from '../../src/core/custody/retention/hold.ts';
import type { AdoptedFile } from '../../src/core/custody/shares/ports.ts';
import type { FileState } from '../../src/core/custody/states.ts';
import { sha256 } from '../../src/core/kit/digest.ts';
import { type AccountId, type FileId, type LeaseId, newId, type ShareId } from '../../src/core/kit/ids.ts';
import type { Share } from '../../src/core/projects/project.ts';
import type { OpenLedger } from '../../src/stores/ledger/ledger-engine.ts';

/** Noon of a quiet day; tests count from here. */
export const NOW = Date.UTC(2026, 10, 21, 12);

let lastId = NOW;

/** An instant later than any given before, so that ids made from it sort in the order they were made. */
export function nextInstant(): number {
  return ++lastId;
}

/** A path below somebody's arrivals, written as people write it. */
export function at(path: string): ArrivalPath {
  const slash = path.lastIndexOf('/');
  return {
    folder: path.slice(0, Math.max(slash, 0)) as FolderPath,
    name: path.slice(slash + 1) as FileName,
  };
}

/** A folder path. */
export function folder(path: string): FolderPath {
  return path as FolderPath;
}

/** A file name. */
export function name(text: string): FileName {
  return text as FileName;
}

/** An audit record of a type, at `NOW`. */
export function record(
  type: AuditEventType,
  subjects: Subjects = {},
  personal?: Record<string, string>,
): AuditRecord {
  const event = { type, subjects, ...(personal !== undefined && { personal }) };
  return { at: NOW, actor: { kind: 'console' }, event };
}

/** A record that cannot be appended: canonical JSON refuses half a character. */
export function unwritable(type: AuditEventType): AuditRecord {
  return { at: NOW, actor: { kind: 'console' }, event: { type, subjects: {}, data: { half: '\ud800' } } };
}

/** Adds an account and returns its id. */
export async function addPerson(ledger: OpenLedger, personName: string): Promise<AccountId> {
  const id = newId('acct', nextInstant());
  const added = await ledger.addAccount(
    {
      account: {
        id,
        name: personName as AccountName,
        fullName: `The ${personName}`,
        email: `${personName}@example.org`,
        role: 'researcher',
        status: 'active',
        createdAt: NOW,
      },
      passwordHash: null,
      totpSealed: null,
      sshKeys: [],
    },
    [record('account-added', { account: id })],
  );
  if (added !== 'added') throw new Error(`the account ${personName} is there already`);
  return id;
}

/** An upload that nobody has started yet. */
export function upload(owner: AccountId, path: string, leavesBy: ShareId | null = null): NewUpload {
  const id = newId('file', nextInstant());
  const lease = { id: newId('leas', NOW), until: NOW + 30_000 };
  return { id, owner, leavesBy, door: 'sftp', path: at(path), declaredSize: null, at: NOW, lease };
}

/** Starts an upload and returns it. */
export async function start(
  ledger: OpenLedger,
  owner: AccountId,
  path: string,
  leavesBy: ShareId | null = null,
): Promise<NewUpload> {
  const started = upload(owner, path, leavesBy);
  const outcome = await ledger.startUpload(started, null, record('upload-started', { file: started.id }));
  if (outcome !== 'moved') throw new Error(`the upload of ${path} did not start: ${outcome}`);
  return started;
}

/** A move with the least that it needs. */
export function move(
  id: FileId,
  from: FileState,
  to: FileState,
  type: AuditEventType,
  more: Partial<FileMove> = {},
): FileMove {
  return { ref: { id, generation: 1 }, from, to, audit: record(type, { file: id }), ...more };
}

/** Starts an upload and closes it; it settles 5 s after `NOW` unless told otherwise. */
export async function receive(
  ledger: OpenLedger,
  owner: AccountId,
  path: string,
  settlesAt: number | null = NOW + 5000,
  leavesBy: ShareId | null = null,
): Promise<NewUpload> {
  const started = await start(ledger, owner, path, leavesBy);
  const changes = { size: 10, receivedAt: NOW, lastByteAt: NOW, settlesAt };
  await mustMove(ledger, move(started.id, 'receiving', 'received', 'file-received', { changes }));
  return started;
}

/** Brings an upload into Arrivals under its own name. */
export async function arrive(
  ledger: OpenLedger,
  owner: AccountId,
  path: string,
  arrivedAt = NOW,
): Promise<NewUpload> {
  const file = await receive(ledger, owner, path);
  await mustMove(ledger, move(file.id, 'received', 'inspecting', 'inspection-begun'));
  const changes = { arrival: at(path), sha256: sha256(path) };
  await mustMove(ledger, move(file.id, 'inspecting', 'admitting', 'admission-begun', { changes }));
  await mustMove(ledger, move(file.id, 'admitting', 'arrived', 'file-arrived', { changes: { arrivedAt } }));
  return file;
}

/** Releases a file that leaves by a share, under its own name. */
export async function release(
  ledger: OpenLedger,
  owner: AccountId,
  path: string,
  leavesBy: ShareId,
): Promise<NewUpload> {
  const file = await receive(ledger, owner, path, NOW, leavesBy);
  await mustMove(ledger, move(file.id, 'received', 'inspecting', 'inspection-begun'));
  const changes = { arrival: at(path), sha256: sha256(path) };
  await mustMove(ledger, move(file.id, 'inspecting', 'releasing', 'release-begun', { changes }));
  const released = { zone: 'outbound', releasedAt: NOW + 1 } as const;
  await mustMove(ledger, move(file.id, 'releasing', 'released', 'file-released', { changes: released }));
  return file;
}

/** A file that was found in Arrivals. */
export function found(owner: AccountId, path: string): AdoptedFile {
  return {
    id: newId('file', nextInstant()),
    owner,
    path: at(path),
    size: 7,
    sha256: sha256(path),
    inode: '42-1700000000000000000',
    at: NOW,
    expiresAt: NOW + 30,
    expiresRule: 'arrivals/v1',
  };
}

/** The intent to move an arrived file to a path of a share. */
export function moveTo(id: FileId, share: ShareId, path: string): FileMove {
  return move(id, 'arrived', 'moving', 'move-begun', { changes: { working: { share, ...at(path) } } });
}

/** Adds an open share, in a project of its own that an account answers for. */
export async function addShare(ledger: OpenLedger, iao: AccountId, shareName?: string): Promise<Share> {
  const project = newId('proj', nextInstant());
  await ledger.addProject({ id: project, caseRef: project, title: 'A study', iao, createdAt: NOW }, []);
  const id = newId('shar', nextInstant());
  const share = { id, name: shareName ?? id, project, createdAt: NOW, closedAt: null };
  await ledger.addShare(share, []);
  return share;
}

/** Makes a move that has to succeed. */
export async function mustMove(ledger: OpenLedger, wanted: FileMove): Promise<void> {
  const outcome = await ledger.moveFile(wanted);
  if (outcome !== 'moved') throw new Error(`${wanted.from} → ${wanted.to} ended with ${outcome}`);
}

/** A file that has to be there. */
export async function theFile(ledger: OpenLedger, id: FileId): Promise<CustodyFile> {
  const file = await ledger.fileById(id);
  if (file === null) throw new Error(`there is no file ${id}`);
  return file;
}

/** A lease that is live from `NOW` on. */
export function lease(until = NOW + 30_000): { id: LeaseId; until: number } {
  return { id: newId('leas', nextInstant()), until };
}

/** A hold that nobody has placed yet. */
export function hold(target: HoldTarget, placedBy: AccountId): Hold {
  const id = newId('hold', nextInstant());
  const reason = 'An audit, “quoted”';
  return { id, target, reason, placedBy, placedAt: NOW, liftedBy: null, liftedAt: null };
}

/** A certificate for a file, signed by nobody. */
export function certificate(file: FileId): SignedCertificate {
  return {
    body: {
      kind: 'havengate-certificate',
      version: 1,
      certificateId: newId('cert', nextInstant()),
      site: 'A haven, “quoted”',
      file: { id: file, path: 'ünï.csv', size: 1, sha256: sha256('bytes') },
      owner: { account: 'acct_x', name: 'alice' },
      receivedAt: '2026-11-21T12:00:00.000Z',
      arrivedAt: null,
      destroyedAt: '2026-12-21T12:00:00.000Z',
      rule: 'arrivals/v1',
      method: 'unlink',
      linkCount: 0,
      medium: { encryption: 'LUKS', snapshots: 'none', backups: '30 days' },
    },
    signature: { algorithm: 'Ed25519', keyId: 'SHA256:x', value: 'AA==' },
  };
}

/** An upload that came whole, to a path that shows nothing. */
export function wholeUpload(owner: AccountId, path: string): WholeUpload {
  return {
    id: newId('file', nextInstant()),
    owner,
    leavesBy: null,
    door: 'sftp',
    path: at(path),
    declaredSize: null,
    at: NOW - 5,
    newest: null,
    size: 12,
    receivedAt: NOW,
    settlesAt: NOW + 5,
    clientMtime: 77,
  };
}
