import type { Actor } from '../../audit/events.ts';
import { type Instant } from '../../kit/clock.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import { fileRecord } from '../actors.ts';
import type { ClearedData } from '../clear-airlock.ts';
import type { CustodyFile } from '../file.ts';
import type { SignedCertificate } from './certificate.ts';
import { type Certifying, makeCertificate } from './make-certificate.ts';

/** The rule that a certificate of a removed file names: its holder removed it. */
const RULE = 'removed/v1';

/** Why no certificate was issued. Nothing was changed. */
export type IssueRefusal = 'not-removed' | 'not-gone-yet' | 'not-unlinked';

/**
 * Certifies a file that its holder removed, on request. A file that was certified before gets the same certificate
 * again, also when two ask at once. What was destroyed by retention has its certificate already.
 */
export async function issueCertificate(
  certifying: Certifying,
  actor: Actor,
  file: CustodyFile,
): Promise<Result<SignedCertificate, IssueRefusal>> {
  if (file.state !== 'removed') return refuse('not-removed', whyNot(file));
  const before = await issuedBefore(certifying, file);
  if (before !== null) return accept(before);
  if (file.zone !== 'gone') return refuse('not-gone-yet', 'it was removed, and its bytes are unlinked next');
  const unlinked = await findUnlinking(certifying, file);
  if (unlinked === null)
    return refuse('not-unlinked', 'nothing on record says that we unlinked its bytes: somebody else had');
  const certificate = await makeCertificate(certifying, file, { ...unlinked, rule: RULE });
  const { certificateId } = certificate.body;
  const moved = await certifying.ledger.moveFile({
    ref: file,
    from: 'removed',
    to: 'removed',
    // Of two who ask at once, the second finds the first one's.
    nextGeneration: true,
    certificate,
    audit: fileRecord(certifying.clock.now(), actor, 'certificate-issued', file, {
      data: { certificate: certificateId, rule: RULE, linkCount: unlinked.linkCount },
    }),
  });
  if (moved === 'moved') return accept(certificate);
  const theirs = await issuedBefore(certifying, file);
  if (theirs === null) throw new Error(`file ${file.id} has just moved`);
  return accept(theirs);
}

async function issuedBefore({ ledger }: Certifying, { id }: CustodyFile): Promise<SignedCertificate | null> {
  return (await ledger.certificatesOf(id)).at(-1) ?? null;
}

function whyNot({ state }: CustodyFile): string {
  const only = 'a certificate is issued on request for a file that its holder removed';
  if (state !== 'destroyed') return `${only}; this one is ${state}`;
  return `${only}; this one was destroyed, and certified then: \`havengate certificate export\` prints it`;
}

/** When the bytes of a removed file were unlinked by us, by the audit log; null when they were not. */
async function findUnlinking(
  { ledger }: Certifying,
  { id }: CustodyFile,
): Promise<{ readonly at: Instant; readonly linkCount: number | null } | null> {
  const rows = (await ledger.auditOf({ file: id })).map((row) => JSON.parse(row.entry) as ClearedRow);
  const cleared = rows.findLast(({ type, data }) => type === 'airlock-cleared' && data.to === 'gone');
  if (cleared?.data.linkCount === undefined) return null;
  return { at: Date.parse(cleared.at), linkCount: cleared.data.linkCount };
}

/** What is read of an audit row. */
interface ClearedRow {
  readonly at: string;
  readonly type: string;
  readonly data: ClearedData;
}
