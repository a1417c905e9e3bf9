import type { Machine } from './machine.ts';
import { median, type Result } from './result.ts';

/** A benchmark that gave no result, and why. */
export interface Failure {
  readonly name: string;
  readonly why: string;
}

/** The results as aligned text: the machine, one line per row, then the notes. */
export function formatTable(
  machine: Machine,
  results: readonly Result[],
  failures: readonly Failure[],
): string {
  const header = ['name', 'ours', 'peer', 'unit', 'reached', 'aim', ''];
  const lines = align([header, ...results.map(cells)]);
  const works = results.map(
    ({ name, work, peer }) => `  ${name}: ${work}${peer === null ? '' : `; peer: ${peer}`}`,
  );
  const notes = results.flatMap(({ name, notes: own }) => own.map((note) => `  ${name}: ${note}`));
  return [
    ...Object.entries(machine).map(([what, value]) => `${what}: ${String(value)}`),
    '',
    ...lines,
    '',
    ...works,
    ...(notes.length > 0 ? ['', 'notes', ...notes] : []),
    ...failures.map(({ name, why }) => `NOT MEASURED ${name}: ${why}`),
  ].join('\n');
}

function cells({ name, ours, theirs, unit, reached, aim, meetsAim }: Result): string[] {
  const sign = aim.bound === 'at-least' ? '≥' : '≤';
  const suffix = aim.of === 'ratio' ? ' ×' : '';
  return [
    name,
    spread(ours),
    theirs.length === 0 ? '–' : spread(theirs),
    unit,
    `${short(reached)}${suffix}`,
    `${sign} ${aim.limit}${suffix}`,
    meetsAim ? 'met' : 'MISSED',
  ];
}

function spread(values: readonly number[]): string {
  const range = values.length > 1 ? ` (${short(Math.min(...values))}–${short(Math.max(...values))})` : '';
  return `${short(median(values))}${range}`;
}

function short(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toPrecision(3);
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
