import { SIGNATURE_MARK } from './note.ts';

/** A piece of a file of notes. */
export interface NotePiece {
  /** Where it begins, counted from 1. */
  readonly line: number;
  readonly envelope: string;
}

/**
 * Splits a file in which notes stand one after the other. A note that was cut off, by a crash or a full disk, becomes a
 * piece that is no note; the next one is whole again.
 */
export function splitNotes(text: string): readonly NotePiece[] {
  const pieces: NotePiece[] = [];
  let lines: string[] = [];
  let begin = 1;
  const end = () => {
    if (lines.some((line) => line !== '')) pieces.push({ line: begin, envelope: `${lines.join('\n')}\n` });
    lines = [];
  };
  const all = text.replace(/\n$/, '').split('\n');
  for (const [i, line] of all.entries()) {
    const last = lines.at(-1);
    const isSigned = last?.startsWith(SIGNATURE_MARK) === true;
    const mayFollow = line.startsWith(SIGNATURE_MARK) || (!isSigned && last !== '');
    if (!mayFollow) end();
    if (lines.length === 0 && line === '') continue;
    if (lines.length === 0) begin = i + 1;
    lines.push(line);
  }
  end();
  return pieces;
}
