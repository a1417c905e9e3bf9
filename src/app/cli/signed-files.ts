import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Keyring } from '../../core/audit/keyring.ts';
import type { Proven } from '../../core/audit/proof.ts';
import { checkDocumentProof, type ProvenDocument, proveDocument } from '../../core/custody/document-proof.ts';
import type { SignedReceipt } from '../../core/custody/receipt.ts';
import type { SignedCertificate } from '../../core/custody/retention/certificate.ts';
import type { DocumentFault, DocumentKind } from '../../core/custody/signed-document.ts';
import type { Config } from '../config/config.ts';
import { ringFor } from './audit-keyring.ts';
import { type Installation, readConfig } from './installation.ts';
import { orRefuse, Refusal } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** How a kind of signed document is checked: with the public key that `--key` names, else the installation's own. */
export interface SignedFiles<Body> {
  readonly kind: DocumentKind;
  /** What people call it; also the beginning of its refusals. */
  readonly word: 'receipt' | 'certificate';
  readonly ownKey: (config: Config) => Promise<KeyObject>;
  /** Never called; says what the bodies are. */
  readonly body?: Body;
}

/** A document that proves what it says. */
export interface Verified<Body> {
  readonly keyId: string;
  readonly body: Body;
  /** What it says of its place in the audit log; null when it comes without a proof of it, or nobody has the keys. */
  readonly inLog: Proven | null;
  /** The same in words. */
  readonly log: string;
}

/** What is checked by. */
export interface VerifyOptions {
  readonly key?: string;
  readonly logKey?: string;
}

/** The option that names the keyring of the log, for verbs that check documents. */
export const LOG_KEY_OPTION = [
  '--log-key <file>',
  'keyring of the checkpoints, for the proof that comes with it (default: the one of this installation)',
] as const;

const NEXT = {
  'document-malformed': null,
  'document-other-key': 'give the public key of the site that signed it with --key',
  'document-altered': null,
} as const satisfies Record<DocumentFault, string | null>;

/** Reads and checks a document, offline. Throws a `Refusal` such as `receipt-altered` when it proves nothing. */
export async function verifySignedFile<Body extends (SignedReceipt | SignedCertificate)['body']>(
  files: SignedFiles<Body>,
  file: string,
  options: VerifyOptions,
  command: Command,
  terminal: Terminal,
): Promise<Verified<Body>> {
  const [{ keyIdOf, verifyDocument }, { readPublicKey }] = await Promise.all([
    import('../../core/custody/signed-document.ts'),
    import('../keys/load-keys.ts'),
  ]);
  const key =
    options.key === undefined
      ? await files.ownKey(await readConfig(command, terminal))
      : await readPublicKey(options.key);
  const text = await readText(file, terminal);
  const verified = verifyDocument<Body>(text, files.kind as Body['kind'], key);
  if (verified.ok) {
    const body = verified.value;
    const ring = await findRing(options, command, terminal);
    return { keyId: keyIdOf(key), body, ...placeInLog(text, files.word, body, ring) };
  }
  const code = verified.refusal.replace('document', files.word);
  const said = verified.detail ?? `this ${files.word} proves nothing`;
  const next = NEXT[verified.refusal];
  throw new Refusal(code, next === null ? said : `${said}; ${next}`);
}

/** Null where a document is checked away from the installation, by its key alone. */
async function findRing(
  { key, logKey }: VerifyOptions,
  command: Command,
  terminal: Terminal,
): Promise<Keyring | null> {
  if (logKey === undefined && key !== undefined) return null;
  return ringFor(logKey, () => readConfig(command, terminal));
}

function placeInLog(
  text: string,
  word: 'receipt' | 'certificate',
  body: (SignedReceipt | SignedCertificate)['body'],
  ring: Keyring | null,
): Pick<Verified<never>, 'inLog' | 'log'> {
  if (ring === null)
    return { inLog: null, log: 'not looked at: give the keyring of the checkpoints with --log-key' };
  const checked = checkDocumentProof(text, word, body, ring);
  if (checked === null)
    return { inLog: null, log: `no proof comes with it: export the ${word} again after the next checkpoint` };
  const proven = orRefuse(checked);
  const { checkpoint, entry } = proven;
  return {
    inLog: proven,
    log: `row ${JSON.stringify(entry['seq'])}, signed in ${checkpoint.origin} at ${checkpoint.size} rows`,
  };
}

/**
 * A document with the proof of its place in the log, for whoever takes it along. Without one, and a note that says why,
 * as long as no checkpoint covers its row.
 */
export async function withProof<Document extends SignedReceipt | SignedCertificate>(
  { config, ledger }: Installation,
  word: 'receipt' | 'certificate',
  document: Document,
  terminal: Terminal,
): Promise<Document | ProvenDocument<Document>> {
  const ring = await ringFor(undefined, async () => config).catch(() => null);
  const proven = ring === null ? null : await proveDocument(ledger, word, document, ring);
  if (proven?.ok === true) return proven.value;
  const why =
    proven === null
      ? 'the keyring of the checkpoints cannot be read'
      : proven.refusal === 'row-not-covered'
        ? 'no checkpoint covers its row yet; the next one comes with `audit.checkpoint`'
        : (proven.detail ?? proven.refusal);
  terminal.note(`without a proof that it stands in the audit log: ${why}`);
  return document;
}

async function readText(file: string, terminal: Terminal): Promise<string> {
  if (file === '-') return terminal.readInput();
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Refusal(
      'file-unreadable',
      `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  });
}
