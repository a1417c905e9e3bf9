import { randomBytes } from 'node:crypto';
import type { Actor, AuditRecord } from '../audit/events.ts';
import { DAY, HOUR, type Instant, MINUTE, type Millis } from '../kit/clock.ts';
import { type Sha256, sha256 } from '../kit/digest.ts';
import { type AccountId, type MailedProofId, newId, parseId } from '../kit/ids.ts';
import type { Side } from './account.ts';
import { hintSecurityMail } from './security-notice.ts';
import type { SignIns } from './sign-in.ts';

/** What somebody who shows that they read their mail gets by it. */
export type MailedPurpose = 'emergency-code' | 'password-reset' | 'activation';

/** The rules of one purpose, and the words of its mail. */
export interface MailedProofRules {
  /** A code is typed into the page that asked for it; a link opens a page of its own. */
  readonly form: 'code' | 'link';
  /** How long it may be used, from when it was mailed. */
  readonly life: Millis;
  /** How often a wrong code may be given before it is over. */
  readonly attempts: number;
  /** How many are mailed to one person within an hour. */
  readonly perHour: number;
  /** The page that a link opens. */
  readonly page: string;
  readonly subject: string;
  /** What stands before the code or link, and after it. */
  readonly before: string;
  readonly after: string;
}

/**
 * Every purpose that something is mailed for. **A new one takes a line here, in `MailedPurpose`, and a call of
 * `askMailedProof`**: the ledger, the job that mails, and the proof `mail` of `giveProof` are the same for all.
 *
 * Recovery codes by mail: NIST SP 800-63B-4 section 4.2.1.2 (six digits at least, 24 hours at most). Each is shorter
 * lived, stands only beside something else that the person has or knows, and is mailed to one address on record.
 */
export const MAILED_PROOFS: Readonly<Record<MailedPurpose, MailedProofRules>> = {
  'emergency-code': {
    form: 'code',
    life: 15 * MINUTE,
    attempts: 5,
    perHour: 3,
    page: '',
    subject: 'your authorisation code',
    before: 'You have asked for an emergency code, with your password. Your authorisation code is:',
    after: 'Type it into the page where you asked for it. Nobody will ever ask you for it in another way.',
  },
  'password-reset': {
    form: 'link',
    life: 30 * MINUTE,
    attempts: 1,
    perHour: 3,
    page: '/reset',
    subject: 'a new password',
    before: 'Somebody, perhaps you, has asked for a new password for you. To choose one, open:',
    after: 'If it was not you, do nothing: your password stays as it is.',
  },
  activation: {
    form: 'link',
    life: 3 * DAY,
    attempts: 1,
    perHour: 3,
    page: '/activate',
    subject: 'your account',
    before: 'An account was made for you. To activate it, open:',
    after:
      'There you choose a password, make a token for your phone or add a passkey, and see what else is asked of you ' +
      'before you may transfer files.',
  },
};

/**
 * A code or link that is mailed to somebody, who shows by it that they read that mailbox: once, and for a short time.
 * Its secret is made when the mail is written, so that no ledger and no door ever has it; the ledger has its digest.
 */
export interface MailedProof {
  readonly id: MailedProofId;
  readonly account: AccountId;
  readonly purpose: MailedPurpose;
  /** The side that it was asked for at; the other side's doors refuse it. */
  readonly side: Side;
  readonly createdAt: Instant;
  /** Before it was mailed: until when that makes sense. */
  readonly expiresAt: Instant;
  /** The digest of what has to be shown beside a code; null for links. */
  readonly binding: Sha256 | null;
  /** When it was mailed; null while it waits. */
  readonly mailedAt: Instant | null;
  /** Wrong codes so far. */
  readonly attempts: number;
  readonly usedAt: Instant | null;
  /** When it was ended before it was used: by a newer one, or by a change of the sign-in. */
  readonly endedAt: Instant | null;
}

/** What asking works with. */
export type MailedProofDesk = Pick<SignIns, 'ledger' | 'clock' | 'hints'>;

/** What is not mailed within a day is not mailed at all. */
const WAITS: Millis = DAY;

/**
 * Has a code or link mailed to somebody; those of the same purpose that they have are over. The mail is queued in the
 * transaction of the audit row and sent at once. Null, and nothing is written, when too many were mailed within an
 * hour. The caller has looked whether the person may act.
 */
export async function askMailedProof(
  deps: MailedProofDesk,
  actor: Actor,
  about: Pick<MailedProof, 'account' | 'purpose' | 'side' | 'binding'>,
  source: string,
): Promise<MailedProofId | null> {
  const at = deps.clock.now();
  const id = newId('mlpr', at);
  const { account, purpose } = about;
  const proof = {
    ...about,
    id,
    createdAt: at,
    expiresAt: at + WAITS,
    mailedAt: null,
    attempts: 0,
    usedAt: null,
    endedAt: null,
  };
  const audit: AuditRecord = {
    at,
    actor,
    event: {
      type: 'mailed-proof-asked',
      subjects: { account },
      data: { purpose, proof: id },
      personal: { source },
    },
  };
  const limit = { since: at - HOUR, most: MAILED_PROOFS[purpose].perHour };
  if (!(await deps.ledger.addMailedProof(proof, limit, audit))) return null;
  hintSecurityMail(deps, account);
  return id;
}

/** Letters and digits that nobody mistakes for each other (Crockford's base32). */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The secret of a mailed proof as its reader gets it, and the digest that the ledger keeps. */
export interface MailedSecret {
  /** `K7QM-4XWD`, 40 bits, or what stands in a link: the id and 256 bits. */
  readonly text: string;
  readonly digest: Sha256;
}

/** Makes the secret of a proof, for the mail alone. */
export function makeMailedSecret({ id, purpose }: Pick<MailedProof, 'id' | 'purpose'>): MailedSecret {
  if (MAILED_PROOFS[purpose].form === 'link') {
    const secret = randomBytes(32).toString('base64url');
    return { text: `hgm_${id}_${secret}`, digest: sha256(id, secret) };
  }
  const letters = Array.from(randomBytes(8), (byte) => ALPHABET[byte & 31]).join('');
  return { text: `${letters.slice(0, 4)}-${letters.slice(4)}`, digest: sha256(id, letters) };
}

/** What somebody shows of a proof: which one, and the digest of its secret. */
export interface ShownMailedProof {
  readonly id: MailedProofId;
  readonly digest: Sha256;
}

/** Reads what stood in a mailed link; null when it is none. */
export function parseMailedLink(text: string): ShownMailedProof | null {
  const [, idText, secret] = /^hgm_(mlpr_[0-9a-z]{26})_([A-Za-z0-9_-]{43})$/.exec(text) ?? [];
  const id = parseId('mlpr', idText ?? '');
  return id === null || secret === undefined ? null : { id, digest: sha256(id, secret) };
}

/** Reads a mailed code as people type it: in small letters, with spaces, O for 0, I or L for 1. */
export function readMailedCode(id: MailedProofId, typed: string): ShownMailedProof {
  const letters = typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return { id, digest: sha256(id, letters) };
}

/** Whether a proof may still be used. */
export function isLiveProof(proof: MailedProof, now: Instant): boolean {
  const { mailedAt, usedAt, endedAt, attempts, expiresAt, purpose } = proof;
  if (mailedAt === null || usedAt !== null || endedAt !== null) return false;
  return expiresAt > now && attempts < MAILED_PROOFS[purpose].attempts;
}
