import { isoTime } from '../../core/kit/clock.ts';
import type { NamedEntry } from './views/view.ts';
import { modeOf } from './wire/attributes.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const TYPE_LETTERS = { file: '-', folder: 'd', other: 'l' } as const;

const HALF_A_YEAR = 183 * 24 * 60 * 60 * 1000;

/**
 * The line that `ls -l` prints for a name (draft-ietf-secsh-filexfer-02 section 7, "longname"): the account as owner,
 * the state as group, times in UTC.
 */
export function longName(entry: NamedEntry, owner: string, now: number): string {
  const { attributes } = entry;
  const mode = modeOf(attributes);
  const type = TYPE_LETTERS[attributes.kind];
  const rights = 'rwxrwxrwx'.replace(/./g, (letter, i: number) =>
    (mode & (0o400 >> i)) === 0 ? '-' : letter,
  );
  const size = String(attributes.size).padStart(12);
  return `${type}${rights}    1 ${owner.padEnd(8)} ${entry.state.padEnd(11)} ${size} ${dateColumn(attributes.mtime, now)} ${entry.name}`;
}

function dateColumn(mtime: number, now: number): string {
  const iso = isoTime(mtime);
  const day = `${MONTHS[Number(iso.slice(5, 7)) - 1]} ${String(Number(iso.slice(8, 10))).padStart(2)}`;
  const isRecent = mtime <= now && now - mtime < HALF_A_YEAR;
  return `${day} ${isRecent ? iso.slice(11, 16) : ` ${iso.slice(0, 4)}`}`;
}
