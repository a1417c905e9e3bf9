import type { SignedReceipt } from '../../core/custody/receipt.ts';
import type { SignedCertificate } from '../../core/custody/retention/certificate.ts';
import type { Verdict } from '../../core/custody/verdict.ts';
import type { FileId } from '../../core/kit/ids.ts';
import { compileOnce } from './compile-once.ts';
import type { LedgerDb } from './tables.ts';

/** Adds verdicts to a file's. Part of a move. */
export async function addVerdicts(db: LedgerDb, file: FileId, verdicts: readonly Verdict[]): Promise<void> {
  if (verdicts.length === 0) return;
  const { next } = await db
    .selectFrom('verdicts')
    .select((eb) => eb.fn.countAll<number>().as('next'))
    .where('file', '=', file)
    .executeTakeFirstOrThrow();
  await db
    .insertInto('verdicts')
    .values(
      verdicts.map(({ check, outcome, detail, version, sha256, at }, index) => {
        return { file, place: next + index, check_name: check, outcome, detail, version, sha256, at };
      }),
    )
    .execute();
}

const verdictsFor = compileOnce((db, { file }: { file: FileId }) =>
  db.selectFrom('verdicts').selectAll().where('file', '=', file).orderBy('place'),
);

/** All verdicts on a file, of every reading, oldest first. */
export async function verdictsOf(db: LedgerDb, file: FileId): Promise<readonly Verdict[]> {
  const { rows } = await verdictsFor(db, { file });
  return rows.map(({ check_name: check, outcome, detail, version, sha256, at }) => {
    return { check, outcome, detail, version, sha256, at };
  });
}

/** Adds a receipt to a file's. Part of a move. */
export async function addReceipt(db: LedgerDb, file: FileId, receipt: SignedReceipt): Promise<void> {
  const id = receipt.body.receiptId;
  await db
    .insertInto('receipts')
    .values({ id, file, receipt: JSON.stringify(receipt) })
    .execute();
}

/** All receipts for a file, oldest first. */
export async function receiptsOf(db: LedgerDb, file: FileId): Promise<readonly SignedReceipt[]> {
  const rows = await db
    .selectFrom('receipts')
    .select('receipt')
    .where('file', '=', file)
    .orderBy('id')
    .execute();
  return rows.map((row) => JSON.parse(row.receipt) as SignedReceipt);
}

/** Adds a certificate to a file's. Part of a move. */
export async function addCertificate(
  db: LedgerDb,
  file: FileId,
  certificate: SignedCertificate,
): Promise<void> {
  const id = certificate.body.certificateId;
  await db
    .insertInto('certificates')
    .values({ id, file, certificate: JSON.stringify(certificate) })
    .execute();
}

/** All certificates for a file, oldest first. */
export async function certificatesOf(db: LedgerDb, file: FileId): Promise<readonly SignedCertificate[]> {
  const rows = await db
    .selectFrom('certificates')
    .select('certificate')
    .where('file', '=', file)
    .orderBy('id')
    .execute();
  return rows.map((row) => JSON.parse(row.certificate) as SignedCertificate);
}
