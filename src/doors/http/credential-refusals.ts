import type { ActivateRefusal } from '../../core/accounts/activation.ts';
import type { AddKeyRefusal, RemoveKeyRefusal } from '../../core/accounts/change-keys.ts';
import type { ChangePasswordRefusal } from '../../core/accounts/change-password.ts';
import type { ResetRefusal } from '../../core/accounts/reset-password.ts';
import type {
  AddSecurityKeyRefusal,
  RemoveSecurityKeyRefusal,
} from '../../core/accounts/security-keys/change-security-keys.ts';
import type { RemoveSoftTokenRefusal, SoftTokenRefusal } from '../../core/accounts/soft-token.ts';
import type { RefusalWords } from './refusals.ts';

/** What is refused about signing in by a key, and about what somebody signs in with. */
export type CredentialRefusal = Exclude<
  | ChangePasswordRefusal
  | AddKeyRefusal
  | RemoveKeyRefusal
  | AddSecurityKeyRefusal
  | RemoveSecurityKeyRefusal
  | RemoveSoftTokenRefusal
  | 'hard-token-unknown'
  | 'hard-token-changed'
  | 'key-refused'
  | 'password-or-key-refused'
  | 'security-keys-not-taken'
  | SoftTokenRefusal
  | ResetRefusal
  | ActivateRefusal
  | 'activation-unfinished'
  | 'key-elsewhere'
  | 'token-first'
  | 'no-token'
  | 'ticket-over'
  | 'mails-too-many'
  | 'emergency-refused'
  | 'authorisation-wrong'
  | 'no-reset'
  | 'token-life-invalid',
  'session-over'
>;

/** Their part of the table of refusals. */
export const CREDENTIAL_REFUSALS = {
  'key-refused': {
    status: 401,
    message:
      'This key does not open this portal, or it took too long. Nothing was done. Try again, or sign in another way.',
  },
  'password-or-key-refused': {
    status: 401,
    message:
      'Name and password do not belong together, or this account has no security key here. Nothing was done. ' +
      'Try again, or sign in with a code.',
  },
  'security-keys-not-taken': {
    status: 403,
    message: 'Security keys are not taken for this here. Nothing was done. Use your password and a code.',
  },
  'emergency-refused': {
    status: 401,
    message: 'User ID and password do not belong together. Nothing was done. Check both and try again.',
  },
  'no-token': {
    status: 409,
    message:
      'You have no token or key that an emergency code could stand in for. Nothing was made. Ask the people who run this haven.',
  },
  'ticket-over': {
    status: 410,
    message:
      'This took too long, or something changed meanwhile. Nothing was done. Begin again with your User ID.',
  },
  'mails-too-many': {
    status: 429,
    message:
      'Three codes were mailed to you within an hour. No other was sent. Use the newest one, or try again later.',
    headers: { 'retry-after': '900' },
  },
  'authorisation-wrong': {
    status: 403,
    message:
      'This authorisation code is wrong, was used, or is too old. Nothing was made. Check it, or have a new one mailed.',
  },
  'no-reset': {
    status: 409,
    message: 'This haven mails no links. Nothing was done. Ask the people who run it for a new password.',
  },
  'invitation-over': {
    status: 410,
    message:
      'This invitation was used, is over, or a newer one was mailed. Nothing was changed. Use the newest mail, go on in ' +
      'the browser where you began, or ask the people who run this haven for another one.',
  },
  'activation-unfinished': {
    status: 403,
    message: 'Your account has no token yet, and this comes after it. Nothing was done. Make a token first.',
  },
  'link-over': {
    status: 410,
    message:
      'This link was used, is too old, or a newer one was mailed. Your password stays as it is. Ask for a new link.',
  },
  'reset-code-wrong': {
    status: 403,
    message:
      'The code or key is wrong, or was used before. Your password stays as it is. Try again with the next code.',
  },
  'key-elsewhere': {
    status: 409,
    message:
      'Your security key is not for this portal. Your password stays as it is. Ask for the link at the portal where you ' +
      'use the key, or ask the people who run this haven for a new password.',
  },
  'token-first': {
    status: 403,
    message:
      'You came in with an emergency code, and this comes after a new soft token. Nothing was changed. Make the token ' +
      'on the page Security; then this is open.',
  },
  'step-up-needed': {
    status: 403,
    message: 'Prove first that it is you, with your password and a code or key. Nothing was changed.',
  },
  'soft-token-unknown': { status: 404, message: 'You have no soft token. Nothing was changed.' },
  'last-way-in': {
    status: 409,
    message:
      'Without it you could not sign in here any more. It stays in use. Make another soft token, or add a passkey or ' +
      'security key, and then remove this one.',
  },
  'offer-over': {
    status: 410,
    message: 'This took too long. Your token stays as it is. Begin again to get a new QR code.',
  },
  'new-code-wrong': {
    status: 403,
    message:
      'This is not the code that the new token shows now. Your old token stays in use. Look at the time of your phone, and try the next code.',
  },
  'pin-needed': {
    status: 400,
    message: 'This haven asks for a PIN with every token. Choose one of 4 to 8 digits.',
  },
  'pin-invalid': {
    status: 400,
    message: 'A PIN has 4 to 8 digits, not all the same and not in a row such as 1234. Choose another one.',
  },
  'password-wrong': {
    status: 403,
    message:
      'The present password, or the code or key, is wrong. Nothing was changed. Try again with the next code.',
  },
  'password-too-short': { status: 400, message: 'The new password is too short. Nothing was changed.' },
  'token-life-invalid': { status: 400, message: 'A token cannot live so long. Nothing was made.' },
  'account-unknown': { status: 404, message: 'There is no such account. Nothing was changed.' },
  'step-up-refused': {
    status: 403,
    message:
      'That did not prove who you are. Nothing was changed. Try again with your password and the next code, or with a ' +
      'key that asks for a PIN or a finger.',
  },
  'security-key-refused': {
    status: 400,
    message: 'This key was not made for this portal, or it took too long. Nothing was added. Begin again.',
  },
  'security-key-taken': {
    status: 409,
    message: 'This key has been added before. Nothing was changed. Choose another one.',
  },
  'security-keys-full': {
    status: 409,
    message: 'You have as many security keys as one may have. Nothing was added. Remove one first.',
  },
  'hard-token-unknown': { status: 404, message: 'You have no such hard token. Nothing was changed.' },
  'hard-token-changed': {
    status: 409,
    message: 'Your token was used at this very moment. Nothing was changed. Try again.',
  },
  'security-key-unknown': { status: 404, message: 'You have no such security key. Nothing was changed.' },
  'ssh-key-invalid': { status: 400, message: 'This is no public key that is taken. Nothing was changed.' },
  'ssh-key-taken': {
    status: 409,
    message: 'Everybody needs a key of their own: make one with ssh-keygen, and add its .pub file.',
  },
  'ssh-key-unknown': { status: 404, message: 'You have no such key. Nothing was changed.' },
} as const satisfies Record<CredentialRefusal, RefusalWords>;
