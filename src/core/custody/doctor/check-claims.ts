import type { Intake } from '../custody.ts';
import { type Finding, warning } from '../custody-finding.ts';

/** Promises of room, and leases, of files that nobody can write to any more: they keep room from others. */
export async function checkClaims({ ledger, clock }: Intake): Promise<readonly Finding[]> {
  const dangling = await ledger.danglingClaims(clock.now());
  return dangling.map((file) =>
    warning(file, 'room is promised to it, or a writer has it, though it was received'),
  );
}
