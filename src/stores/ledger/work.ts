import type { Selectable } from 'kysely';
import type { AuditRecord } from '../../core/audit/events.ts';
import type { CustodyFile, FileRef } from '../../core/custody/file.ts';
import type { FileJobName, ImpliedWork } from '../../core/custody/implied-work.ts';
import type { FileState } from '../../core/custody/states.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { FileId } from '../../core/kit/ids.ts';
import { appendAudit } from './audit-log.ts';
import { BY_STATE, HAS_BYTES, IS_CHECKED, IS_TO_BE_CLEARED, IS_UNFINISHED } from './file-conditions.ts';
import { toFile } from './file-rows.ts';
import { isKeptByFreeze } from './freezes.ts';
import { type MailTable, waitingForMail } from './sent-mails.ts';
import type { FilesTable, LedgerDb } from './tables.ts';

/** The states of files that a job is at work on. */
const JOB_STATES = [
  'inspecting',
  'admitting',
  'moving',
  'sealing',
  'releasing',
  'destroying',
] as const satisfies readonly FileState[];

/** A piece of work and the id of what implies it: the older, the smaller after the prefix. */
interface Dated {
  readonly since: string;
  readonly work: ImpliedWork;
}

/**
 * What is to be done now, oldest first. When there is more than `limit`, every kind of work gets its share, so
 * that a scanner that does not answer keeps no mail from being sent.
 */
export async function impliedWork(
  db: LedgerDb,
  now: Instant,
  limit: number,
): Promise<readonly ImpliedWork[]> {
  const kinds = [
    await checks(db, now, limit),
    await clearings(db, limit),
    await stateJobs(db, 'moving', 'move-file', limit),
    await stateJobs(db, 'sealing', 'seal-file', limit),
    await stateJobs(db, 'destroying', 'destroy-file', limit),
    await mails(db, 'notices', 'send-notices', limit),
    await mails(db, 'freeze_notices', 'send-notices', limit),
    await mails(db, 'security_notices', 'send-security-mails', limit),
    await proofMails(db, now, limit),
  ];
  return share(kinds, limit)
    .sort((a, b) => (age(a) < age(b) ? -1 : 1))
    .map(({ work }) => work);
}

/** Uploads that nobody has gone on with since `before`, the longest idle first. */
export async function idleUploads(
  db: LedgerDb,
  before: Instant,
  limit: number,
): Promise<readonly CustodyFile[]> {
  const rows = await db
    .selectFrom('files')
    .selectAll()
    .where(IS_UNFINISHED)
    .where('last_byte_at', '<', before)
    .where((eb) => eb.or([eb('state', '=', 'receiving'), eb('received_at', '<', before)]))
    .where((eb) => eb.not(isKeptByFreeze(before)))
    .orderBy('last_byte_at')
    .limit(limit)
    .execute();
  return rows.map(toFile);
}

/** All files whose bytes we have, in order of id. */
export async function filesWithBytes(
  db: LedgerDb,
  after: FileId | null,
  limit: number,
): Promise<readonly CustodyFile[]> {
  const rows = await db
    .selectFrom('files')
    .selectAll()
    .where(HAS_BYTES)
    .$if(after !== null, (select) => select.where('id', '>', after ?? ('' as FileId)))
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(toFile);
}

/** How many files had work in flight when the last process ended. */
export async function countInFlight(db: LedgerDb): Promise<number> {
  const { count } = await db
    .selectFrom('files')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', 'in', JOB_STATES)
    .where(BY_STATE)
    .executeTakeFirstOrThrow();
  return count;
}

/**
 * Makes the next generation of files with work in flight and ends all leases, if there are as many files as
 * `audit` says. Returns how many there are: when it is another number, nothing was changed.
 */
export async function renewInFlight(db: LedgerDb, expected: number, audit: AuditRecord): Promise<number> {
  const count = await countInFlight(db);
  if (count !== expected) return count;
  await db
    .updateTable('files')
    .set((eb) => ({ generation: eb('generation', '+', 1) }))
    .where('state', 'in', JOB_STATES)
    .where(BY_STATE)
    .execute();
  await db.deleteFrom('leases').execute();
  await appendAudit(db, [audit]);
  return count;
}

async function checks(db: LedgerDb, now: Instant, limit: number): Promise<readonly Dated[]> {
  const rows = await db
    .selectFrom('files')
    .select(['id', 'generation', 'state', 'leaves_by', 'inspected_at'])
    .where(IS_CHECKED)
    .where((eb) =>
      eb.or([
        eb('state', 'in', ['sealed', 'admitting', 'releasing']),
        eb.and([eb('state', '=', 'received'), eb('settles_at', 'is not', null)]),
        eb.and([eb('state', '=', 'inspecting'), eb('inspected_at', 'is', null)]),
        eb.and([eb('state', '=', 'inspecting'), eb('settles_at', '<=', now)]),
      ]),
    )
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ since: row.id, work: { job: nextStep(row), ref: refOf(row) } }));
}

/** What a file between its last byte and its publication waits for. */
function nextStep(file: Pick<Selectable<FilesTable>, 'state' | 'leaves_by' | 'inspected_at'>): FileJobName {
  switch (file.state) {
    case 'admitting':
      return 'admit-file';
    case 'releasing':
      return 'release-file';
    case 'inspecting':
      if (file.inspected_at === null) return 'inspect-file';
      return file.leaves_by === '' ? 'admit-file' : 'release-file';
    default:
      return 'inspect-file';
  }
}

/** A row may have more columns; work is compared and sent to other threads. */
function refOf({ id, generation }: FileRef): FileRef {
  return { id, generation };
}

async function clearings(db: LedgerDb, limit: number): Promise<readonly Dated[]> {
  const rows = await db
    .selectFrom('files')
    .select(['id', 'generation'])
    .where(IS_TO_BE_CLEARED)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ since: row.id, work: { job: 'clear-airlock', ref: refOf(row) } }));
}

/** Files in a state that one job ends. */
async function stateJobs(
  db: LedgerDb,
  state: FileState,
  job: FileJobName,
  limit: number,
): Promise<readonly Dated[]> {
  const rows = await db
    .selectFrom('files')
    .select(['id', 'generation'])
    .where('state', '=', state)
    .where(BY_STATE)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ since: row.id, work: { job, ref: refOf(row) } }));
}

async function mails(
  db: LedgerDb,
  table: MailTable,
  job: 'send-notices' | 'send-security-mails',
  limit: number,
): Promise<readonly Dated[]> {
  const waiting = await waitingForMail(db, table, limit);
  return waiting.map(({ account, since }) => ({ since, work: { job, account } }));
}

async function proofMails(db: LedgerDb, now: Instant, limit: number): Promise<readonly Dated[]> {
  const rows = await db
    .selectFrom('mailed_proofs')
    .select((eb) => ['account', eb.fn.min('id').as('since')])
    .where('mailed_at', 'is', null)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .groupBy('account')
    .orderBy('since')
    .limit(limit)
    .execute();
  return rows.map(({ account, since }) => ({ since, work: { job: 'send-security-mails', account } }));
}

function share(kinds: readonly (readonly Dated[])[], limit: number): Dated[] {
  const shared: Dated[] = [];
  for (let rank = 0; shared.length < limit && kinds.some((kind) => rank < kind.length); rank++) {
    shared.push(...kinds.flatMap((kind) => kind.slice(rank, rank + 1)));
  }
  return shared.slice(0, limit);
}

function age({ since }: Dated): string {
  return since.slice(since.indexOf('_'));
}
