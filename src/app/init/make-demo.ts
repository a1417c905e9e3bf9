import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Role, TOKEN_SCOPES } from '../../core/accounts/account.ts';
import { addAccount } from '../../core/accounts/add-account.ts';
import { addToken, enrolTotp } from '../../core/accounts/change-account.ts';
import type { SecretBox } from '../../core/accounts/secret-box.ts';
import type { SharesZone } from '../../core/custody/shares/ports.ts';
import { DAY } from '../../core/kit/clock.ts';
import type { Result } from '../../core/kit/result.ts';
import type { Right } from '../../core/projects/project.ts';
import { addProject, addShare, setShareMember } from '../../core/projects/set-up-project.ts';
import { CONSOLE, type Installation } from '../cli/installation.ts';
import { orRefuse } from '../cli/refusal.ts';
import { newPassword } from '../keys/new-password.ts';
import { makeEd25519Key } from '../keys/openssh-key.ts';
import { exists, makeFolder, writeDurably } from './durable-file.ts';

interface Person {
  readonly name: string;
  readonly fullName: string;
  readonly role: Role;
}

const PEOPLE: readonly Person[] = [
  { name: 'alice', fullName: 'Alice Adams', role: 'researcher' },
  { name: 'bob', fullName: 'Bob Brown', role: 'researcher' },
  { name: 'dana', fullName: 'Dana Davies', role: 'data-team' },
  { name: 'olly', fullName: 'Olly Owens', role: 'operator' },
];

const PROJECT = { caseRef: 'DEMO-1', title: 'Demonstration', iao: 'alice' } as const;
const SHARE = { name: 'cohort', caseRef: PROJECT.caseRef } as const;

const MEMBERS: readonly { readonly account: string; readonly rights: readonly Right[] }[] = [
  { account: 'alice', rights: ['read', 'write', 'outbound'] },
  { account: 'bob', rights: ['read'] },
];

const TOKEN_LIFE = 30 * DAY;

/**
 * Makes the people, the project and the share of a demonstration with its folder, with all that they sign in with in files of
 * `folder`: NAME.key (and .pub), .password, .otpauth, .token. What is there already is kept. Returns the names.
 */
export async function makeDemo(
  installation: Installation,
  shares: Pick<SharesZone, 'make'>,
  box: SecretBox,
  folder: string,
): Promise<readonly string[]> {
  await makeFolder(folder, 0o700);
  await Promise.all(PEOPLE.map((person) => makePerson(installation, box, folder, person)));
  unlessTaken(await addProject(installation, CONSOLE, PROJECT));
  unlessTaken(await addShare(installation, CONSOLE, SHARE));
  await shares.make(SHARE.name);
  for (const { account, rights } of MEMBERS) {
    orRefuse(await setShareMember(installation, CONSOLE, { share: SHARE.name, account, rights }));
  }
  return PEOPLE.map(({ name }) => name);
}

async function makePerson(
  installation: Installation,
  box: SecretBox,
  folder: string,
  { name, fullName, role }: Person,
): Promise<void> {
  const file = (ending: string) => join(folder, `${name}.${ending}`);
  const keep = async (ending: string, make: () => Promise<string> | string) => {
    if (!(await exists(file(ending)))) await writeDurably(file(ending), await make(), 0o600);
  };
  await keep('key', async () => {
    const pair = makeEd25519Key(`${name}@havengate-demo`);
    await writeDurably(file('key.pub'), pair.publicLine, 0o644);
    return pair.privateText;
  });
  await keep('password', newPassword);
  const [sshKey, password] = await Promise.all([
    readFile(file('key.pub'), 'utf8'),
    readFile(file('password'), 'utf8'),
  ]);
  const request = { name, fullName, email: `${name}@example.org`, role, sshKey, password };
  unlessTaken(await addAccount(installation, CONSOLE, request));
  await keep('otpauth', async () => {
    const deps = { ...installation, box, issuer: installation.config.site };
    return orRefuse(await enrolTotp(deps, CONSOLE, name)).uri;
  });
  await keep('token', async () => {
    const request = { name, scopes: TOKEN_SCOPES, side: 'outside', lifetime: TOKEN_LIFE } as const;
    return orRefuse(await addToken(installation, CONSOLE, request)).token;
  });
}

/** An earlier run that was cut short may have made it. */
function unlessTaken(result: Parameters<typeof orRefuse>[0] | Result<unknown, 'name-taken'>): void {
  if (!result.ok && result.refusal === 'name-taken') return;
  orRefuse(result);
}
