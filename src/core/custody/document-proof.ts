import type { TreeReader } from '../audit/inclusion.ts';
import type { CheckpointFault, Keyring } from '../audit/keyring.ts';
import { createLogTree } from '../audit/log-tree.ts';
import {
  checkProof,
  type InclusionProof,
  type ProofFault,
  type Proven,
  type ProveRefusal,
  proveRow,
} from '../audit/proof.ts';
import type { Json, JsonObject } from '../kit/canonical-json.ts';
import { type FileId, parseId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { Intake } from './custody.ts';
import type { Ledger } from './ports.ts';
import type { SignedReceipt } from './receipt.ts';
import type { SignedCertificate } from './retention/certificate.ts';

/** The documents whose issuing is a row of the log, as the rows name them. */
export type LoggedDocument = 'receipt' | 'certificate';

/**
 * A document together with the proof that its issuing stands in the log that a checkpoint signs. Its signature does not
 * cover `inLog`, which comes later and proves itself.
 */
export type ProvenDocument<Document> = Document & { readonly inLog: InclusionProof };

/** Why the proof that comes with a document proves nothing about it. */
export type DocumentProofFault = ProofFault | 'proof-of-another';

/** The row of the log in which a document was issued; null when there is none in this log. */
export async function rowOfDocument(
  ledger: Pick<Ledger, 'auditOf'>,
  what: LoggedDocument,
  { file, id }: { readonly file: FileId; readonly id: string },
): Promise<number | null> {
  for (const { seq, entry } of await ledger.auditOf({ file })) {
    const row = JSON.parse(entry) as { readonly data?: JsonObject };
    if (row.data?.[what] === id) return seq;
  }
  return null;
}

/**
 * Adds the proof to a document. Refused with `row-not-covered` until the next checkpoint, which the daemon signs every
 * `audit.checkpoint`: the row of a document that was just issued comes before the checkpoint that signs it.
 */
export async function proveDocument<Document extends SignedReceipt | SignedCertificate>(
  ledger: Ledger,
  what: LoggedDocument,
  document: Document,
  ring: Keyring,
  tree?: TreeReader,
): Promise<Result<ProvenDocument<Document>, ProveRefusal | CheckpointFault>> {
  const { body } = document;
  const file = parseId('file', body.file.id);
  const id = 'receiptId' in body ? body.receiptId : body.certificateId;
  const seq = file === null ? null : await rowOfDocument(ledger, what, { file, id });
  if (seq === null) return refuse('row-unknown', `no row of this log names the ${what}`);
  const proof = await proveRow(ledger, seq, ring, tree);
  return proof.ok ? accept({ ...document, inLog: proof.value }) : proof;
}

/** Adds its proof to a receipt; gives it as it is as long as there is none. Never rejects because of the log. */
export type ReceiptProver = (
  receipt: SignedReceipt,
) => Promise<SignedReceipt | ProvenDocument<SignedReceipt>>;

/**
 * A prover for a door: one proof at a time, over a tree that is kept, so that whoever asks often wears nothing out. A
 * log that is not as it was signed is logged as the error `log-not-as-signed`.
 */
export function createReceiptProver(
  { ledger, log }: Pick<Intake, 'ledger' | 'log'>,
  ring: () => Promise<Keyring>,
): ReceiptProver {
  const tree = createLogTree(ledger);
  let before: Promise<unknown> = Promise.resolve();

  async function prove(receipt: SignedReceipt): Promise<SignedReceipt | ProvenDocument<SignedReceipt>> {
    try {
      const proven = await proveDocument(ledger, 'receipt', receipt, await ring(), tree);
      if (proven.ok) return proven.value;
      if (proven.refusal === 'log-not-as-signed') log.error('log-not-as-signed', { detail: proven.detail });
    } catch (error) {
      log.warn('receipt-not-proven', { error });
    }
    return receipt;
  }

  return async (receipt) => {
    const proven = before.then(() => prove(receipt));
    before = proven;
    return proven;
  };
}

/**
 * Checks offline what a document says of itself and the log: the proof is good, and the row that it proves is the one in
 * which this very document was issued. Null when no proof comes with it. `body` is that of the checked document.
 */
export function checkDocumentProof(
  text: string,
  what: LoggedDocument,
  body: SignedReceipt['body'] | SignedCertificate['body'],
  ring: Keyring,
): Result<Proven, DocumentProofFault> | null {
  const proof = (JSON.parse(text) as { readonly inLog?: Json }).inLog;
  if (proof === undefined) return null;
  const proven = checkProof(JSON.stringify(proof), ring);
  if (!proven.ok) return proven;
  const { subjects, data } = proven.value.entry as Entry;
  const id = 'receiptId' in body ? body.receiptId : body.certificateId;
  const isOfThis =
    data?.[what] === id &&
    subjects?.['file'] === body.file.id &&
    (data['sha256'] === undefined || data['sha256'] === body.file.sha256);
  return isOfThis
    ? proven
    : refuse('proof-of-another', `the proof is of another row than that of this ${what}`);
}

interface Entry {
  readonly subjects?: JsonObject;
  readonly data?: JsonObject;
}
