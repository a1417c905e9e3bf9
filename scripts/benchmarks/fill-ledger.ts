import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { type FolderPath, parseFolderPath } from '../../src/core/custody/names.ts';
import { DAY } from '../../src/core/kit/clock.ts';
import { type AccountId, newId } from '../../src/core/kit/ids.ts';

/** What the ledger was filled with. */
export interface Filled {
  readonly owner: AccountId;
  /** A folder of `listed` files; all others are in `rest`, which belongs to the same person. */
  readonly listed: FolderPath;
  readonly rest: FolderPath;
}

const ARRIVED = `insert into files (id, owner, generation, door, state, folder, folder_key, name, name_key,
  arrival_folder, arrival_folder_key, arrival_name, arrival_name_key, zone, size, gap, created_at, last_byte_at,
  received_at, settles_at, inspected_at, sha256, content_type, arrived_at, expires_at, expires_rule)
  values (:id, :owner, 1, 'sftp', 'arrived', :folder, :folder, :name, :name, :folder, :folder, :name, :name,
  'arrivals', 4096, 0, :at, :at, :at, :at, :at, :sha256, 'text/csv', :at, :expires, 'arrivals-1')`;

/** Writes `files` arrived files into an empty ledger, `listed` of them into a folder of their own. */
export function fillLedger(file: string, files: number, listed: number): Filled {
  const database = new DatabaseSync(file);
  const now = Date.now();
  const owner = newId('acct', now);
  const [small, large] = [folder('listed'), folder('rest')];
  try {
    database.exec('pragma synchronous = off; begin immediate');
    database
      .prepare(`insert into accounts (id, name, full_name, email, role, status, created_at)
        values (?, 'mary', 'Mary', 'mary@example.org', 'researcher', 'enabled', ?)`)
      .run(owner, now);
    const folders =
      database.prepare(`insert into folders (owner, path, path_key, parent_key, name_key, created_at)
      values (?, ?, ?, '', ?, ?)`);
    for (const path of [small, large]) folders.run(owner, path, path, path, now);
    const insert = database.prepare(ARRIVED);
    const sha256 = randomBytes(32).toString('hex');
    for (let n = 0; n < files; n++) {
      const at = now - DAY + n;
      const name = `${String(n).padStart(7, '0')}.csv`;
      const path = n % (files / listed) === 0 ? small : large;
      insert.run({ id: newId('file', at), owner, folder: path, name, at, sha256, expires: at + 30 * DAY });
    }
    database.exec('commit');
  } finally {
    database.close();
  }
  return { owner, listed: small, rest: large };
}

function folder(name: string): FolderPath {
  const path = parseFolderPath(name);
  if (!path.ok) throw new Error(path.refusal);
  return path.value;
}
