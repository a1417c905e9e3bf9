import type { AccountReset } from '../../core/accounts/reset-account.ts';
import { accountView, keyView } from './account-view.ts';
import { facts } from './table.ts';

/** A reset as JSON: the account as it is now, what was ended, and what stays. */
export function resetView({ account, ended, stays }: AccountReset): Readonly<Record<string, unknown>> {
  const { softToken, securityKeys, accessTokens } = ended;
  return {
    ...accountView(account),
    ended: {
      softToken,
      securityKeys: securityKeys.map(({ id, name, side }) => ({ id, name, side })),
      accessTokens,
    },
    stays: { keys: stays.sshKeys.map(keyView), hardTokens: stays.hardTokens.map(({ serial }) => serial) },
  };
}

/** The same for people, with the verbs that end what stays. */
export function resetWords({ account: { name }, ended, stays }: AccountReset): string {
  const { softToken, securityKeys, accessTokens } = ended;
  return facts([
    ['ended', softToken ? 'the soft token' : 'no soft token'],
    ...securityKeys.map(
      ({ name: called, side }) => ['ended', `the security key ${called} (${side})`] as const,
    ),
    [
      'ended',
      `${accessTokens} access ${accessTokens === 1 ? 'token' : 'tokens'}, and whatever browser was signed in`,
    ],
    ...stays.sshKeys.map(
      ({ fingerprint, comment }) =>
        [
          'stays',
          `the public key ${fingerprint} ${comment}, until havengate account key remove ${name} ${fingerprint}`,
        ] as const,
    ),
    ...stays.hardTokens.map(
      ({ serial }) =>
        ['stays', `the hard token ${serial}, until havengate hard-token lost ${serial}`] as const,
    ),
    ['next', `havengate account invite ${name} mails a link to choose a password and make a token`],
  ]);
}
