import { createHash, randomFillSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { KIB } from '../../src/core/kit/bytes.ts';
import { DAY, type Millis } from '../../src/core/kit/clock.ts';
import { newId } from '../../src/core/kit/ids.ts';

const SIZE = 4 * KIB;
const IN_A_FOLDER = 1000;

const ARRIVED = `insert into files (id, owner, generation, door, state, folder, folder_key, name, name_key,
  arrival_folder, arrival_folder_key, arrival_name, arrival_name_key, zone, size, gap, created_at, last_byte_at,
  received_at, settles_at, inspected_at, sha256, content_type, arrived_at, expires_at, expires_rule)
  values (:id, :owner, 1, 'sftp', 'arrived', :folder, :folder, :name, :name, :folder, :folder, :name, :name,
  'arrivals', ${SIZE}, 0, :at, :at, :at, :at, :at, :sha256, null, :at, :expires, 'arrivals/v1')`;

/**
 * Puts files of 4 KiB into a person's Arrivals on disk, and into the ledger as arrived so long ago: after more than 30
 * days all are due. For an installation whose daemon is not running.
 */
export function fillArrivals(dir: string, person: string, files: number, ago: Millis): void {
  const database = new DatabaseSync(join(dir, 'ledger.sqlite3'));
  const start = Date.now() - ago;
  try {
    const { id: owner } = database.prepare('select id from accounts where name = ?').get(person) as {
      id: string;
    };
    const insert = database.prepare(ARRIVED);
    const bytes = Buffer.alloc(SIZE);
    database.exec('begin immediate');
    for (let n = 0; n < files; n++) {
      const folder = `part-${String(Math.floor(n / IN_A_FOLDER)).padStart(4, '0')}`;
      const name = `${String(n).padStart(7, '0')}.bin`;
      const path = join(dir, 'data/arrivals', person, folder);
      if (n % IN_A_FOLDER === 0) mkdirSync(path, { recursive: true });
      randomFillSync(bytes);
      writeFileSync(join(path, name), bytes, { mode: 0o440 });
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const at = start + n;
      insert.run({ id: newId('file', at), owner, folder, name, at, sha256, expires: at + 30 * DAY });
    }
    database.prepare(`update counters set value = value + ? where name = 'files-with-bytes'`).run(files);
    database.exec('commit');
  } finally {
    database.close();
  }
}
