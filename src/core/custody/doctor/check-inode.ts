import type { Intake } from '../custody.ts';
import { type Finding, fault, warning } from '../custody-finding.ts';
import type { CustodyFile } from '../file.ts';
import { publishedPlace } from '../published.ts';

/**
 * Invariant 11: a published file is the inode that was checked, and nobody but the daemon can write to it. What somebody
 * put there through a drive was never ours alone.
 */
export async function checkInode(intake: Intake, file: CustodyFile): Promise<readonly Finding[]> {
  if (file.arrival === null || file.door === 'drives') return [];
  const { zone, name } = await publishedPlace(intake, file, file.arrival);
  const found = await zone.look(name);
  if (found === null) return [];
  const findings: Finding[] = [];
  if (file.inode !== null && found.mark !== file.inode)
    findings.push(fault(3, file.id, 'another file stands under its name; both were left alone'));
  else if (!found.oursAlone)
    findings.push(fault(11, file.id, 'others may write to its bytes: its owner or its mode was changed'));
  const known = file.zone === 'airlock' ? 2 : 1;
  if (found.names > known)
    findings.push(warning(file.id, `its bytes have ${found.names} names, and we know of ${known}`));
  return findings;
}
