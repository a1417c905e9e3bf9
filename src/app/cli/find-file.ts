import type { CustodyFile } from '../../core/custody/file.ts';
import { parseId } from '../../core/kit/ids.ts';
import type { Installation } from './installation.ts';
import { Refusal } from './refusal.ts';

/** The file of an id as somebody typed it. Throws a `Refusal`. */
export async function findFile({ ledger }: Installation, text: string): Promise<CustodyFile> {
  const id = parseId('file', text);
  const file = id === null ? null : await ledger.fileById(id);
  if (file === null)
    throw new Refusal('file-unknown', `there is no file "${text}"; \`havengate file list\` shows them`);
  return file;
}
