import type { AccountName } from '../../core/accounts/account.ts';
import type { AuditRecord } from '../../core/audit/events.ts';
import type { Erased, Ties } from '../../core/custody/forget/ports.ts';
import { type FileName, TOP } from '../../core/custody/names.ts';
import type { AccountId, FileId } from '../../core/kit/ids.ts';
import { appendAudit } from './audit-log.ts';
import { HAS_BYTES } from './file-conditions.ts';
import { arrivalColumns, pathColumns, workingColumns } from './file-rows.ts';
import type { LedgerDb, Tables } from './tables.ts';

/** What stands in the place of a text that was erased. */
const ERASED = 'forgotten';

/** Tables of which an account's rows go as they are: nothing points to them. */
const WHOLE_ROWS = [
  'ssh_keys',
  'credentials',
  'access_tokens',
  'security_keys',
  'key_challenges',
  'reconnections',
  'web_sessions',
  'guard_scores',
  'emergency_codes',
  'mailed_proofs',
  'untaken_mails',
] as const satisfies readonly (keyof Tables)[];

/** How many things keep an account from being forgotten. */
export async function tiesOf(db: LedgerDb, account: AccountId): Promise<Ties> {
  const count = async (query: { execute(): Promise<readonly unknown[]> }) => (await query.execute()).length;
  const files = db.selectFrom('files').select('id').where('owner', '=', account).where(HAS_BYTES).limit(1000);
  const projects = db.selectFrom('projects').select('id').where('iao', '=', account);
  const shares = db.selectFrom('share_members').select('share').where('account', '=', account);
  const onOrBy = (table: 'holds' | 'freezes') =>
    db
      .selectFrom(table)
      .select('id')
      .where('lifted_at', 'is', null)
      .where((eb) => eb.or([eb('account', '=', account), eb('placed_by', '=', account)]));
  return {
    files: await count(files),
    projects: await count(projects),
    shares: await count(shares),
    holds: (await count(onOrBy('holds'))) + (await count(onOrBy('freezes'))),
  };
}

/** Erases what is personal of an account: see the port. */
export async function forgetPerson(
  db: LedgerDb,
  account: AccountId,
  replacement: AccountName,
  audit: AuditRecord,
): Promise<Erased | null> {
  const ties = Object.values(await tiesOf(db, account));
  const { numUpdatedRows } = await db
    .updateTable('accounts')
    .set({
      name: replacement,
      full_name: ERASED,
      email: '',
      sources: '',
      training_expires: null,
      training_warned: null,
      agreed_version: null,
      agreed_at: null,
      inducted_on: null,
    })
    .where('id', '=', account)
    .where('status', '=', 'disabled')
    .where((eb) => eb.lit(ties.every((count) => count === 0)))
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) return null;
  for (const table of WHOLE_ROWS) await db.deleteFrom(table).where('account', '=', account).execute();
  // The device stays the site's, for the next person.
  await db
    .updateTable('hard_tokens')
    .set({ account: null, assigned_at: null })
    .where('account', '=', account)
    .execute();
  await db.deleteFrom('folders').where('owner', '=', account).execute();
  // There is no address to send them to any more.
  for (const table of ['notices', 'freeze_notices', 'security_notices'] as const)
    await db.deleteFrom(table).where('account', '=', account).where('sent_at', 'is', null).execute();
  for (const table of ['holds', 'freezes'] as const)
    await db.updateTable(table).set({ reason: ERASED }).where('account', '=', account).execute();
  const { numDeletedRows: values } = await db
    .deleteFrom('audit_personal')
    .where('seq', 'in', db.selectFrom('audit_subjects').select('seq').where('subject', '=', account))
    .executeTakeFirst();
  const erased = { values: Number(values), ...(await forgetFiles(db, account)) };
  await appendAudit(db, [audit]);
  return erased;
}

/** Files are called by their ids from now on, and what was signed of them is gone. */
async function forgetFiles(db: LedgerDb, account: AccountId): Promise<Pick<Erased, 'documents' | 'files'>> {
  const files = await db.selectFrom('files').select(['id', 'zone']).where('owner', '=', account).execute();
  let documents = 0;
  for (const { id, zone } of files) {
    for (const table of ['receipts', 'certificates'] as const) {
      const { numDeletedRows } = await db.deleteFrom(table).where('file', '=', id).executeTakeFirst();
      documents += Number(numDeletedRows);
    }
    await db.updateTable('holds').set({ reason: ERASED }).where('file', '=', id).execute();
    await db
      .updateTable('files')
      .set({
        ...pathColumns({ folder: TOP, name: nameOf(id) }),
        ...arrivalColumns(null),
        // What is in a share is the share's, under a name that its members know.
        ...(zone === 'gone' && workingColumns(null)),
        client_mtime: null,
      })
      .where('id', '=', id)
      .execute();
  }
  return { documents, files: files.length };
}

function nameOf(id: FileId): FileName {
  return id as string as FileName;
}
