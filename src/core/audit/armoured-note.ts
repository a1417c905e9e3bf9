import { type NotePiece, splitNotes } from './split-notes.ts';

const BEGIN = '-----BEGIN HAVENGATE CHECKPOINT-----';
const END = '-----END HAVENGATE CHECKPOINT-----';

/** What may stand between the marks: base64url in lines, also quoted once more in an answer to a mail. */
const ARMOURED = new RegExp(`${BEGIN}([A-Za-z0-9_\\s>-]*?)${END}`, 'g');

const LINE = 64;

/** A note as one line of ASCII, for carriers that know no more: the note in base64url between two marks. */
export function armourNote(note: string): string {
  return [BEGIN, Buffer.from(note).toString('base64url'), END].join(' ');
}

/** The same in short lines, as mail carries them unchanged. */
export function armourNoteInLines(note: string): string {
  const lines = Buffer.from(note)
    .toString('base64url')
    .match(new RegExp(`.{1,${LINE}}`, 'g'));
  return [BEGIN, ...(lines ?? []), END].join('\n');
}

/**
 * The notes in a text. With armoured ones, as in the file of a syslog server or a saved mail, those alone, and whatever
 * stands around them is passed over; else all of the text is notes, one after the other.
 */
export function findNotes(text: string): readonly NotePiece[] {
  const armoured = [...text.matchAll(ARMOURED)];
  if (armoured.length === 0) return splitNotes(text);
  let [line, from] = [1, 0];
  return armoured.map(({ 1: inner = '', index }) => {
    line += text.slice(from, index).split('\n').length - 1;
    from = index;
    return { line, envelope: Buffer.from(inner.replaceAll(/[\s>]/g, ''), 'base64url').toString('utf8') };
  });
}
