import { join } from 'node:path';
import type { Haven } from './haven.ts';
import type { KnownBytes } from './known-bytes.ts';
import { type ListedRow, listRows } from './listed-row.ts';
import type { Model, Sent } from './model.ts';

/** States in which nothing is under way: what a haven that is left alone comes to. */
const FINAL_STATES = [
  'receiving',
  'arrived',
  'shared',
  'released',
  'abandoned',
  'held',
  'quarantined',
  'removed',
  'revoked',
  'destroyed',
];

/** Clocks are moved a little in a soak. */
const CLOCK_TOLERANCE_MS = 180_000;

/** True when no file is on its way any more. */
export function isSettled(rows: readonly ListedRow[]): boolean {
  return rows.every(({ state }) => FINAL_STATES.includes(state));
}

/**
 * What is wrong with what was acknowledged: each upload is there with its digest, wherever its state says, unless
 * somebody asked for its end. `settled`: nothing is under way, so that each has to be where it was meant to go.
 */
export async function checkModel(
  haven: Haven,
  model: Model,
  bytes: KnownBytes,
  settled: boolean,
): Promise<readonly string[]> {
  const rows = await listRows(haven.site);
  const byName = Map.groupBy(rows, ({ name, leavesBy }) => `${leavesBy === null ? 'in' : 'out'}/${name}`);
  const faults: string[] = [];
  for (const sent of model.sent) {
    const named = byName.get(`${sent.way}/${sent.content.name}`) ?? [];
    faults.push(...(await checkSent(haven, sent, named, bytes, settled)));
  }
  for (const [name, sha256] of model.share) {
    if (sha256 === null) continue;
    const found = await bytes.digestOf(join(haven.site.dir, 'data/shares/cohort', name));
    if (found !== sha256)
      faults.push(`shares/cohort/${name} has ${found ?? 'gone'}, and was left with ${sha256}`);
  }
  return faults;
}

async function checkSent(
  haven: Haven,
  sent: Sent,
  rows: readonly ListedRow[],
  bytes: KnownBytes,
  settled: boolean,
): Promise<readonly string[]> {
  const { content, infected, acknowledged, way } = sent;
  if (infected) {
    const seen = rows.filter(({ state }) => ['admitting', 'arrived', 'moving', 'shared'].includes(state));
    if (seen.length > 0) return [`${content.name} holds malware, and is ${seen[0]?.state}`];
  }
  if (!acknowledged) return [];
  const told = [];
  for (const row of rows) {
    const why = await whyLost(haven, sent, row, bytes, settled);
    if (why === null) return [];
    told.push(`${row.id} ${row.state}${row.reason === null ? '' : ` (${row.reason})`}: ${why}`);
  }
  const what = `${way}/${content.name} (${content.size} bytes, ${content.sha256.slice(0, 12)}) was acknowledged`;
  return [`${what}; ${told.length === 0 ? 'the ledger has no such file' : told.join('; ')}`];
}

/** Why a row does not stand for an upload that was acknowledged; null when it does. */
async function whyLost(
  haven: Haven,
  { content, wishes, infected }: Sent,
  row: ListedRow,
  bytes: KnownBytes,
  settled: boolean,
): Promise<string | null> {
  if (row.sha256 !== null && row.sha256 !== content.sha256) return 'other bytes';
  if (row.state !== 'sealing' && row.size !== content.size) return `${row.size} bytes`;
  switch (row.state) {
    case 'sealing':
      return null;
    case 'removed':
      return wishes.has('removed') ? null : 'nobody removed it';
    case 'destroying':
    case 'destroyed':
      return wishes.size > 0 || isOver(row) ? null : 'its time is not over';
    case 'revoked':
      return wishes.has('revoked') ? null : 'nobody revoked it';
    case 'abandoned':
      return row.reason === 'same-bytes' ? null : 'it was given up';
    case 'receiving':
      return 'it is still being received';
    case 'shared':
      return wishes.has('moved') ? null : 'nobody moved it';
    case 'held':
      if (settled) return 'it is held, and nothing is wrong with it';
      break;
    case 'quarantined':
      if (!infected) return 'it is quarantined, and nothing is wrong with it';
      break;
  }
  for (const path of placesOf(haven, row)) {
    if ((await bytes.digestOf(path)) === content.sha256) return null;
  }
  // A daemon that runs may have moved it on since the ledger was read.
  return 'its bytes are nowhere';
}

function isOver({ expiresAt }: ListedRow): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= Date.now() + CLOCK_TOLERANCE_MS;
}

/** Wherever the bytes of a file may be, whatever step it is at. */
function placesOf({ site }: Haven, row: ListedRow): readonly string[] {
  const data = join(site.dir, 'data');
  const places = [join(data, 'airlock/files', row.id), join(data, 'quarantine', row.id)];
  if (row.arrival !== null) {
    const zone = row.leavesBy === null ? ['arrivals'] : ['outbound', row.leavesBy];
    places.push(join(data, ...zone, row.owner, row.arrival));
  }
  if (row.working !== null && row.state === 'moving') places.push(join(data, 'shares', row.working));
  return places;
}
