import type { Session } from '../accounts/sign-in.ts';
import type { Actor, AuditEvent, AuditEventType, AuditRecord } from '../audit/events.ts';
import type { JsonObject } from '../kit/canonical-json.ts';
import type { Instant } from '../kit/clock.ts';
import type { FileId } from '../kit/ids.ts';
import { type ArrivalPath, type CustodyFile } from './file.ts';
import { joinPath } from './names.ts';

/** The person of a session, as the audit names them. */
export function actorOf(session: Session): Actor {
  return { kind: 'account', account: session.account, side: session.side, door: session.door };
}

/** The daemon itself, in one of its parts. */
export function systemActor(part: string): Actor {
  return { kind: 'system', part };
}

/** The audit record of something that happened to a file. `path` is personal and goes to the side table. */
export function fileRecord(
  at: Instant,
  actor: Actor,
  type: AuditEventType,
  file: { readonly id: FileId; readonly owner: CustodyFile['owner'] },
  more: {
    readonly data?: JsonObject;
    readonly path?: ArrivalPath;
    readonly receipt?: AuditEvent['subjects']['receipt'];
  } = {},
): AuditRecord {
  const subjects = { file: file.id, account: file.owner, ...(more.receipt && { receipt: more.receipt }) };
  const personal = more.path === undefined ? {} : { path: joinPath(more.path.folder, more.path.name) };
  return { at, actor, event: { type, subjects, data: more.data ?? {}, personal } };
}
