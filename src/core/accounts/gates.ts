import { type Clock, type Instant, isoTime, type Millis } from '../kit/clock.ts';
import { type Sha256, sha256 } from '../kit/digest.ts';

/** The site's agreement, as it is now. */
export interface Agreement {
  /** The digest of the text: another text is another version, and has to be accepted anew. */
  readonly version: Sha256;
  readonly text: string;
}

/** Which gates a site has switched on. */
export interface SiteGates {
  readonly training: boolean;
  /** Null where nothing has to be accepted. */
  readonly agreement: Agreement | null;
  readonly induction: boolean;
  /** How long before their training is over people are warned; longest first. */
  readonly warn: readonly Millis[];
}

/** What somebody has done for the gates. Kept whether the site asks for it or not. */
export interface Standing {
  /** When their training is over; null for nobody who was ever trained. */
  readonly trainingExpires: Instant | null;
  /** What they have accepted last. */
  readonly agreed: { readonly version: Sha256; readonly at: Instant } | null;
  /** When they were shown round; null for nobody who was. */
  readonly inductedOn: Instant | null;
}

/** The standing of an account about which nothing was recorded. */
export const NO_STANDING: Standing = { trainingExpires: null, agreed: null, inductedOn: null };

/** A gate that keeps somebody from transferring, and why: it was never passed, its time is over, or it has changed. */
export type ClosedGate =
  | { readonly gate: 'training'; readonly why: 'missing' }
  | { readonly gate: 'training'; readonly why: 'over'; readonly since: Instant }
  | { readonly gate: 'agreement'; readonly why: 'missing' | 'changed' }
  | { readonly gate: 'induction'; readonly why: 'missing' };

/** The gates of a site. */
export interface Gates {
  readonly site: SiteGates;
  /** The gates that are closed to somebody now, in the order in which people come to them; none for whoever may transfer. */
  closedTo(standing: Standing): readonly ClosedGate[];
}

/** No gate is switched on. */
export const ALL_OFF: SiteGates = { training: false, agreement: null, induction: false, warn: [] };

/** The gates that a site has switched on, by its clock. */
export function createGates(site: SiteGates, clock: Pick<Clock, 'now'>): Gates {
  return { site, closedTo: (standing) => closedGates(site, standing, clock.now()) };
}

/** An agreement from the text of its file. Line ends and white space at the end of the file make no new version. */
export function agreementOf(text: string): Agreement {
  const plain = text.replaceAll('\r\n', '\n').trimEnd();
  return { version: sha256(plain), text: plain };
}

function closedGates(site: SiteGates, standing: Standing, now: Instant): readonly ClosedGate[] {
  const closed: ClosedGate[] = [];
  const { trainingExpires: until, agreed, inductedOn } = standing;
  if (site.training && until === null) closed.push({ gate: 'training', why: 'missing' });
  else if (site.training && until !== null && until <= now) {
    closed.push({ gate: 'training', why: 'over', since: until });
  }
  if (site.agreement !== null && agreed?.version !== site.agreement.version) {
    closed.push({ gate: 'agreement', why: agreed === null ? 'missing' : 'changed' });
  }
  if (site.induction && (inductedOn === null || inductedOn > now)) {
    closed.push({ gate: 'induction', why: 'missing' });
  }
  return closed;
}

/** What is missing and what to do next, as a fragment of a sentence that a person reads. */
export function gateWords(closed: readonly ClosedGate[]): string {
  return closed.map(wordsOf).join('; ');
}

function wordsOf(closed: ClosedGate): string {
  switch (closed.gate) {
    case 'training':
      return closed.why === 'over'
        ? `your training is over since ${isoTime(closed.since)}: take it again, and send the proof to the data team`
        : 'no training of yours is recorded: take it, and send the proof to the data team';
    case 'agreement':
      return closed.why === 'changed'
        ? 'the agreement has changed since you accepted it: sign in to the portal, read it and accept it'
        : 'you have not accepted the agreement: sign in to the portal, read it and accept it';
    case 'induction':
      return 'no induction of yours is recorded: ask the data team for one';
  }
}
