import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { DocumentFault, DocumentKind } from '../../core/custody/signed-document.ts';
import type { JsonObject } from '../../core/kit/canonical-json.ts';
import type { Config } from '../config/config.ts';
import { readConfig } from './installation.ts';
import { Refusal } from './refusal.ts';
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
}

const NEXT = {
  'document-malformed': null,
  'document-other-key': 'give the public key of the site that signed it with --key',
  'document-altered': null,
} as const satisfies Record<DocumentFault, string | null>;

/** Reads and checks a document, offline. Throws a `Refusal` such as `receipt-altered` when it proves nothing. */
export async function verifySignedFile<Body extends JsonObject & { readonly kind: DocumentKind }>(
  files: SignedFiles<Body>,
  file: string,
  options: { readonly key?: string },
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
  const verified = verifyDocument<Body>(await readText(file, terminal), files.kind, key);
  if (verified.ok) return { keyId: keyIdOf(key), body: verified.value };
  const code = verified.refusal.replace('document', files.word);
  const said = verified.detail ?? `this ${files.word} proves nothing`;
  const next = NEXT[verified.refusal];
  throw new Refusal(code, next === null ? said : `${said}; ${next}`);
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
