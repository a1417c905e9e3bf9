import { parseAccountName } from '../../accounts/account.ts';
import { parseId } from '../../kit/ids.ts';
import type { Intake } from '../custody.ts';
import { type Finding, fault, warning } from '../custody-finding.ts';
import type { CustodyFile, Drop } from '../file.ts';
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
    if (drop !== null && losing.has(keyOf(drop, entry.path))) continue;
    if ((await isOwned(intake, zone, entry)) || !(await isStillThere(intake, zone, entry))) continue;
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

async function isStillThere(
  { zones }: Intake,
  zone: 'arrivals' | 'outbound',
  { home: [first, second], path }: PublishedEntry,
): Promise<boolean> {
  if (first === undefined) return true;
  if (zone === 'arrivals') return (await zones.arrivals.markOf({ home: [first], path })) !== null;
  return second === undefined || (await zones.outbound.markOf({ home: [first, second], path })) !== null;
}

/** The published names of files that lose them, from the ledger as it is now. */
async function losingNames({ ledger }: Intake, zone: CustodyFile['zone']): Promise<ReadonlySet<string>> {
  const losing = await ledger.listFiles({ states: LOSING_STATES, limit: Number.MAX_SAFE_INTEGER });
  return new Set(
    losing.flatMap((file) =>
      file.zone === 'gone' || file.arrival === null || (file.zone !== zone && file.zone !== 'airlock')
        ? []
        : [keyOf(file, file.arrival)],
    ),
  );
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
