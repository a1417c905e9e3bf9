import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CustodyLedger } from '../../core/custody/ports.ts';

const MARK = 'installation';

/** In each zone: the name of the installation that its bytes belong to. */
const FILE = '.havengate-installation';

/** Before the id while the first start is marking the zones. */
const BINDING = 'binding ';

const ZONES = ['airlock', 'arrivals', 'quarantine'];

/**
 * Refuses zones that do not belong to the ledger: another `data` folder by mistake, or a file system that is not
 * mounted. The daemon would otherwise take files into the wrong place, and find that all others are missing.
 *
 * The first start binds the zones to the ledger. Throws with the zone and what to do. Idempotent.
 */
export async function checkBelonging(
  data: string,
  ledger: Pick<CustodyLedger, 'readMark' | 'writeMark'>,
): Promise<void> {
  const mark = (await ledger.readMark(MARK)) ?? `${BINDING}${randomUUID()}`;
  const binding = mark.startsWith(BINDING);
  const id = binding ? mark.slice(BINDING.length) : mark;
  // Durable before the first zone is marked, so that a start that was cut short is gone on with.
  if (binding) await ledger.writeMark(MARK, mark);
  for (const zone of ZONES) {
    const file = join(data, zone, FILE);
    const found = await readIfThere(file);
    if (found === id) continue;
    if (!binding || found !== null) throw new Error(whatIsWrong(join(data, zone), found));
    await writeFile(file, `${id}\n`, { mode: 0o600, flush: true });
  }
  if (binding) await ledger.writeMark(MARK, id);
}

function whatIsWrong(zone: string, found: string | null): string {
  const why = found === null ? 'has never been used with this ledger' : 'belongs to another ledger';
  return `${zone} ${why}: is "data" the right folder, and is everything mounted? Nothing was changed.`;
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
