import { parseAccountName } from '../../accounts/account.ts';
import { parseId } from '../../kit/ids.ts';
import type { Intake } from '../custody.ts';
import { type Finding, fault, warning } from '../custody-finding.ts';
import { isTelling } from '../drives/compare.ts';
import type { CustodyFile, Drop, InodeMark } from '../file.ts';
import { joinPath, nameKey } from '../names.ts';
import type { PublishedEntry } from '../zone-ports.ts';
import type { Pace } from './pace.ts';

/** States of files that lose their published name, while a job has yet to take it away. */
const LOSING_STATES = ['removed', 'revoked', 'destroying', 'held'] as const;

/**
 * Looks for names in Arrivals, outbound and quarantine that no row accounts for (invariants 2 and 9). They are never
 * deleted. What a working daemon moves meanwhile is no finding.
 */
export async function checkNames(intake: Intake, pace: Pace): Promise<readonly Finding[]> {
  return [
    ...(await checkPublished(intake, 'arrivals', pace)),
    ...(await checkPublished(intake, 'outbound', pace)),
    ...(await checkQuarantine(intake)),
  ];
}

async function checkPublished(
  intake: Intake,
  zone: 'arrivals' | 'outbound',
  pace: Pace,
): Promise<readonly Finding[]> {
  const unknown: PublishedEntry[] = [];
  for await (const entry of intake.zones[zone].list()) {
    await pace();
    if (!(await isOwned(intake, zone, entry))) unknown.push(entry);
  }
  if (unknown.length === 0) return [];
  const losing = await losingNames(intake, zone);
  const findings: Finding[] = [];
  for (const entry of unknown) {
    const drop = await dropOf(intake, zone, entry);
    if (drop !== null && losing.names.has(keyOf(drop, entry.path))) continue;
    const mark = await markOf(intake, zone, entry);
    if ((await isOwned(intake, zone, entry)) || mark === null) continue;
    // Somebody has given it another name since.
    if (losing.marks.has(mark)) continue;
    findings.push(toldOf(zone, entry));
  }
  return findings;
}

function toldOf(zone: 'arrivals' | 'outbound', { home, path, ours }: PublishedEntry): Finding {
  const where = [zone, ...home, joinPath(path.folder, path.name)].join('/');
  // Drives put files there, which the next rescan takes in.
  if (zone === 'arrivals' && !ours)
    return warning(null, `${where} was put there by somebody else, and is in no row yet; it was left alone`);
  return fault(2, null, `${where} is in no row, so that nobody knows what was checked; it was left alone`);
}

async function isOwned(
  intake: Intake,
  zone: 'arrivals' | 'outbound',
  entry: PublishedEntry,
): Promise<boolean> {
  const drop = await dropOf(intake, zone, entry);
  return drop !== null && (await intake.ledger.arrivalAt(drop, entry.path)) !== null;
}

async function dropOf(
  { ledger }: Intake,
  zone: 'arrivals' | 'outbound',
  { home }: PublishedEntry,
): Promise<Drop | null> {
  const [share, person] = zone === 'arrivals' ? [null, home[0]] : home;
  const name = parseAccountName(person ?? '');
  const account = name.ok ? await ledger.accountByName(name.value) : null;
  if (account === null) return null;
  if (share === null || share === undefined) return { owner: account.id, leavesBy: null };
  const found = await ledger.shareByName(share);
  return found === null ? null : { owner: account.id, leavesBy: found.id };
}

/** The inode of a name; null when it is gone, empty outside of anybody's home. */
async function markOf(
  { zones }: Intake,
  zone: 'arrivals' | 'outbound',
  { home: [first, second], path }: PublishedEntry,
): Promise<InodeMark | null> {
  if (first === undefined) return '';
  if (zone === 'arrivals') return zones.arrivals.markOf({ home: [first], path });
  return second === undefined ? '' : zones.outbound.markOf({ home: [first, second], path });
}

/** Files that lose their published names. */
interface Losing {
  readonly names: ReadonlySet<string>;
  readonly marks: ReadonlySet<InodeMark>;
}

/** The published names of files that lose them, and their inodes, from the ledger as it is now. */
async function losingNames({ ledger }: Intake, zone: CustodyFile['zone']): Promise<Losing> {
  const files = await ledger.listFiles({ states: LOSING_STATES, limit: Number.MAX_SAFE_INTEGER });
  const losing = files.filter((file) => file.zone === zone || file.zone === 'airlock');
  return {
    names: new Set(losing.flatMap((file) => (file.arrival === null ? [] : [keyOf(file, file.arrival)]))),
    marks: new Set(losing.flatMap(({ inode }) => (inode === null || !isTelling(inode) ? [] : [inode]))),
  };
}

function keyOf({ owner, leavesBy }: Drop, { folder, name }: PublishedEntry['path']): string {
  return [owner, leavesBy ?? '', nameKey(folder), nameKey(name)].join('\n');
}

async function checkQuarantine({ ledger, zones }: Intake): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for await (const { name } of zones.quarantine.list()) {
    const id = parseId('file', name);
    const file = id === null ? null : await ledger.fileById(id);
    if (file !== null && file.zone !== 'gone') continue;
    if (id !== null && (await zones.quarantine.sizeOf(id)) === null) continue;
    const why = file === null ? 'no row accounts for it' : `the ledger has its bytes ${file.zone}`;
    findings.push(warning(file?.id ?? null, `quarantine holds ${name}, and ${why}; it was left alone`));
  }
  return findings;
}
