import { type FileId, parseId } from '../kit/ids.ts';
import type { Intake } from './custody.ts';
import { type Finding, warning } from './custody-finding.ts';
import type { CustodyFile } from './file.ts';
import type { DoomedName } from './zone-ports.ts';

/** Everything that stands in a doomed folder now. */
export async function listDoomed({ zones }: Intake): Promise<readonly DoomedName[]> {
  const names: DoomedName[] = [];
  for await (const name of zones.doomed.list()) names.push(name);
  return names;
}

/** True for a file whose name a job moves into a doomed folder and unlinks there. */
export function isOnItsWay({ state, zone }: CustodyFile): boolean {
  return (state === 'destroying' || state === 'removed') && zone !== 'gone';
}

/** True when a name in a doomed folder is that of a file on its way, of this generation or one before. */
export function isNameOf(name: string, file: CustodyFile): boolean {
  const parsed = parseName(name);
  return parsed !== null && parsed.id === file.id && !parsed.setAside && parsed.generation <= file.generation;
}

/**
 * Looks for names in the doomed folders that no file on its way accounts for. They are never deleted: such a name may
 * be somebody's only copy. What a working daemon unlinks meanwhile is no finding.
 */
export async function checkDoomed(intake: Intake, names: readonly DoomedName[]): Promise<readonly Finding[]> {
  const found: { readonly path: string; readonly finding: Finding }[] = [];
  for (const entry of names) {
    const finding = await checkName(intake, entry);
    if (finding !== null) found.push({ path: entry.path, finding });
  }
  if (found.length === 0) return [];
  const still = new Set((await listDoomed(intake)).map(({ path }) => path));
  return found.filter(({ path }) => still.has(path)).map(({ finding }) => finding);
}

const NEXT = 'look at it, and move it away or delete it when you know what it is';

async function checkName({ ledger }: Intake, { name, path }: DoomedName): Promise<Finding | null> {
  const parsed = parseName(name);
  const file = parsed === null ? null : await ledger.fileById(parsed.id);
  if (parsed === null || file === null)
    return warning(null, `${path} is no file that the ledger knows; it was left alone: ${NEXT}`);
  if (parsed.setAside) {
    const what = 'stood in place of this file when it was to be destroyed, and could not be put back';
    return warning(file.id, `${path} ${what}; it was kept: ${NEXT}`);
  }
  if (isOnItsWay(file) && isNameOf(name, file)) return null;
  const state = file.zone === 'gone' ? `${file.state}, and its bytes gone` : file.state;
  return warning(file.id, `${path} is left of this file, which is ${state}; it was left alone: ${NEXT}`);
}

interface ParsedName {
  readonly id: FileId;
  readonly generation: number;
  /** It was found to be something else, and kept. */
  readonly setAside: boolean;
}

function parseName(name: string): ParsedName | null {
  const [, before = '', generation, aside] = /^(.+)-g(\d+)(-replaced(?:-\d+)?)?$/.exec(name) ?? [];
  const id = parseId('file', before);
  return id === null ? null : { id, generation: Number(generation), setAside: aside !== undefined };
}
