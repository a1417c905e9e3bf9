import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccountName } from '../../src/core/accounts/account.ts';
import { newId } from '../../src/core/kit/ids.ts';
import { openSqliteLedger } from '../../src/stores/ledger/sqlite-ledger.ts';
import { type Answer, type Haven, makeHaven } from './demo-for-tests.ts';

let haven: Haven;
let bobsKey: string;

beforeAll(async () => {
  haven = await makeHaven();
  bobsKey = await readFile(join(haven.dir, 'demo/bob.key.pub'), 'utf8');
});

afterAll(() => haven.remove());

async function withLedger<T>(
  work: (ledger: Awaited<ReturnType<typeof openSqliteLedger>>) => Promise<T>,
): Promise<T> {
  const ledger = await openSqliteLedger({ file: join(haven.dir, 'ledger.sqlite3') });
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

/** The newest audit rows of a type, as they are exported. */
async function audited(type: string): Promise<readonly Answer[]> {
  return withLedger(async (ledger) => {
    const rows = await ledger.readAudit(0, 10_000);
    return rows.map(({ entry }) => JSON.parse(entry) as Answer).filter((entry) => entry['type'] === type);
  });
}

async function newKey(name: string): Promise<string> {
  const file = join(haven.parent, `${name}.pub`);
  const blob = Buffer.concat([
    Buffer.from([0, 0, 0, 11]),
    Buffer.from('ssh-ed25519'),
    Buffer.from([0, 0, 0, 32]),
  ]);
  const key = Buffer.concat([blob, Buffer.alloc(32, name)]).toString('base64');
  await writeFile(file, `# a comment\nssh-ed25519 ${key} ${name}@laptop\n`);
  return file;
}

describe('account key', () => {
  test('add, list and remove, by file and stdin, by id and fingerprint', async () => {
    const file = await newKey('laptop');
    const added = (await haven.json(['account', 'key', 'add', 'alice', file])).answer;
    expect(added).toMatchObject({ algorithm: 'ssh-ed25519', comment: 'laptop@laptop' });
    const again = await haven.json(['account', 'key', 'add', 'alice', '-'], await readFile(file, 'utf8'));
    expect(again).toEqual({ code: 0, answer: added });
    const list = async () =>
      (await haven.json(['account', 'key', 'list', 'alice'])).answer as unknown as readonly Answer[];
    expect(await list()).toHaveLength(2);
    expect(await list()).toContainEqual(added);

    const gone = await haven.json(['account', 'key', 'remove', 'alice', String(added['id'])]);
    expect(gone).toEqual({ code: 0, answer: added });
    const [last] = await list();
    const bare = await haven.run(['account', 'key', 'remove', 'alice', String(last?.['fingerprint'])]);
    expect([bare.code, bare.stderr]).toEqual([0, '']);
    expect(await list()).toEqual([]);
    const known = { key: added['id'] };
    expect(await audited('ssh-key-added')).toMatchObject([{ subjects: known }]);
    expect(await audited('ssh-key-removed')).toMatchObject([{ subjects: known }, {}]);
  });

  test('remove tells who cannot sign in any more', async () => {
    const person = ['--full-name', 'Kim', '--email', 'kim@example.org', '--ssh-key', await newKey('only')];
    await haven.json(['account', 'add', 'kim', ...person]);
    const [key] = (await haven.json(['account', 'key', 'list', 'kim']))
      .answer as unknown as readonly Answer[];
    const { code, stderr } = await haven.run(['account', 'key', 'remove', 'kim', String(key?.['id'])]);
    expect([code, stderr]).toEqual([0, expect.stringContaining('cannot sign in')]);
  });

  test.each<[string, string[], string, string, string]>([
    ['somebody else’s key', ['add', 'dana', '-'], 'BOB', 'ssh-key-taken', 'a key of their own'],
    ['what is no key', ['add', 'dana', '-'], 'ssh-ed25519 AAAA', 'ssh-key-invalid', 'damaged'],
    ['nothing', ['add', 'dana', '-'], '', 'ssh-key-invalid', 'stdin holds no key'],
    ['a DSA key', ['add', 'dana', '-'], 'ssh-dss AAAAB3NzaC1kc3M=', 'ssh-key-invalid', 'DSA'],
    ['a stranger', ['add', 'nobody', '-'], 'BOB', 'account-unknown', '"nobody"'],
    ['a key that is not there', ['remove', 'dana', 'SHA256:x'], '', 'ssh-key-unknown', 'account key list'],
  ])('refuses %s', async (_, args, input, code, words) => {
    const refused = await haven.json(['account', 'key', ...args], input === 'BOB' ? bobsKey : input);
    expect(refused).toEqual({
      code: 1,
      answer: { error: { code, message: expect.stringContaining(words) } },
    });
  });
});

describe('account sources', () => {
  test('are set, shown without any, and lifted by a word', async () => {
    const sources = (...ranges: string[]) => haven.json(['account', 'sources', 'bob', ...ranges]);
    expect((await sources()).answer).toEqual({ name: 'bob', sources: [] });
    const wanted = ['192.0.2.0/24', '2001:db8::/32'];
    expect((await sources('192.0.2.0/24', '2001:DB8::/32')).answer).toEqual({ name: 'bob', sources: wanted });
    expect((await sources()).answer).toEqual({ name: 'bob', sources: wanted });
    expect((await haven.json(['account', 'show', 'bob'])).answer).toMatchObject({ sources: wanted });
    const wrong = await sources('192.0.2.0/24', '192.0.2.1/24');
    expect(wrong.answer).toEqual({
      error: { code: 'source-range-invalid', message: expect.stringContaining('first address') },
    });
    expect((await sources()).answer).toEqual({ name: 'bob', sources: wanted });
    expect((await sources('anywhere')).answer).toEqual({ name: 'bob', sources: [] });
    expect(await audited('sources-changed')).toMatchObject([
      { data: { ranges: 2 } },
      { data: { ranges: 0 } },
    ]);
  });
});

describe('account sessions', () => {
  test('are listed with where from and until when, and ended one by one or all', async () => {
    const now = Date.now();
    const [one, two] = [newId('reco', now), newId('reco', now + 1)];
    await withLedger(async (ledger) => {
      const account = (await ledger.accountByName('alice' as AccountName))?.id;
      if (account === undefined) throw new Error('there is no alice');
      for (const [id, source] of [
        [one, '192.0.2.1'],
        [two, '192.0.2.2'],
      ] as const) {
        const visit = { account, side: 'outside', proofs: 'password', source } as const;
        const times = { at: now, until: now + 60_000, usedAt: null, endedAt: null };
        await ledger.keepReconnection({ id, ...visit, ...times }, []);
      }
    });
    const sessions = (...args: string[]) => haven.json(['account', 'sessions', ...args]);
    const listed = (await sessions('list', 'alice')).answer;
    expect(listed).toMatchObject([
      { id: two, source: '192.0.2.2', proofs: 'password', until: new Date(now + 60_000).toISOString() },
      { id: one, source: '192.0.2.1', usedAt: null },
    ]);
    expect((await sessions('end', 'alice', one)).answer).toEqual({ name: 'alice', ended: 1 });
    const again = await sessions('end', 'alice', one);
    expect([again.code, again.answer]).toMatchObject([1, { error: { code: 'reconnection-unknown' } }]);
    expect((await sessions('end', 'alice')).answer).toEqual({ name: 'alice', ended: 1 });
    expect((await sessions('list', 'alice')).answer).toEqual([]);
    expect((await haven.run(['account', 'sessions', 'list', 'alice'])).stdout).toBe('nobody may come back\n');
    expect(await audited('reconnections-ended')).toHaveLength(2);
  });
});

describe('account forget', () => {
  test('says what keeps a person, asks for a confirmation, and forgets them in words', async () => {
    const own = await makeHaven();
    const forget = (...more: string[]) => own.json(['account', 'forget', 'bob', '--by', 'dana', ...more]);
    const refused = (code: string) => ({ code: 1, answer: { error: { code } } });
    expect(await forget()).toMatchObject(refused('still-active'));
    const { answer: bob } = await own.json(['account', 'disable', 'bob']);
    expect(await forget()).toMatchObject(refused('still-tied'));
    await own.json(['share', 'member', 'remove', 'cohort', 'bob']);
    expect(await forget()).toMatchObject(refused('not-confirmed'));
    const id = String(bob['id']);
    expect(await forget('--confirm', id)).toMatchObject({ code: 0, answer: { id, overwritten: true } });
    expect(await forget('--confirm', id)).toMatchObject(refused('account-unknown'));
    expect((await own.run(['account', 'list'])).stdout).not.toMatch(/bob/i);
    expect(await own.json(['audit', 'verify'])).toMatchObject({ code: 0 });
    await own.remove();
  });
});
