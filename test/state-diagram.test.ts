import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EVENT_TYPES } from '../src/core/audit/events.ts';
import { stateDiagram } from '../src/core/custody/state-diagram.ts';
import { FILE_STATES, MOVES } from '../src/core/custody/states.ts';

test('docs/states.md is the diagram of the table of legal moves (scripts/diagram writes it)', () => {
  const written = readFileSync(new URL('../docs/states.md', import.meta.url), 'utf8');
  expect(written).toBe(stateDiagram());
});

test('every legal move is between known states and writes a known event, and stands in the table once', () => {
  for (const move of MOVES) {
    expect(FILE_STATES).toContain(move.from);
    expect(FILE_STATES).toContain(move.to);
    expect(EVENT_TYPES).toContain(move.event);
  }
  expect(new Set(MOVES.map((move) => `${move.from} ${move.to} ${move.event}`)).size).toBe(MOVES.length);
});
