import type { Instant } from '../../kit/clock.ts';
import type { CustodyPolicy } from '../custody.ts';
import type { FileChanges } from '../ports.ts';

/** When the bytes of a file that did not get in are destroyed: part of every move to these states. */
export function keptAside(
  policy: CustodyPolicy,
  state: 'abandoned' | 'held' | 'quarantined',
  at: Instant,
): Required<Pick<FileChanges, 'expiresAt' | 'expiresRule'>> {
  return { expiresAt: at + policy.retention.aside, expiresRule: `${state}/v1` };
}
