import type { Kysely } from 'kysely';
import type { LedgerDialect } from './dialect.ts';
import { makeAuditTables } from './migrations/0001-audit.ts';
import { makePeopleTables } from './migrations/0002-people.ts';
import { makeCustodyTables } from './migrations/0003-custody.ts';
import { makeRetentionTables } from './migrations/0004-retention.ts';
import { extendForShares } from './migrations/0005-shares.ts';
import { makeDigestsTable } from './migrations/0006-digests.ts';
import { extendSignIn } from './migrations/0007-sign-in.ts';
import { addContinues } from './migrations/0008-continues.ts';
import { extendForPortal } from './migrations/0009-portal.ts';
import { makeFreezeTables } from './migrations/0010-freezes.ts';
import { makeGuardTable } from './migrations/0011-guard.ts';
import { makeSecurityNoticesTable } from './migrations/0012-security-notices.ts';
import { extendCredentials } from './migrations/0013-credentials.ts';
import { makeSecurityKeyTables } from './migrations/0014-security-keys.ts';
import { makeHardTokensTable } from './migrations/0015-hard-tokens.ts';
import { indexOwnFiles } from './migrations/0016-own-files.ts';
import { extendForScrub } from './migrations/0017-scrub.ts';
import { extendForGates } from './migrations/0020-gates.ts';
import { extendForActivation } from './migrations/0021-activation.ts';
import { makeUntakenMailsTable } from './migrations/0022-untaken-mails.ts';
import { extendScrubToAllBytes } from './migrations/0023-scrub-all.ts';
import type { Tables } from './tables.ts';

/** One step of the schema. What was released is never edited: a change is a new step. */
interface Migration {
  readonly name: string;
  up(db: Kysely<unknown>, dialect: LedgerDialect): Promise<void>;
}

/** The steps in order; a schema's version is how many of them it has seen. */
const MIGRATIONS: readonly Migration[] = [
  { name: 'audit', up: makeAuditTables },
  { name: 'people', up: makePeopleTables },
  { name: 'custody', up: makeCustodyTables },
  { name: 'retention', up: makeRetentionTables },
  { name: 'shares', up: extendForShares },
  { name: 'digests', up: makeDigestsTable },
  { name: 'sign-in', up: extendSignIn },
  { name: 'continues', up: addContinues },
  { name: 'portal', up: extendForPortal },
  { name: 'freezes', up: makeFreezeTables },
  { name: 'guard', up: makeGuardTable },
  { name: 'security-notices', up: makeSecurityNoticesTable },
  { name: 'scrub', up: extendForScrub },
  { name: 'security-keys', up: makeSecurityKeyTables },
  { name: 'gates', up: extendForGates },
  { name: 'credentials', up: extendCredentials },
  { name: 'hard-tokens', up: makeHardTokensTable },
  { name: 'own-files', up: indexOwnFiles },
  { name: 'activation', up: extendForActivation },
  { name: 'untaken-mails', up: makeUntakenMailsTable },
  { name: 'scrub-all', up: extendScrubToAllBytes },
];

/** The version that this program makes and understands. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** A ledger that a newer program has been at. `code` survives threads. */
class NewerSchemaError extends Error {
  readonly code = 'ledger-schema-newer';

  constructor(found: number) {
    super(
      `the ledger has schema version ${found}, and this program knows versions up to ${SCHEMA_VERSION}: ` +
        'run the newer program that wrote it, or restore the backup made before',
    );
  }
}

/**
 * Brings the schema forward to this program's version; never backward. When it is newer, throws with code
 * `ledger-schema-newer` and changes nothing. Runs inside a transaction of the caller's that locks out every other
 * migration.
 */
export async function migrate(db: Kysely<unknown>, dialect: LedgerDialect): Promise<void> {
  await db.schema
    .createTable('schema_version')
    .ifNotExists()
    .addColumn('version', dialect.integer, (column) => column.primaryKey())
    .addColumn('name', dialect.text, (column) => column.notNull())
    .execute();
  const versions = db.withTables<Pick<Tables, 'schema_version'>>();
  const { current } = await versions
    .selectFrom('schema_version')
    .select((eb) => eb.fn.coalesce(eb.fn.max('version'), eb.lit(0)).as('current'))
    .executeTakeFirstOrThrow();
  if (current > SCHEMA_VERSION) throw new NewerSchemaError(current);
  for (const [index, migration] of MIGRATIONS.slice(current).entries()) {
    await migration.up(db, dialect);
    const version = current + index + 1;
    await versions.insertInto('schema_version').values({ version, name: migration.name }).execute();
  }
}
