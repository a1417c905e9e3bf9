import type { InviteRefusal } from '../../core/accounts/activation.ts';
import type { AddAccountRefusal } from '../../core/accounts/add-account.ts';
import type { UnknownAccount } from '../../core/accounts/change-account.ts';
import type { AddKeyRefusal, RemoveKeyRefusal } from '../../core/accounts/change-keys.ts';
import type { SourcesRefusal } from '../../core/accounts/change-sources.ts';
import type { EndRefusal } from '../../core/accounts/end-reconnections.ts';
import type { LiftRefusal } from '../../core/accounts/guard/bans.ts';
import type { HardTokenRefusal } from '../../core/accounts/hard-tokens/change-hard-tokens.ts';
import type { StandingRefusal } from '../../core/accounts/record-standing.ts';
import type { ResetAccountRefusal } from '../../core/accounts/reset-account.ts';
import type { CheckpointFault } from '../../core/audit/keyring.ts';
import type { ProveRefusal } from '../../core/audit/proof.ts';
import type { SignRefusal } from '../../core/audit/sign-checkpoint.ts';
import type { DocumentProofFault } from '../../core/custody/document-proof.ts';
import type { ForgetRefusal } from '../../core/custody/forget/forget-person.ts';
import type { FreezeRefusal } from '../../core/custody/freezes/decide-freeze.ts';
import type { UntakenMailRefusal } from '../../core/custody/mails/decide-untaken.ts';
import type { NameRefusal } from '../../core/custody/names.ts';
import type { RevokeRefusal } from '../../core/custody/outbound/revoke.ts';
import type { SendRefusal } from '../../core/custody/outbound/send-out.ts';
import type { DecisionRefusal } from '../../core/custody/retention/decide.ts';
import type { GuardRefusal } from '../../core/custody/retention/destruction-guard.ts';
import type { HoldRefusal } from '../../core/custody/retention/hold.ts';
import type { IssueRefusal } from '../../core/custody/retention/issue-certificate.ts';
import type { RunRefusal } from '../../core/custody/retention/run.ts';
import type { MoveRefusal } from '../../core/custody/shares/move-refusal.ts';
import type { Refused, Result } from '../../core/kit/result.ts';
import type { BackupRefusal } from '../backup/make-backup.ts';
import type { RestoreRefusal } from '../backup/restore-backup.ts';

/** What the use cases behind the verbs may refuse. */
type CoreRefusal =
  | UntakenMailRefusal
  | AddAccountRefusal
  | UnknownAccount
  | AddKeyRefusal
  | RemoveKeyRefusal
  | 'security-key-unknown'
  | ResetAccountRefusal
  | HardTokenRefusal
  | SourcesRefusal
  | StandingRefusal
  | InviteRefusal
  | 'no-portal-address'
  | 'agreement-unknown'
  | EndRefusal
  | LiftRefusal
  | DecisionRefusal
  | HoldRefusal
  | FreezeRefusal
  | ForgetRefusal
  | IssueRefusal
  | RunRefusal
  | GuardRefusal
  | BackupRefusal
  | RestoreRefusal
  | MoveRefusal
  | RevokeRefusal
  | SendRefusal
  | NameRefusal
  | SignRefusal
  | CheckpointFault
  | ProveRefusal
  | DocumentProofFault
  | 'not-found'
  | 'account-disabled'
  | 'token-life-invalid'
  | 'pin-needed'
  | 'pin-invalid'
  | 'case-reference-invalid'
  | 'project-unknown'
  | 'share-name-invalid'
  | 'share-unknown'
  | 'share-closed';

/** For each refusal: what is wrong, for when the use case gave no detail, and what to do next. */
const ANSWERS = {
  'account-name-invalid': { wrong: 'this is not an account name', next: null },
  'ban-target-unknown': {
    wrong: 'there is no such source or account',
    next: 'look with `havengate ban list --all`',
  },
  'nothing-held': { wrong: 'nothing is held against this', next: 'look with `havengate ban list --all`' },
  'email-invalid': { wrong: 'this is not a mail address', next: null },
  'no-credential': {
    wrong: 'nobody could sign in to this account',
    next: 'give --invite, --ssh-key FILE, --password-stdin, or several of them',
  },
  'password-too-short': { wrong: 'the password is too short', next: null },
  'pin-needed': { wrong: 'this site asks for a PIN with every token', next: 'give it with --pin-stdin' },
  'pin-invalid': { wrong: 'this is no PIN', next: null },
  'ssh-key-invalid': { wrong: 'this is not a public key', next: 'give the .pub file that ssh-keygen made' },
  'ssh-key-taken': {
    wrong: 'another account has this key',
    next: 'everybody needs a key of their own: make one with `ssh-keygen -t ed25519`',
  },
  'ssh-key-unknown': {
    wrong: 'the account has no such key',
    next: '`havengate account key list` shows ids and fingerprints',
  },
  'security-key-unknown': {
    wrong: 'the account has no such security key',
    next: '`havengate account security-key list` shows ids',
  },
  'security-keys-changed': { wrong: 'the security keys of the account change at this moment', next: null },
  'hard-token-unknown': {
    wrong: 'there is no such hard token',
    next: '`havengate hard-token list` shows them',
  },
  'hard-token-taken': { wrong: 'the hard token is somebody’s', next: null },
  'hard-token-spare': { wrong: 'nobody has the hard token', next: null },
  'hard-token-lost': { wrong: 'the hard token is lost', next: 'a lost one is given to nobody' },
  'hard-token-changed': { wrong: 'somebody has changed the hard token meanwhile', next: null },
  'codes-wrong': {
    wrong: 'these are not two codes in a row of this token, or they were used before',
    next: 'wait for the next two, and give them in their order',
  },
  'source-range-invalid': {
    wrong: 'this is not a range of addresses',
    next: 'nothing was changed',
  },
  'reconnection-unknown': {
    wrong: 'there is nothing of that id to be ended',
    next: '`havengate account sessions list` shows them',
  },
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
  'share-closed': { wrong: 'this share is closed', next: '`havengate share add` makes another' },
  'no-right': { wrong: 'the right to do this is missing', next: '`havengate share member add` gives it' },
  'not-holder': { wrong: 'somebody else holds this file', next: null },
  'not-arrived': { wrong: 'only a file in Arrivals can be moved', next: null },
  exists: { wrong: 'the name is taken; nothing was overwritten', next: 'give another name' },
  'is-a-folder': { wrong: 'a folder has that name; nothing was changed', next: null },
  'not-a-folder': { wrong: 'a part of the path is a file', next: null },
  'folder-missing': { wrong: 'the folder is not there', next: null },
  'is-the-top': { wrong: 'a name is missing', next: null },
  'name-invalid': { wrong: 'this is not a name for a file', next: null },
  'path-too-long': { wrong: 'the path is too long', next: null },
  'share-full': {
    wrong: 'the disk of the share is full, or its quota used up; nothing was moved',
    next: 'make room there, and try again',
  },
  'share-unwritable': {
    wrong: 'the daemon may not write to the disk of the share; nothing was moved',
    next: 'look at its mount and its mode',
  },
  'bytes-differ': {
    wrong: 'Arrivals does not hold what the ledger says; nothing was moved',
    next: '`havengate doctor` says more',
  },
  links: { wrong: 'this is a link, or no regular file; nothing was copied', next: null },
  'too-large': { wrong: 'it is larger than this service takes; nothing was copied', next: null },
  'no-room': { wrong: 'there is no room for it; nothing was copied', next: null },
  'not-released': { wrong: 'only a released file is taken back', next: null },
  'may-not-revoke': {
    wrong: 'only its owner, the IAO of the project and the data team take it back',
    next: null,
  },
  frozen: {
    wrong: 'it is frozen',
    next: 'havengate freeze list says by whom and why; two people lift it: havengate freeze lift ID',
  },
  'ledger-restored': {
    wrong: 'the ledger was restored from a backup, and nothing is destroyed by it yet',
    next: 'look with `havengate doctor`, then havengate restore accept --by NAME --reason TEXT',
  },
  'target-exists': { wrong: 'something is there', next: 'give a folder that is not there yet' },
  'target-inside-data': { wrong: 'it is in the data folder', next: 'give a folder elsewhere' },
  'backup-damaged': {
    wrong: 'the backup is not as it was made',
    next: 'nothing was changed; take another backup',
  },
  'backup-schema-newer': {
    wrong: 'a newer program made this backup',
    next: 'nothing was changed; restore it with that program',
  },
  'still-running': { wrong: 'the ledger is in use', next: 'nothing was changed' },
  'ledger-newer': {
    wrong: 'the ledger that is there is newer',
    next: 'nothing was changed; to put the backup over it all the same, say why with --over-newer',
  },
  'not-freezer': {
    wrong: 'only the data team and operators freeze and lift',
    next: 'give --by a member of the data team, or an operator',
  },
  'freeze-unknown': { wrong: 'there is no such freeze', next: 'havengate freeze list shows them' },
  'account-disabled': { wrong: 'this account is disabled', next: null },
  'gate-closed': { wrong: 'a gate of the site is closed to this person', next: null },
  'induction-in-future': { wrong: 'an induction is recorded once it has been given', next: null },
  'already-activated': {
    wrong: 'they have a password, and a token or key',
    next: '`havengate account reset` ends them, so that they begin anew',
  },
  'mails-too-many': { wrong: 'too many were mailed to them within an hour', next: 'try again later' },
  'no-portal-address': {
    wrong: 'the portal has no address that a link could open',
    next: 'give the portal door an `address` in the configuration',
  },
  'agreement-unknown': {
    wrong: 'no agreement of that version was ever in force here',
    next: 'havengate account agreement shows the versions',
  },
  'not-data-team': { wrong: 'only the data team decides this', next: null },
  'not-stopped': { wrong: 'only a held or quarantined file is decided on', next: null },
  'reason-missing': { wrong: 'a reason is missing', next: null },
  'held-back': { wrong: 'a hold covers it', next: '`havengate hold list` shows the holds' },
  'second-person-needed': { wrong: 'a second person has to do the same', next: null },
  'same-person': { wrong: 'the second person has to be another one', next: null },
  'not-forgetful': { wrong: 'this person may not say so', next: 'ask an operator, or the data team' },
  'still-active': { wrong: 'the account is active', next: 'disable it: `havengate account disable NAME`' },
  'still-tied': { wrong: 'the account is still needed', next: 'end that first; nothing was erased' },
  'not-confirmed': { wrong: 'it was not confirmed', next: 'it cannot be undone' },
  'proof-of-another': { wrong: 'the proof is not of this document', next: null },
  damaged: {
    wrong: 'its bytes were altered where they are stored',
    next: 'look with `havengate scrub status`',
  },
  'no-name': { wrong: 'no name is free for it', next: 'try again' },
  'target-unknown': {
    wrong: 'there is nothing of that id to be held',
    next: '`havengate file list` and `havengate account list` show what there is',
  },
  'not-removed': { wrong: 'its holder has not removed it', next: null },
  'not-gone-yet': {
    wrong: 'its bytes are not unlinked yet',
    next: 'a running daemon does it within a minute; try again then',
  },
  'not-unlinked': {
    wrong: 'nothing on record says that we unlinked its bytes',
    next: '`havengate file show` tells what happened',
  },
  'hold-unknown': { wrong: 'there is no such hold', next: '`havengate hold list` shows them' },
  'not-found': { wrong: 'there is no such file', next: null },
  'clock-suspect': {
    wrong: 'the clock is not trusted',
    next: 'look at the clock of this machine, then `havengate clock accept`',
  },
  'needs-confirmation': {
    wrong: 'so large a run has to be confirmed',
    next: '`havengate retention plan --files` shows the files',
  },
  'plan-unknown': { wrong: 'this does not name a plan', next: '`havengate retention plan` makes one' },
  'checkpoint-key-replaced': {
    wrong: 'another key signs checkpoints now',
    next: 'nothing was signed; `havengate audit rotate-key` finishes a rotation that was cut short',
  },
  'log-behind-checkpoint': {
    wrong: 'the log is shorter than it was',
    next: 'nothing was signed; `havengate audit verify` says more',
  },
  'checkpoint-malformed': { wrong: 'this is no checkpoint', next: null },
  'checkpoint-other-log': {
    wrong: 'the checkpoint is of another log',
    next: 'give the keyring of that log with --key',
  },
  'checkpoint-other-key': {
    wrong: 'none of the keys has signed the checkpoint',
    next: 'give the keyring as it is now with --key',
  },
  'checkpoint-key-retired': { wrong: 'the key was not in use for a log of that size', next: null },
  'checkpoint-altered': { wrong: 'the checkpoint was changed', next: null },
  'row-unknown': { wrong: 'the log has no such row', next: null },
  'row-not-covered': {
    wrong: 'no checkpoint covers this row yet',
    next: '`havengate audit checkpoint` signs one',
  },
  'log-not-as-signed': {
    wrong: 'the log is not as it was signed',
    next: '`havengate audit verify` says more',
  },
  'proof-malformed': { wrong: 'this is no proof', next: null },
  'proof-wrong': { wrong: 'the proof does not lead to the root that was signed', next: null },
  'mail-unknown': { wrong: 'there is no such mail', next: '`havengate mail list` shows those not taken' },
  'mail-not-given-up': {
    wrong: 'this mail was not given up: it is handed over again',
    next: '`havengate mail list` shows when',
  },
  'proof-not-sent-again': {
    wrong: 'a code or link is not sent a second time',
    next: 'they ask for a new one, or `havengate account invite` makes it; then dismiss this one',
  },
  'plan-changed': { wrong: 'the plan has changed', next: null },
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

/** What is wrong, in a sentence for people, and what to do next. */
export function sentenceFor({ refusal, detail }: Refused<CoreRefusal>): string {
  const { wrong, next } = ANSWERS[refusal];
  return [detail ?? wrong, ...(next === null ? [] : [next])].join('; ');
}

/** The value of a result; throws a `Refusal` with a sentence for people when it was refused. */
export function orRefuse<T>(result: Result<T, CoreRefusal>): T {
  if (result.ok) return result.value;
  throw new Refusal(result.refusal, sentenceFor(result));
}
