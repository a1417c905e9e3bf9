import { OPERATIONS } from '../../../src/doors/sftp/operations.ts';
import { PLACES } from './places.ts';

const BEGINS: Readonly<Record<string, string>> = {
  path: 'a path',
  handle: 'a handle',
  bytes: 'a handle',
  data: 'a handle',
};

const GRANTS = ['member', 'look', 'read', 'put', 'take'] as const;

/** The operations, as `docs/sftp.md` shows them. */
export function operationsTable(): string {
  return table(
    ['operation', 'begins with', 'writes', 'needs', 'announced'],
    OPERATIONS.map((one) => [
      `\`${one.name}\``,
      BEGINS[one.on] ?? '',
      one.writes ? 'yes' : '–',
      one.right === 'none' ? '–' : one.right,
      'announced' in one ? (one.announced === null ? 'no' : 'yes') : '',
    ]),
  );
}

/** What each place grants to whom, as `docs/sftp.md` shows it. */
export function placesTable(): string {
  return table(
    ['side', 'place', 'who', ...GRANTS],
    PLACES.map(({ side, path, who, grants }) => [
      side,
      `\`${path}\``,
      who,
      ...GRANTS.map((right) => (grants.some((one) => one === right) ? 'yes' : '–')),
    ]),
  );
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), `|${'---|'.repeat(heads.length)}`, ...rows.map(line)].join('\n');
}
