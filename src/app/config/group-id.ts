import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The number of a group, given by name or number, from every source that the machine knows (files, LDAP, …).
 * Throws an error that names the key of the configuration and says what to do when there is no such group.
 */
export async function groupId(group: string, key: string): Promise<number> {
  if (/^\d{1,10}$/.test(group)) return Number(group);
  const { stdout } = await run('getent', ['group', '--', group]).catch((cause: unknown) => {
    throw new Error(`${key}: there is no group "${group}" on this machine; make it, or give its number`, {
      cause,
    });
  });
  const id = stdout.split(':')[2] ?? '';
  if (!/^\d+$/.test(id)) throw new Error(`${key}: the group "${group}" has no number`);
  return Number(id);
}
