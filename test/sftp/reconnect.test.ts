import type { AuthenticationType, ConnectConfig } from 'ssh2';
import { afterEach, describe, expect, test } from 'vitest';
import { addToken, enrolTotp, setAccountStatus } from '../../src/core/accounts/change-account.ts';
import { removeSshKey } from '../../src/core/accounts/change-keys.ts';
import { setSources } from '../../src/core/accounts/change-sources.ts';
import { endReconnections, listReconnections } from '../../src/core/accounts/end-reconnections.ts';
import { resetAccount } from '../../src/core/accounts/reset-account.ts';
import { createSecretBox } from '../../src/core/accounts/secret-box.ts';
import type { SignInPolicy } from '../../src/core/accounts/sign-in-policy.ts';
import { HOUR } from '../../src/core/kit/clock.ts';
import { newId } from '../../src/core/kit/ids.ts';
import { MESSAGE } from '../../src/doors/sftp/wire/message-types.ts';
import { type OutsideDoor, openOutsideDoor, PASSWORD, type Person } from './outside-door.ts';
import { connectSsh, RawClient, string } from './raw-client.ts';
import { comesInBy, typing } from './typed-sign-in.ts';

let door: OutsideDoor;
let alice: Person;
/** How far the haven's clock is ahead of the machine's. */
let ahead = 0;

afterEach(async () => door[Symbol.asyncDispose]());

const CONSOLE = { kind: 'console' } as const;
const BOTH: SignInPolicy = [
  ['publickey', 'token'],
  ['password', 'token'],
];

async function open(more: Parameters<typeof openOutsideDoor>[0] = {}): Promise<void> {
  ahead = 0;
  const clock = { now: () => Date.now() + ahead, monotonic: () => performance.now() };
  door = await openOutsideDoor({ policy: BOTH, reconnect: 12 * HOUR, clock, ...more });
  alice = await door.addPerson('alice', { totp: true });
}

const admin = () => ({ ledger: door.intake.ledger, clock: door.intake.clock });

/** Programs offer what they have stored, and ask for a code only when the door wants one. */
function connection(methods: AuthenticationType[], code = '', name = 'alice') {
  const answers = { 'Password: ': PASSWORD, 'Token: ': code };
  const { config, asked } = typing({ name }, answers, ['none', ...methods]);
  return { config: { ...config, privateKey: alice.key } satisfies ConnectConfig, asked };
}

const byPassword = (code?: string, name?: string) =>
  connection(['password', 'keyboard-interactive'], code, name);
const byKey = (code?: string, name?: string) => connection(['publickey', 'keyboard-interactive'], code, name);

const comesIn = ({ config }: { config: ConnectConfig }) => comesInBy(door, alice, config);

async function comesBack(way: { config: ConnectConfig }): Promise<RawClient> {
  return RawClient.over(await connectSsh(door, null, way.config));
}

/** The data of all audit rows of a type. */
async function audited(wanted: string): Promise<readonly unknown[]> {
  await door.signIns.guard.beat();
  await door.signIns.guard.beat();
  const rows = await door.intake.ledger.readAudit(0, 1000);
  const entries = rows.map(({ entry }) => JSON.parse(entry) as { type: string; data: unknown });
  return entries.filter(({ type }) => type === wanted).map(({ data }) => data);
}

describe('after a full sign-in with a code', () => {
  test.each([
    ['password', byPassword],
    ['key', byKey],
  ])('the same %s comes back without one, and is not asked', async (_, way) => {
    await open();
    expect(await comesIn(way())).toBe(false);
    const first = way(alice.code());
    expect(await comesIn(first)).toBe(true);
    expect(first.asked).toEqual([['Token: ']]);
    for (const again of [way(), way()]) {
      expect(await comesIn(again)).toBe(true);
      expect(again.asked).toEqual([]);
    }
  });

  test('another proof than the one that was given does not', async () => {
    await open();
    expect(await comesIn(byPassword(alice.code()))).toBe(true);
    expect(await comesIn(byKey())).toBe(false);
    expect(await comesIn(byPassword())).toBe(true);
  });

  test('a wrong password does not, nor another address, nor another person', async () => {
    await open();
    const bob = await door.addPerson('bob', { totp: true });
    expect(await comesIn(byPassword(alice.code()))).toBe(true);
    const wrong = typing(alice, { 'Password: ': 'wrong password' }, ['none', 'password']);
    expect(await comesIn(wrong)).toBe(false);
    expect(await comesIn({ config: { ...byPassword().config, localAddress: '127.0.0.2' } })).toBe(false);
    expect(await comesInBy(door, bob, byPassword('', 'bob').config)).toBe(false);
  });

  test('it uploads, and neither sees nor reads what was released', async () => {
    await open();
    await comesIn(byPassword(alice.code()));
    await using raw = await comesBack(byPassword());
    const handle = await raw.open('scan.csv');
    await raw.write(handle, 0, 'half');
    await raw.ask(MESSAGE.STAT, string('scan.csv'));
    expect((await raw.ask(MESSAGE.OPENDIR, string('/outbound'))).message).toContain('sign in with a code');
    expect((await raw.ask(MESSAGE.OPENDIR, string('/outbound/cohort'))).message).toContain('for uploading');
    expect(await door.file(alice, 'scan.csv')).toMatchObject({ state: 'receiving' });
  });

  test('who types a code, or adds +code to the name, is let in fully', async () => {
    await open();
    await comesIn(byKey(alice.code(-1)));
    await using typed = await comesBack(byKey(alice.code(), 'alice+code'));
    expect((await typed.ask(MESSAGE.OPENDIR, string('/outbound'))).type).toBe(MESSAGE.HANDLE);
    await using together = await comesBack(connection(['keyboard-interactive'], alice.code(1)));
    expect((await together.ask(MESSAGE.OPENDIR, string('/outbound'))).type).toBe(MESSAGE.HANDLE);
    const without = byKey('', 'alice+code');
    expect(await comesIn(without)).toBe(false);
    expect(without.asked).toEqual([['Token: ']]);
  });

  test('an empty answer to the token comes back where the password is asked for together with it', async () => {
    await open();
    const interactive = () => connection(['keyboard-interactive']);
    expect(await comesIn(interactive())).toBe(false);
    expect(await comesIn(byPassword(alice.code()))).toBe(true);
    expect(await comesIn(interactive())).toBe(true);
    const wrong = connection(['keyboard-interactive'], '000000');
    expect(await comesIn(wrong)).toBe(false);
  });

  test('coming back does not make the time longer; a new code does', async () => {
    await open();
    await comesIn(byPassword(alice.code()));
    ahead = 12 * HOUR - 60_000;
    expect(await comesIn(byPassword())).toBe(true);
    ahead = 12 * HOUR + 1000;
    expect(await comesIn(byPassword())).toBe(false);
  });

  test('the audit tells a return from a full sign-in', async () => {
    await open();
    await comesIn(byKey(alice.code()));
    await comesIn(byKey());
    const proofs = await audited('signed-in');
    expect(proofs).toMatchObject([
      { proofs: ['publickey', 'token'], reconnectUntil: expect.any(Number) },
      { proofs: ['publickey', 'reconnection'], scopes: ['upload'] },
    ]);
  });
});

test('a site that says nothing asks for a code each time', async () => {
  await open({ reconnect: 0 });
  expect(await comesIn(byPassword(alice.code()))).toBe(true);
  expect(await comesIn(byPassword())).toBe(false);
  expect(await door.intake.ledger.listReconnections(alice.id, Date.now())).toEqual([]);
});

test('where no code is asked for, nothing is kept', async () => {
  await open({ policy: [['publickey']] });
  expect(await comesIn(connection(['publickey']))).toBe(true);
  expect(await door.intake.ledger.listReconnections(alice.id, Date.now())).toEqual([]);
});

test('a site that has shortened the time means it', async () => {
  await open({ reconnect: HOUR });
  const at = Date.now() - 2 * HOUR;
  const visit = { account: alice.id, side: 'outside', proofs: 'password', source: '127.0.0.1' } as const;
  const kept = { id: newId('reco', at), ...visit, at, until: at + 12 * HOUR, usedAt: null, endedAt: null };
  await door.intake.ledger.keepReconnection(kept, []);
  expect(await comesIn(byPassword())).toBe(false);
  await door.intake.ledger.keepReconnection({ ...kept, at: Date.now() }, []);
  expect(await comesIn(byPassword())).toBe(true);
});

test('inside, where there is nothing to upload, nobody comes back', async () => {
  await open({ side: 'inside' });
  expect(await comesIn(byPassword(alice.code()))).toBe(true);
  expect(await comesIn(byPassword())).toBe(false);
});

describe('returning ends', () => {
  const box = createSecretBox(Buffer.alloc(32, 7));

  test.each<[string, () => Promise<unknown>, string]>([
    ['when its owner ends it', () => endReconnections(admin(), CONSOLE, 'alice', null), 'was ended'],
    ['when the key is removed', () => removeTheKey(), 'was removed'],
    ['with a new password', () => resetAccount(admin(), CONSOLE, 'alice', 'another long one'), 'was ended'],
    [
      'with a new soft token',
      () => enrolTotp({ ...admin(), box, issuer: 'x' }, CONSOLE, 'alice'),
      'was ended',
    ],
    ['when the account is disabled', () => setStatus('disabled'), 'disabled'],
  ])('%s, and a session that came so with it; what it sent is kept', async (_, act, farewell) => {
    await open({ limits: { accountCheck: 20 } });
    await comesIn(byKey(alice.code()));
    const raw = await comesBack(byKey());
    const handle = await raw.open('half.csv');
    await raw.write(handle, 0, 'half');
    await act();
    await raw.closed;
    expect(raw.stderr).toContain(farewell);
    expect(await comesIn(byKey())).toBe(false);
    await setStatus('active');
    expect(await comesIn(byKey())).toBe(false);
    expect(await listReconnections(admin(), 'alice')).toEqual({ ok: true, value: [] });
    expect(await door.file(alice, 'half.csv')).toMatchObject({ state: 'receiving', size: 4 });
  });

  const setStatus = (status: 'active' | 'disabled') => setAccountStatus(admin(), CONSOLE, 'alice', status);

  test('but not for a session that was opened with a code', async () => {
    await open({ limits: { accountCheck: 20 } });
    const full = await comesBack(byPassword(alice.code()));
    const back = await comesBack(byPassword());
    expect(await endReconnections(admin(), CONSOLE, 'alice', null)).toEqual({ ok: true, value: 1 });
    await back.closed;
    expect((await full.ask(MESSAGE.OPENDIR, string('/arrivals'))).type).toBe(MESSAGE.HANDLE);
    full.client.end();
  });

  async function removeTheKey(): Promise<void> {
    const [key] = (await door.intake.ledger.credentialsOf(alice.id))?.sshKeys ?? [];
    await removeSshKey(admin(), CONSOLE, 'alice', key?.fingerprint ?? '');
  }
});

describe('where an account may come from', () => {
  test('a right key and a right password from elsewhere are as wrong ones, and the audit says why', async () => {
    await open({ policy: [['publickey'], ['password', 'token']] });
    await setSources(admin(), CONSOLE, 'alice', ['192.0.2.0/24', '::1']);
    expect(await comesIn(connection(['publickey']))).toBe(false);
    const rounds = byPassword(alice.code());
    expect(await comesIn(rounds)).toBe(false);
    // No round for the token: a partial success would tell that the password is right.
    expect(rounds.asked.flat()).not.toEqual(['Token: ']);
    const refused = await audited('sign-in-refused');
    expect(refused).toContainEqual(expect.objectContaining({ proof: 'password', reason: 'source' }));
  });

  test('it comes in from there, and is shown out when that changes', async () => {
    await open({ policy: [['publickey']], limits: { accountCheck: 20 } });
    await setSources(admin(), CONSOLE, 'alice', ['127.0.0.0/8']);
    const raw = await comesBack(connection(['publickey']));
    await setSources(admin(), CONSOLE, 'alice', ['192.0.2.7']);
    await raw.closed;
    expect(raw.stderr).toContain('from this address');
    expect(await comesIn(connection(['publickey']))).toBe(false);
    await setSources(admin(), CONSOLE, 'alice', []);
    expect(await comesIn(connection(['publickey']))).toBe(true);
  });

  test('who came from there comes back no more', async () => {
    await open();
    expect(await comesIn(byPassword(alice.code()))).toBe(true);
    await setSources(admin(), CONSOLE, 'alice', ['192.0.2.7']);
    expect(await comesIn(byPassword())).toBe(false);
  });
});

describe('an upload token as a password', () => {
  const issue = async (name: string, more: Partial<Parameters<typeof addToken>[2]> = {}): Promise<string> => {
    const request = { name, scopes: ['upload'], side: 'outside', lifetime: HOUR, ...more } as const;
    const issued = await addToken(admin(), CONSOLE, request);
    if (!issued.ok) throw new Error(issued.refusal);
    return issued.value.token;
  };
  const withToken = (token: string, method: AuthenticationType = 'password') =>
    typing({ name: 'alice' }, { 'Password: ': token }, ['none', method]);

  test.each<AuthenticationType>(['password', 'keyboard-interactive'])('uploads, by %s', async (method) => {
    await open({ uploadTokens: true });
    await using raw = await comesBack(
      withToken(await issue('alice', { scopes: ['upload', 'read'] }), method),
    );
    await raw.open('scan.csv');
    expect((await raw.ask(MESSAGE.OPENDIR, string('/outbound'))).message).toContain('for uploading');
  });

  test('is taken where keys are the only other way', async () => {
    await open({ uploadTokens: true, policy: [['publickey']] });
    expect(await comesIn(withToken(await issue('alice')))).toBe(true);
    expect(await comesIn(connection(['password']))).toBe(false);
  });

  test('is refused where the site has not said so', async () => {
    await open();
    expect(await comesIn(withToken(await issue('alice')))).toBe(false);
  });

  test('is refused when it is another’s, for reading, of the other side, over, changed, or a stranger’s', async () => {
    await open({ uploadTokens: true, limits: { attempts: 2 } });
    await door.addPerson('bob');
    const good = await issue('alice');
    const over = await issue('alice', { lifetime: 1 });
    const bad = [
      await issue('bob'),
      await issue('alice', { scopes: ['read'] }),
      await issue('alice', { side: 'inside' }),
      over,
      `${good.slice(0, -2)}${good.endsWith('AA') ? 'BB' : 'AA'}`,
      'hgt_nonsense',
    ];
    for (const token of bad) expect(await comesIn(withToken(token))).toBe(false);
    const refused = await audited('sign-in-refused');
    expect(refused).toHaveLength(bad.length);
    expect(refused).toContainEqual(expect.objectContaining({ proof: 'access-token', reason: 'proof' }));
    await setSources(admin(), CONSOLE, 'alice', ['192.0.2.7']);
    expect(await comesIn(withToken(good))).toBe(false);
  });

  test('ends its sessions when it is revoked', async () => {
    await open({ uploadTokens: true, limits: { accountCheck: 20 } });
    const raw = await comesBack(withToken(await issue('alice')));
    await resetAccount(admin(), CONSOLE, 'alice', 'another long one');
    await raw.closed;
    expect(raw.stderr).toContain('The token that opened this session has ended');
  });
});
