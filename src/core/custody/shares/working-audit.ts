import type { Session } from '../../accounts/sign-in.ts';
import type { AuditEventType, AuditRecord } from '../../audit/events.ts';
import type { JsonObject } from '../../kit/canonical-json.ts';
import type { ShareId } from '../../kit/ids.ts';
import { actorOf } from '../actors.ts';
import type { Intake } from '../custody.ts';
import type { FolderPath } from '../names.ts';

/** What people do to working files, as the audit names it. */
export type WorkingEvent = Extract<AuditEventType, `working-${string}`>;

/**
 * Appends what somebody did in a share, after they did it: working files are not in custody, so that no intent is
 * written before. Paths are personal and go to the side table.
 */
export async function recordWorking(
  intake: Intake,
  session: Session,
  type: WorkingEvent,
  about: {
    readonly share: ShareId;
    readonly paths: Readonly<Record<string, FolderPath>>;
    readonly data?: JsonObject;
  },
): Promise<void> {
  const { share, paths, data = {} } = about;
  const event = { type, subjects: { share, account: session.account }, data, personal: paths };
  const record: AuditRecord = { at: intake.clock.now(), actor: actorOf(session), event };
  await intake.ledger.appendAudit([record]);
}
