import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Json, JsonObject } from '../../core/kit/canonical-json.ts';
import { parseId } from '../../core/kit/ids.ts';
import { ringFor } from './audit-keyring.ts';
import { examples } from './examples.ts';
import { type Installation, readConfig, withInstallation } from './installation.ts';
import { orRefuse, Refusal } from './refusal.ts';
import { facts } from './table.ts';
import type { Terminal } from './terminal.ts';

interface ProveOptions {
  readonly receipt?: string;
  readonly certificate?: string;
}

/** `havengate audit prove` and `check-proof`: that one row stands in the log that was signed. */
export function addProofVerbs(noun: Command, terminal: Terminal): void {
  addProve(noun, terminal);
  addCheckProof(noun, terminal);
}

function addProve(noun: Command, terminal: Terminal): void {
  noun
    .command('prove')
    .description('print a proof, as JSON, that a row stands in the log that the newest checkpoint signs')
    .argument('[seq]', 'the row, counted from 0')
    .option('--receipt <file>', 'the row in which this receipt was issued; - reads stdin')
    .option('--certificate <file>', 'the row in which this certificate was issued; - reads stdin')
    .addHelpText('after', () =>
      examples('havengate audit prove 1234', 'havengate audit prove --receipt receipt.json >proof.json'),
    )
    .action(async (seq: string | undefined, options: ProveOptions, command: Command) => {
      const { proveRow } = await import('../../core/audit/proof.ts');
      const proof = await withInstallation(command, terminal, async (installation) => {
        const { config, ledger } = installation;
        const row = await rowFor(seq, options, installation, terminal);
        return orRefuse(await proveRow(ledger, row, await ringFor(undefined, async () => config)));
      });
      await terminal.answer(proof, JSON.stringify(proof, null, 2));
    });
}

function addCheckProof(noun: Command, terminal: Terminal): void {
  noun
    .command('check-proof')
    .description('check such a proof offline; exit code 1 when it proves nothing')
    .argument('<file>', 'the proof; - reads stdin')
    .option('--key <file>', 'keyring of the checkpoints (default: the one of this installation)')
    .addHelpText('after', () => examples('havengate audit check-proof proof.json --key checkpoint-keys'))
    .action(async (file: string, { key }: { key?: string }, command: Command) => {
      const { checkProof } = await import('../../core/audit/proof.ts');
      const ring = await ringFor(key, () => readConfig(command, terminal));
      const { entry, checkpoint } = orRefuse(checkProof(await readText(file, terminal), ring));
      const told = facts([
        ...(['seq', 'at', 'type', 'subjects'] as const).map((name) => [name, shown(entry[name])] as const),
        ['log', checkpoint.origin],
        ['signed at size', checkpoint.size],
        ['root', checkpoint.root],
      ]);
      await terminal.answer({ valid: true, entry, checkpoint }, `the proof is good\n\n${told}`);
    });
}

async function rowFor(
  seq: string | undefined,
  { receipt, certificate }: ProveOptions,
  { ledger }: Installation,
  terminal: Terminal,
): Promise<number> {
  const given = [seq, receipt, certificate].filter((one) => one !== undefined);
  if (given.length !== 1)
    throw new Refusal('one-row', 'give one of: the number of a row, --receipt FILE, --certificate FILE');
  if (seq !== undefined) {
    if (/^\d{1,15}$/.test(seq)) return Number(seq);
    throw new Refusal('row-unknown', `"${seq}" is not the number of a row`);
  }
  const kind = receipt === undefined ? 'certificate' : 'receipt';
  const document = receipt ?? certificate ?? '';
  const { file, id } = idsIn(await readText(document, terminal), kind);
  if (file === null || id === '') throw new Refusal(`${kind}-malformed`, `${document} is no ${kind}`);
  const { rowOfDocument } = await import('../../core/custody/document-proof.ts');
  const row = await rowOfDocument(ledger, kind, { file, id });
  if (row !== null) return row;
  throw new Refusal('row-unknown', `no row of this log names the ${kind}: it was not issued here`);
}

/** The ids of a signed document and of the file that it is about. Its signature is not looked at: the row says more. */
function idsIn(text: string, kind: 'receipt' | 'certificate') {
  const body = memberOf(parseJson(text), 'body');
  const file = memberOf(memberOf(body, 'file'), 'id');
  const id = memberOf(body, `${kind}Id`);
  return {
    file: typeof file === 'string' ? parseId('file', file) : null,
    id: typeof id === 'string' ? id : '',
  };
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

function memberOf(value: Json, name: string): Json {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? ((value as JsonObject)[name] ?? null) : null;
}

/** A member of an entry, for people. */
function shown(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

async function readText(file: string, terminal: Terminal): Promise<string> {
  if (file === '-') return terminal.readInput();
  return readFile(file, 'utf8').catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Refusal('file-unreadable', `${file} cannot be read: ${why}`);
  });
}
