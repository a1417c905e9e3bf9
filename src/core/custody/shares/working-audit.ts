import type { Session } from '../../accounts/sign-in.ts';
import type { AuditEventType, AuditRecord } from '../../audit/events.ts';
import type { JsonObject } from '../../kit/canonical-json.ts';
import type { ShareId } from '../../kit/ids.ts';
import type { Result } from '../../kit/result.ts';
import { actorOf } from '../actors.ts';
import type { Intake } from '../custody.ts';
import type { FolderPath } from '../names.ts';
import type { SharePlace } from './ports.ts';

/** What people do to working files, as the audit names it. */
export type WorkingEvent = Extract<AuditEventType, `working-${string}`>;

/**
 * What is done that cannot be taken back, or makes something stand elsewhere: nobody would know of it without a row. Of
 * files, writing over what was there before is of that kind; a new file is not.
 */
export type LastingChange =
  | 'working-file-removed'
  | 'working-folder-removed'
  | 'working-file-renamed'
  | 'working-file-written'
  | 'working-folder-made';

/** What an audit row about a share says. */
interface About {
  readonly share: ShareId;
  readonly paths: Readonly<Record<string, FolderPath>>;
  readonly data?: JsonObject;
}

/**
 * Does something lasting in a share between two rows: `working-change-begun` is durable before it, and what became of it
 * comes after. A crash between leaves the first alone, and who reads the log knows what may have been done, and by whom.
 * What the share declines is recorded as `working-change-refused`.
 */
export async function recordingChange<T, R extends string>(
  intake: Intake,
  session: Session,
  { event: change, at }: { readonly event: LastingChange; readonly at: SharePlace },
  about: About,
  act: () => Promise<Result<T, R>>,
): Promise<Result<T, R>> {
  // What is not there is declined, and so is a folder in the place of something: nobody tried anything.
  const isThere = (await intake.zones.shares.look(at)) !== null;
  if (isThere === (change === 'working-folder-made')) return act();
  await recordBegun(intake, session, change, about);
  const done = await act();
  if (done.ok) await recordWorking(intake, session, change, about);
  else await recordRefused(intake, session, change, about, done.refusal);
  return done;
}

/** Appends that somebody is about to change something: durable before the disk is touched. */
export function recordBegun(
  intake: Intake,
  session: Session,
  change: LastingChange,
  { share, paths }: About,
): Promise<void> {
  return recordWorking(intake, session, 'working-change-begun', { share, paths, data: { change } });
}

/** Appends that the share has declined what was begun. */
export function recordRefused(
  intake: Intake,
  session: Session,
  change: LastingChange,
  { share, paths }: About,
  refusal: string,
): Promise<void> {
  return recordWorking(intake, session, 'working-change-refused', {
    share,
    paths,
    data: { change, refusal },
  });
}

/** Appends what somebody did in a share, after they did it. Paths are personal and go to the side table. */
export async function recordWorking(
  intake: Intake,
  session: Session,
  type: WorkingEvent,
  about: About,
): Promise<void> {
  const { share, paths, data = {} } = about;
  const event = { type, subjects: { share, account: session.account }, data, personal: paths };
  const record: AuditRecord = { at: intake.clock.now(), actor: actorOf(session), event };
  await intake.ledger.appendAudit([record]);
}
