import type { VerdictOutcome } from '../core/custody/verdict.ts';

/** What the malware check may say of bytes. */
export type MalwareOutcome = Exclude<VerdictOutcome, 'finding'>;

/** What clamd's answer to a stream means. Not answered is "not yet", for the reason given (invariant 8). */
export type ScanAnswer =
  | { readonly answered: true; readonly outcome: MalwareOutcome; readonly detail: string | null }
  | { readonly answered: false; readonly why: string };

const FOUND = /^stream: (\S+) FOUND$/;
const TOO_LARGE = /size limit exceeded\. ERROR$/;

/**
 * Reads clamd's answer to INSTREAM (clamd(8)). Only exactly `stream: OK` after every byte was sent is clean;
 * `FOUND` is malware, unless the name says that clamd could not look inside.
 */
export function readReply(reply: string, allSent: boolean): ScanAnswer {
  if (reply === 'stream: OK') {
    if (allSent) return { answered: true, outcome: 'pass', detail: null };
    return { answered: false, why: 'clamd said OK before it had all bytes' };
  }
  const signature = FOUND.exec(reply)?.[1];
  if (signature !== undefined) return { answered: true, outcome: outcomeOf(signature), detail: signature };
  if (TOO_LARGE.test(reply)) {
    return { answered: true, outcome: 'too-large', detail: "larger than clamd's StreamMaxLength" };
  }
  return { answered: false, why: `clamd answered ${JSON.stringify(reply.slice(0, 200))}` };
}

function outcomeOf(signature: string): MalwareOutcome {
  if (signature.startsWith('Heuristics.Limits.Exceeded')) return 'limits-exceeded';
  if (signature.startsWith('Heuristics.Encrypted')) return 'encrypted';
  return 'infected';
}
