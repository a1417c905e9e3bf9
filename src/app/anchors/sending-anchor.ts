import { parseNote } from '../../core/audit/note.ts';
import type { NewestCheckpoint } from '../../core/audit/sign-checkpoint.ts';
import type { CustodyLedger } from '../../core/custody/ports.ts';
import type { Clock, Instant, Millis } from '../../core/kit/clock.ts';
import { type Anchor, type AnchorState, anchorFailed } from './anchor.ts';

/** What a sending anchor needs to remember what it has sent. */
export interface SendingMemory {
  readonly ledger: Pick<CustodyLedger, 'readMark' | 'writeMark'>;
  readonly clock: Clock;
}

interface Mark {
  /** The newest checkpoint that was sent; 0 rows before the first. */
  readonly size: number;
  readonly at: Instant;
  /** The key that had signed it. */
  readonly key: string;
  /** Why the last attempt failed; null when it did not. */
  readonly failed: string | null;
}

/**
 * An anchor that checkpoints are sent to, and that cannot be asked what it has: the ledger remembers what was sent.
 * One is sent every `every` at most, and at once when another key has signed it. A checkpoint that was sent is sent
 * again only when nobody could remember that it was.
 */
export function createSendingAnchor(
  place: string,
  every: Millis,
  memory: SendingMemory,
  send: (note: string) => Promise<void>,
): Anchor {
  const { ledger, clock } = memory;
  const name = `anchor ${place}`;
  const read = async (): Promise<Mark> => {
    const text = await ledger.readMark(name);
    return text === null ? { size: 0, at: 0, key: '', failed: null } : (JSON.parse(text) as Mark);
  };
  const keep = (mark: Mark) => ledger.writeMark(name, JSON.stringify(mark));

  const stateOf = (mark: Mark, newest: NewestCheckpoint): AnchorState => {
    if (mark.size === newest.size) return { place, state: 'up-to-date' };
    const since = Math.abs(clock.now() - mark.at);
    if (mark.size > 0 && since < every && mark.key === signerOf(newest.note))
      return { place, state: 'not-due' };
    const sent = mark.size === 0 ? 'nothing was sent to it yet' : `it was sent ${mark.size} rows last`;
    return { place, state: 'behind', why: `${sent}, the newest checkpoint has ${newest.size}` };
  };

  return {
    place,
    async look(newest) {
      try {
        const mark = await read();
        const found = stateOf(mark, newest);
        return found.state === 'behind' && mark.failed !== null ? anchorFailed(place, mark.failed) : found;
      } catch (error) {
        return anchorFailed(place, error);
      }
    },
    async write(newest) {
      try {
        const mark = await read();
        const found = stateOf(mark, newest);
        if (found.state !== 'behind') return found;
        try {
          await send(newest.note);
        } catch (error) {
          const failed = anchorFailed(place, error);
          if ('why' in failed && failed.why !== mark.failed) await keep({ ...mark, failed: failed.why });
          return failed;
        }
        await keep({ size: newest.size, at: clock.now(), key: signerOf(newest.note), failed: null });
        return { place, state: 'written' };
      } catch (error) {
        return anchorFailed(place, error);
      }
    },
  };
}

/** The id of the key that has signed a note of our own. */
function signerOf(note: string): string {
  const keyId = parseNote(note)?.signatures[0]?.keyId;
  if (keyId === undefined) throw new Error('the newest checkpoint in the ledger is no note');
  return keyId;
}
