/** Control characters, and those that turn the direction of text: a terminal would obey them. */
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text from somebody else, fit for a terminal. */
function printable(text: string): string {
  return text.replace(UNSAFE, '\u{fffd}');
}

/** A value of a table: `-` for null. */
export type Cell = string | number | null;

/** Rows under their headings, in columns. Numbers are aligned to the right. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const shown = rows.map((row) => row.map((cell) => (cell === null ? '-' : printable(String(cell)))));
  const widths = headings.map((heading, i) =>
    Math.max(width(heading), ...shown.map((row) => width(row[i] ?? ''))),
  );
  const numeric = headings.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === 'number'));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => {
        const padding = ' '.repeat(Math.max(0, (widths[i] ?? 0) - width(cell)));
        return numeric[i] ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  return [headings, ...shown].map(line).join('\n');
}

/** Names and values of one thing, a line each. */
export function facts(pairs: readonly (readonly [name: string, value: Cell])[]): string {
  const widest = Math.max(...pairs.map(([name]) => name.length));
  return pairs
    .map(([name, value]) => `${name.padEnd(widest)}  ${value === null ? '-' : printable(String(value))}`)
    .join('\n');
}

function width(text: string): number {
  return Array.from(text).length;
}
