import type { Config } from './config.ts';
import { groupId } from './group-id.ts';
import { EVERY_OTHER } from './shares-schema.ts';

/** Mode and group of what is in a share, as the disk takes them. */
export interface ShareAttributes {
  readonly mode: number;
  /** Null leaves the group to the system. */
  readonly gid: number | null;
}

/**
 * Looks up the groups of all shares, and returns what holds for a share of a name. Throws an error that says what to
 * do when the machine does not know a group.
 */
export async function shareAttributes(shares: Config['shares']): Promise<(share: string) => ShareAttributes> {
  const byName = new Map<string, ShareAttributes>();
  for (const { name, group, mode } of shares) {
    const gid = group === null ? null : await groupId(group, `shares: ${name}`);
    byName.set(name, { mode, gid });
  }
  return (share) => {
    const attributes = byName.get(share) ?? byName.get(EVERY_OTHER);
    if (attributes === undefined) throw new Error('the configuration says nothing of other shares');
    return attributes;
  };
}
