import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findNotes } from '../../core/audit/armoured-note.ts';
import type { Checkpoint } from '../../core/audit/checkpoint.ts';
import { type Keyring, verifyCheckpoint } from '../../core/audit/keyring.ts';

/** What was found in files of checkpoints. */
export interface ReadCheckpoints {
  /** Those that a key of the ring has signed in its time. */
  readonly good: readonly Checkpoint[];
  /** Those that somebody has changed or forged, and where. */
  readonly faults: readonly string[];
  /** What was passed over, and where: checkpoints of other logs, and what was cut off. It proves nothing. */
  readonly ignored: readonly string[];
}

/** Verifies the checkpoints in files, and in the files of folders. Rejects when one cannot be read. */
export async function readCheckpoints(paths: readonly string[], ring: Keyring): Promise<ReadCheckpoints> {
  const [good, faults, ignored]: [Checkpoint[], string[], string[]] = [[], [], []];
  for (const file of (await Promise.all(paths.map(filesOf))).flat()) {
    const read = checkNotes(await readFile(file, 'utf8'), file, ring);
    good.push(...read.good);
    faults.push(...read.faults);
    ignored.push(...read.ignored);
  }
  return { good, faults, ignored };
}

/** Verifies the notes in a text: one after the other, or armoured as mail and syslog carry them; `where` names it. */
export function checkNotes(text: string, where: string, ring: Keyring): ReadCheckpoints {
  const [good, faults, ignored]: [Checkpoint[], string[], string[]] = [[], [], []];
  for (const { line, envelope } of findNotes(text)) {
    const verified = verifyCheckpoint(envelope, ring);
    if (verified.ok) {
      good.push(verified.value);
      continue;
    }
    const told = `${where}, line ${line}: ${verified.detail ?? verified.refusal}`;
    const provesNothing =
      verified.refusal === 'checkpoint-malformed' || verified.refusal === 'checkpoint-other-log';
    (provesNothing ? ignored : faults).push(told);
  }
  return { good, faults, ignored };
}

async function filesOf(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  return files.map(({ name }) => join(path, name)).sort();
}
