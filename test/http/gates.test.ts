import { afterEach, describe, expect, test } from 'vitest';
import type { Account } from '../../src/core/accounts/account.ts';
import { agreementOf, type SiteGates } from '../../src/core/accounts/gates.ts';
import { acceptAgreement, recordInduction, recordTraining } from '../../src/core/accounts/record-standing.ts';
import { MIB } from '../../src/core/kit/bytes.ts';
import { DAY } from '../../src/core/kit/clock.ts';
import { openBrowser } from './browser-for-tests.ts';
import {
  ask,
  begin,
  create,
  type Haven,
  makeHaven,
  metadata,
  patch,
  someBytes,
  tus,
  until,
} from './http-fixtures.ts';

const CONSOLE = { kind: 'console' } as const;
const AGREEMENT = agreementOf('Be careful <b>always</b>.');
const PATH = '/api/v1/uploads';

let haven: Haven;

async function open(gates: Partial<SiteGates>): Promise<void> {
  haven = await makeHaven({ gates });
}

afterEach(() => haven.close());

const train = (name: string, expires: number | null) =>
  recordTraining(haven.custody, CONSOLE, name, expires, null);

async function account(name: string): Promise<Account> {
  const found = (await haven.custody.ledger.listAccounts()).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

async function begins(token: string): Promise<string | null> {
  const more = {
    'upload-length': 10,
    'upload-metadata': metadata({ filename: 'new.csv' }),
    'content-length': 0,
  };
  return (await ask(haven.door, 'POST', PATH, tus(token, more))).code;
}

describe('a person to whom gates are closed', () => {
  test('signs in, sees what is missing, accepts the agreement as it is in force, and may then transfer', async () => {
    await open({ training: true, agreement: AGREEMENT, induction: true });
    const token = await haven.token('alice', ['upload', 'read']);
    const alice = await openBrowser(haven, 'alice');
    const gates = async () => JSON.parse((await alice.get('/api/v1/gates')).text) as Record<string, unknown>;
    expect(await gates()).toEqual({
      mayTransfer: false,
      training: { asked: true, open: false, expiresAt: null },
      agreement: { asked: true, open: false, ...AGREEMENT, acceptedAt: null },
      induction: { asked: true, open: false, on: null },
    });
    const other = await alice.post('/api/v1/agreement', { version: agreementOf('Be bold.').version });
    expect(other).toMatchObject({ status: 409, code: 'agreement-changed' });
    for (let i = 0; i < 2; i++) {
      expect((await alice.post('/api/v1/agreement', { version: AGREEMENT.version })).status).toBe(204);
    }
    expect(await gates()).toMatchObject({
      mayTransfer: false,
      agreement: { open: true, acceptedAt: expect.stringMatching(/Z$/) },
    });
    await train('alice', Date.now() + DAY);
    expect(await begins(token)).toBe('gate-closed');
    await recordInduction(haven.custody, CONSOLE, 'alice', Date.now(), null);
    expect(await gates()).toMatchObject({ mayTransfer: true });
    expect(await begins(token)).toBeNull();
    const { id } = await account('alice');
    const rows = await haven.custody.ledger.auditOf({ account: id });
    const accepted = rows.filter(({ entry }) => entry.includes('agreement-accepted'));
    expect(accepted.map(({ entry }) => JSON.parse(entry) as unknown)).toMatchObject([
      { actor: { kind: 'account', account: id }, data: { version: AGREEMENT.version } },
    ]);
  });

  test('begins no upload and goes on with none, in words; sees their own files, and looks after their sign-in', async () => {
    await open({ training: true });
    await train('alice', Date.now() + DAY);
    const token = await haven.token('alice', ['upload', 'read']);
    const location = await create(haven.door, token, 20, 'begun.csv');
    await ask(haven.door, 'PATCH', location, patch(token, 0), someBytes(10));
    await train('alice', null);
    const refused = await ask(haven.door, 'PATCH', location, patch(token, 10), someBytes(20).subarray(10));
    expect(refused).toMatchObject({ status: 423, code: 'gate-closed' });
    expect(refused.text).toMatch(/No training of yours is recorded: take it, .* What had arrived is kept/);
    expect(await begins(token)).toBe('gate-closed');
    const alice = await openBrowser(haven, 'alice');
    for (const path of ['me', 'files', 'gates', 'sessions', 'tokens', 'ssh-keys']) {
      expect((await alice.get(`/api/v1/${path}`)).status, path).toBe(200);
    }
    expect((await alice.get('/api/v1/files')).text).toContain('begun.csv');
    await train('alice', Date.now() + DAY);
    const goesOn = await ask(haven.door, 'PATCH', location, patch(token, 10), someBytes(20).subarray(10));
    expect(goesOn.status).toBe(204);
  });

  test('has a running upload ended within seconds, and goes on where it was once the gate is open', async () => {
    await open({ training: true });
    await train('bob', Date.now() + DAY);
    const bob = await haven.token('bob');
    const location = await create(haven.door, bob, 10 * MIB, 'cut.csv');
    const upload = begin(haven.door, 'PATCH', location, patch(bob, 0, { 'content-length': 10 * MIB }));
    await upload.send(someBytes(MIB));
    await until(async () => (await haven.bytesOf(location)).length > 0);
    await train('bob', Date.now() - 1);
    expect(await upload.answered).toMatchObject({ status: 423, code: 'gate-closed' });
    await train('bob', Date.now() + DAY);
    expect((await ask(haven.door, 'HEAD', location, tus(bob))).headers['upload-offset']).toBe(String(MIB));
  });
});

test('where nothing is asked, nothing is in the way, and there is nothing to accept', async () => {
  await open({});
  expect(await begins(await haven.token('alice'))).toBeNull();
  const alice = await openBrowser(haven, 'alice');
  expect(JSON.parse((await alice.get('/api/v1/gates')).text)).toMatchObject({ mayTransfer: true });
  const agreed = await alice.post('/api/v1/agreement', { version: AGREEMENT.version });
  expect(agreed).toMatchObject({ status: 409, code: 'agreement-changed' });
});

test('a change of the text asks everybody anew', async () => {
  await open({ agreement: agreementOf('Be careful, and quiet.') });
  const { id } = await account('alice');
  const site = { ...haven.custody.gates.site, agreement: AGREEMENT };
  const before = { ...haven.custody, gates: { ...haven.custody.gates, site } };
  const session = { account: id, side: 'outside', door: 'portal' } as const;
  expect(await acceptAgreement(before, session, AGREEMENT.version)).toMatchObject({ ok: true });
  expect(await begins(await haven.token('alice'))).toBe('gate-closed');
});
