import type { Intake } from './custody.ts';
import type { ArrivalPath, CustodyFile } from './file.ts';
import { homeOf } from './shares/ports.ts';
import type { PublishedName, PublishedZone } from './zone-ports.ts';

/** Where a file is, or is to be, published: the zone and the name in it. */
export interface PublishedPlace {
  readonly zone: PublishedZone;
  readonly name: PublishedName;
}

/** The place of a path of Arrivals, or for a file that leaves, of what is released to its owner. */
export async function publishedPlace(
  { ledger, zones }: Pick<Intake, 'ledger' | 'zones'>,
  file: Pick<CustodyFile, 'id' | 'owner' | 'leavesBy'>,
  path: ArrivalPath,
): Promise<PublishedPlace> {
  const { owner, leavesBy } = file;
  const account = await ledger.accountById(owner);
  if (account === null) throw new Error(`file ${file.id} has no owner`);
  if (leavesBy === null) return { zone: zones.arrivals, name: { home: homeOf(account.name, null), path } };
  const share = await ledger.shareById(leavesBy);
  if (share === null) throw new Error(`file ${file.id} leaves by no share`);
  return { zone: zones.outbound, name: { home: homeOf(account.name, share.name), path } };
}
