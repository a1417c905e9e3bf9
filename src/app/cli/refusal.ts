import type { AddAccountRefusal } from '../../core/accounts/add-account.ts';
import type { UnknownAccount } from '../../core/accounts/change-account.ts';
import type { DocumentFault } from '../../core/custody/signed-document.ts';
import type { Result } from '../../core/kit/result.ts';

/** What the use cases behind the verbs may refuse. */
type CoreRefusal =
  | AddAccountRefusal
  | UnknownAccount
  | DocumentFault
  | 'token-life-invalid'
  | 'case-reference-invalid'
  | 'project-unknown'
  | 'share-name-invalid'
  | 'share-unknown';

/** For each refusal: what is wrong, for when the use case gave no detail, and what to do next. */
const ANSWERS = {
  'account-name-invalid': { wrong: 'this is not an account name', next: null },
  'email-invalid': { wrong: 'this is not a mail address', next: null },
  'no-credential': {
    wrong: 'nobody could sign in to this account',
    next: 'give --ssh-key FILE, --password-stdin, or both',
  },
  'password-too-short': { wrong: 'the password is too short', next: null },
  'ssh-key-invalid': { wrong: 'this is not a public key', next: 'give the .pub file that ssh-keygen made' },
  'name-taken': { wrong: 'the name is taken', next: 'names are never reused: choose another' },
  'account-unknown': { wrong: 'there is no such account', next: '`havengate account list` shows them' },
  'token-life-invalid': { wrong: 'a token cannot live that long', next: null },
  'case-reference-invalid': {
    wrong: 'this is not a case reference',
    next: 'it is up to 64 letters, digits and . _ / -, and starts with a letter or digit',
  },
  'project-unknown': { wrong: 'there is no such project', next: '`havengate project add` makes one' },
  'share-name-invalid': {
    wrong: 'this is not the name of a share',
    next: 'it is up to 64 of a-z, 0-9, dot, dash and underscore, and starts with a letter or digit',
  },
  'share-unknown': { wrong: 'there is no such share', next: '`havengate share add` makes one' },
  'receipt-malformed': { wrong: 'this is not a receipt', next: null },
  'receipt-other-key': {
    wrong: 'another key signed this',
    next: 'give the public key of the site that signed it with --key',
  },
  'receipt-altered': { wrong: 'the receipt was changed', next: null },
} as const satisfies Record<CoreRefusal, { readonly wrong: string; readonly next: string | null }>;

/**
 * A verb that declined: exit code 1. `code` is stable, the message is for people, and `more` joins the error in
 * the JSON document.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;
  readonly more: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.more = more;
  }
}

/** The value of a result; throws a `Refusal` with a sentence for people when it was refused. */
export function orRefuse<T>(result: Result<T, CoreRefusal>): T {
  if (result.ok) return result.value;
  const { wrong, next } = ANSWERS[result.refusal];
  throw new Refusal(result.refusal, [result.detail ?? wrong, ...(next === null ? [] : [next])].join('; '));
}
