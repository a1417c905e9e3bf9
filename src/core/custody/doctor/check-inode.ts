import { createHash } from 'node:crypto';
import { MIB } from '../../kit/bytes.ts';
import type { Intake } from '../custody.ts';
import { type Finding, fault, warning } from '../custody-finding.ts';
import type { CustodyFile } from '../file.ts';
import { publishedPlace } from '../published.ts';
import type { PublishedReader } from '../shares/ports.ts';
import type { PublishedName, PublishedZone } from '../zone-ports.ts';

/** How much is read at once. */
const PIECE = MIB;

/**
 * Invariant 11: a published file is the inode that was checked, and nobody but the daemon can write to it. What somebody
 * put there through a drive was never ours alone. Contents are read only where another inode has the name.
 */
export async function checkInode(intake: Intake, file: CustodyFile): Promise<readonly Finding[]> {
  if (file.arrival === null || file.door === 'drives') return [];
  const { zone, name } = await publishedPlace(intake, file, file.arrival);
  const found = await zone.look(name);
  if (found === null) return [];
  const findings: Finding[] = [];
  if (file.inode !== null && found.mark !== file.inode)
    findings.push(await whatStandsThere(zone, name, file));
  else if (!found.oursAlone)
    findings.push(fault(11, file.id, 'others may write to its bytes: its owner or its mode was changed'));
  const known = file.zone === 'airlock' ? 2 : 1;
  if (found.names > known)
    findings.push(warning(file.id, `its bytes have ${found.names} names, and we know of ${known}`));
  return findings;
}

/** Where bytes were copied back from a backup, or to another disk, every inode is another one: their digest decides. */
async function whatStandsThere(
  zone: Pick<PublishedZone, 'open'>,
  name: PublishedName,
  { id, size, sha256 }: CustodyFile,
): Promise<Finding> {
  const reader = await zone.open(name);
  const isSame = reader !== null && (await digestOf(reader, size)) === sha256;
  return isSame
    ? warning(
        id,
        'a copy of its bytes stands under its name, as after a restore; nobody but the digest vouches for it',
      )
    : fault(3, id, 'another file stands under its name; both were left alone');
}

/** The digest of what has that size; null for anything else. Closes the reader. */
async function digestOf(reader: PublishedReader, size: number): Promise<string | null> {
  try {
    if (reader.size !== size) return null;
    const hash = createHash('sha256');
    const piece = Buffer.alloc(PIECE);
    for (let position = 0; position < reader.size; ) {
      const read = await reader.read(piece, position);
      if (read === 0) break;
      hash.update(piece.subarray(0, read));
      position += read;
    }
    return hash.digest('hex');
  } finally {
    await reader.close();
  }
}
