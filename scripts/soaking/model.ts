import type { Content } from './content.ts';

/** Where somebody put something: from outside, or inside to be sent out. */
export type Way = 'in' | 'out';

/** Something that people asked for after they had sent it, so that it need not be where it was put. */
type Wish = 'removed' | 'moved' | 'revoked' | 'destroyed';

/** One upload: what was sent, what its sender was told, and what people asked for since. */
export interface Sent {
  readonly way: Way;
  readonly content: Content;
  /** The client was told that all of it is safe. */
  acknowledged: boolean;
  /** Its client has been seen to close what it has not sent to the end, when it came back after a cut. */
  readonly mayEndEarly: boolean;
  /** Some malware is in it: it may only end in quarantine. */
  readonly infected: boolean;
  /** Asked for, whether or not the answer came through. */
  readonly wishes: Set<Wish>;
}

/** What is known of a path in the share: the digest of what has to be there, or null when nobody can say. */
type SharePaths = Map<string, string | null>;

/** What people did and were told. The daemon knows nothing of it. */
export interface Model {
  readonly sent: readonly Sent[];
  /** The working files that were written, or that came by a move. */
  readonly share: SharePaths;
  /** Names in the share that were sent out, so that nobody may touch them any more. */
  readonly frozen: Set<string>;
  /** Before the first byte is sent. */
  begin(way: Way, content: Content, more?: Partial<Pick<Sent, 'infected' | 'mayEndEarly'>>): Sent;
  /** Whatever was sent under a name. */
  named(way: Way, name: string): readonly Sent[];
}

/** A model of an empty haven. */
export function createModel(): Model {
  const sent: Sent[] = [];
  const byName = new Map<string, Sent[]>();
  return {
    sent,
    share: new Map(),
    frozen: new Set(),
    begin(way, content, { infected = false, mayEndEarly = false } = {}) {
      const one: Sent = { way, content, acknowledged: false, infected, mayEndEarly, wishes: new Set() };
      sent.push(one);
      const key = `${way}/${content.name}`;
      byName.set(key, [...(byName.get(key) ?? []), one]);
      return one;
    },
    named: (way, name) => byName.get(`${way}/${name}`) ?? [],
  };
}

/** The name without the number that a second file of it gets: `scan (2).csv` is `scan.csv`. */
export function plainName(name: string): string {
  return name.replace(/ \(\d+\)(?=\.[^.]*$|$)/, '');
}
