import { MOVES } from './states.ts';

/** Who makes a move, as the diagram marks its arrow. */
const MARKS = { holder: 'holder', system: 'system', 'data-team': 'data team' } as const;

/**
 * The states of a file as a Mermaid diagram in Markdown, made from the table of legal moves. `docs/states.md` is
 * its output, and a test fails when the two differ.
 */
export function stateDiagram(): string {
  const arrows = MOVES.map((move) => `    ${move.from} --> ${move.to}: ${move.event} (${MARKS[move.by]})`);
  const rows = MOVES.map(
    (move) => `| ${move.from} | ${move.to} | ${MARKS[move.by]} | ${move.event} | ${move.notice ?? '–'} |`,
  );
  return [
    '# The states of a file',
    '',
    'Made from the table in `src/core/custody/states.ts` by `scripts/diagram`; do not edit.',
    '',
    '```mermaid',
    'stateDiagram-v2',
    '    [*] --> receiving: upload-started (holder)',
    ...arrows,
    '```',
    '',
    '| from | to | made by | audit event | notice |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
