import type { AddKeyRefusal, RemoveKeyRefusal } from '../../core/accounts/change-keys.ts';
import type { ChangePasswordRefusal } from '../../core/accounts/change-password.ts';
import type { AddSecurityKeyRefusal } from '../../core/accounts/security-keys/change-security-keys.ts';
import type { RefusalWords } from './refusals.ts';

/** What is refused about signing in by a key, and about what somebody signs in with. */
export type CredentialRefusal =
  | ChangePasswordRefusal
  | AddKeyRefusal
  | RemoveKeyRefusal
  | AddSecurityKeyRefusal
  | 'security-key-unknown'
  | 'key-refused'
  | 'password-or-key-refused'
  | 'security-keys-not-taken'
  | 'token-life-invalid';

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
  'password-wrong': {
    status: 403,
    message: 'The present password or the code is wrong. Nothing was changed. Try again with the next code.',
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
  'security-key-unknown': { status: 404, message: 'You have no such security key. Nothing was changed.' },
  'ssh-key-invalid': { status: 400, message: 'This is no public key that is taken. Nothing was changed.' },
  'ssh-key-taken': { status: 409, message: 'Another account has this key. Nothing was changed.' },
  'ssh-key-unknown': { status: 404, message: 'You have no such key. Nothing was changed.' },
} as const satisfies Record<CredentialRefusal, RefusalWords>;
