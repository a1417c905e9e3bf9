import { isoTime } from '../../kit/clock.ts';
import type { Intake } from '../custody.ts';
import { type Finding, fault } from '../custody-finding.ts';

/** More of them say nothing new. */
const MOST_TOLD = 1000;

/** Invariant 9: files that scrubbing found altered where they are stored, until a person has decided. */
export async function checkDamage({ ledger }: Intake): Promise<readonly Finding[]> {
  const damaged = await ledger.damagedFiles(MOST_TOLD);
  return damaged.map(({ id, zone, damagedAt }) => {
    const next =
      zone === 'share'
        ? `put them back from a backup, or remove it, then \`havengate scrub run ${id}\``
        : `put them back from a backup, then \`havengate scrub run ${id}\`; or \`havengate file destroy ${id}\``;
    const found = `its bytes in ${zone} are not those of its digest (found ${isoTime(damagedAt ?? 0)})`;
    return fault(9, id, `${found}; nobody gets them, and they were kept: ${next}`);
  });
}
