import { type AccountName, parseAccountName } from '../../core/accounts/account.ts';
import type { DrivesConfig } from './config.ts';
import { either, section } from './mapping-shapes.ts';
import { deadline } from './scalars.ts';
import type { Shape } from './shape.ts';
import { list, mapped, optional, ruled, scalar, word } from './value-shapes.ts';

/** The largest uid that Linux knows. */
const LARGEST_UID = 2 ** 32 - 2;

const USERS_FORM = 'a list such as [{ uid: 10001, account: alice }]';

const uid = scalar('the number of a user, above 0', (written) => {
  const number = /^\d{1,10}$/.test(written) ? Number(written) : 0;
  return number > 0 && number <= LARGEST_UID ? number : null;
});

const account: Shape<AccountName> = scalar('the name of an account', (written) => {
  const parsed = parseAccountName(written);
  return parsed.ok ? parsed.value : null;
});

const watches = scalar('a number from 0 to 1000000', (written) =>
  /^\d{1,6}$|^1000000$/.test(written) ? Number(written) : null,
);

const user = section({ uid, account });

/** The keys that a user of the drives may have; users stand in a list, so the environment names none of them alone. */
export const DRIVE_USER_KEYS: readonly string[] = Object.keys(user.fields);

const users = ruled(
  { ...list(user, USERS_FORM), absent: { kind: 'list', place: 'default', items: [] } as const },
  (all) => {
    const uids = all.map(({ uid: number }) => number);
    const twice = uids.find((number, i) => uids.indexOf(number) !== i);
    return twice === undefined ? null : `the uid ${twice} stands there twice`;
  },
);

const settings = mapped(
  section({ rescan: optional(deadline, '60s'), watches: optional(watches, '8192'), users }),
  (on): DrivesConfig => ({ on: true, ...on }),
);

/** What desktops do through mounted drives. */
export const drives: Shape<DrivesConfig> = either(
  mapped(word('off'), (): DrivesConfig => ({ on: false })),
  settings,
  '"off", or a mapping with rescan, watches and users',
);
