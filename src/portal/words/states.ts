import type { File as OwnFile } from '../api/types.ts';

/** How a state is meant: what colour it has. */
export type Mood = 'waiting' | 'good' | 'bad' | 'over';

/** What a person reads of each state. */
const STATES: Readonly<Record<OwnFile['state'], readonly [words: string, mood: Mood]>> = {
  receiving: ['Being sent', 'waiting'],
  received: ['Received and safe', 'waiting'],
  inspecting: ['Being checked', 'waiting'],
  admitting: ['Being moved to Arrivals', 'waiting'],
  arrived: ['In Arrivals', 'good'],
  moving: ['Being moved to a share', 'waiting'],
  shared: ['In a share', 'good'],
  sealing: ['Being copied', 'waiting'],
  sealed: ['Copied', 'waiting'],
  releasing: ['Being released', 'waiting'],
  released: ['Ready to download', 'good'],
  abandoned: ['Never finished', 'over'],
  held: ['Held', 'bad'],
  quarantined: ['Quarantined', 'bad'],
  removed: ['Removed', 'over'],
  revoked: ['Taken back', 'over'],
  destroying: ['Being destroyed', 'over'],
  destroyed: ['Destroyed', 'over'],
};

/** A state in words, and how it is meant. */
export function stateInWords({ state, reason }: Pick<OwnFile, 'state' | 'reason'>): {
  readonly words: string;
  readonly mood: Mood;
} {
  if (state === 'abandoned' && reason === 'same-bytes') return { words: 'In Arrivals already', mood: 'good' };
  const [words, mood] = STATES[state];
  return { words, mood };
}
