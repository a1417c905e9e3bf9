import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AccountName } from '../../src/core/accounts/account.ts';
import { openSqliteLedger } from '../../src/stores/ledger/sqlite-ledger.ts';
import { softwareKey } from '../support/software-key.ts';
import { type Answer, type Haven, makeHaven } from './demo-for-tests.ts';

let haven: Haven;

beforeEach(async () => {
  haven = await makeHaven();
});

afterEach(() => haven.remove());

const CAROL = ['account', 'add', 'carol', '--full-name', 'Carol Clark', '--email', 'carol@example.org'];

type Ledger = Awaited<ReturnType<typeof openSqliteLedger>>;

async function withLedger<T>(work: (ledger: Ledger) => Promise<T>): Promise<T> {
  const ledger = await openSqliteLedger({ file: join(haven.dir, 'ledger.sqlite3') });
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

const idOf = async (ledger: Ledger, name: string) => {
  const account = await ledger.accountByName(name as AccountName);
  if (account === null) throw new Error(`there is no ${name}`);
  return account.id;
};

/** What waits to be mailed to somebody. */
const waiting = (name: string) =>
  withLedger(async (ledger) => ledger.pendingMailedProofs(await idOf(ledger, name), Date.now()));

/** The audit rows of a type, as they are exported. */
const audited = (type: string) =>
  withLedger(async (ledger) => {
    const rows = await ledger.readAudit(0, 10_000);
    return rows.map(({ entry }) => JSON.parse(entry) as Answer).filter((entry) => entry['type'] === type);
  });

/** Takes the portal of a side away. */
async function withoutPortal(side: string): Promise<void> {
  const file = join(haven.dir, 'havengate.yaml');
  const lines = (await readFile(file, 'utf8')).split('\n');
  const kept = lines.filter((line) => !new RegExp(`kind: portal, *side: ${side}`).test(line));
  expect(kept).toHaveLength(lines.length - 1);
  await writeFile(file, kept.join('\n'));
}

describe('account invite', () => {
  test('queues a link for who has no token, to the portal that is named, and says where it goes', async () => {
    await haven.json([...CAROL, '--password-stdin'], 'correct horse battery');
    const { code, stdout } = await haven.run(['account', 'invite', 'carol']);
    expect([code, stdout]).toEqual([
      0,
      'a link for carol goes to carol@example.org, within a minute while the daemon runs; it holds for three days\n',
    ]);
    const inside = await haven.json(['account', 'invite', 'carol', '--side', 'inside']);
    expect(inside).toMatchObject({ code: 0, answer: { name: 'carol', hasPassword: true, hasTotp: false } });
    // The next one ends it.
    expect(await waiting('carol')).toMatchObject([{ purpose: 'activation', side: 'inside' }]);
    expect(await audited('mailed-proof-asked')).toMatchObject([
      { actor: { kind: 'console' }, data: { purpose: 'activation' } },
      { actor: { kind: 'console' }, data: { purpose: 'activation' } },
    ]);
  });

  test.each<[string, string[], string, string]>([
    ['a stranger', ['nobody'], 'account-unknown', '"nobody"'],
    ['somebody with a password and a token', ['alice'], 'already-activated', 'account reset'],
    ['a side that there is not', ['alice', '--side', 'above'], 'usage', 'outside, inside'],
  ])('refuses %s, and mails nothing', async (_, args, code, words) => {
    const refused = await haven.json(['account', 'invite', ...args]);
    expect(refused).toMatchObject({
      code: code === 'usage' ? 2 : 1,
      answer: { error: { code, message: expect.stringContaining(words) } },
    });
    expect(await audited('mailed-proof-asked')).toEqual([]);
  });

  test('refuses who is disabled, and a fourth mail within the hour', async () => {
    await haven.json([...CAROL, '--invite']);
    for (let i = 0; i < 2; i++)
      expect(await haven.json(['account', 'invite', 'carol'])).toMatchObject({ code: 0 });
    expect(await haven.json(['account', 'invite', 'carol'])).toMatchObject({
      code: 1,
      answer: { error: { code: 'mails-too-many', message: expect.stringContaining('try again later') } },
    });
    await haven.json(['account', 'disable', 'carol']);
    expect(await haven.json(['account', 'invite', 'carol'])).toMatchObject({
      code: 1,
      answer: { error: { code: 'account-disabled' } },
    });
    expect(await waiting('carol')).toEqual([]);
  });

  test('refuses where no portal has an address that a link could open', async () => {
    await haven.json([...CAROL, '--password-stdin'], 'correct horse battery');
    await withoutPortal('inside');
    expect(await haven.json(['account', 'invite', 'carol', '--side', 'inside'])).toMatchObject({
      code: 1,
      answer: {
        error: {
          code: 'no-portal-address',
          message: expect.stringContaining('the inside portal has no address'),
        },
      },
    });
    expect(await haven.json(['account', 'invite', 'carol'])).toMatchObject({ code: 0 });
  });
});

describe('account add --invite', () => {
  test('adds somebody who has neither key nor password, and queues their link', async () => {
    const { code, stdout } = await haven.run([...CAROL, '--invite']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^added carol \(acct_\w+\); a link for carol goes to carol@example\.org, within a minute/,
    );
    expect((await haven.json(['account', 'show', 'carol'])).answer).toMatchObject({
      hasPassword: false,
      hasTotp: false,
      keys: [],
      status: 'active',
    });
    expect(await waiting('carol')).toMatchObject([{ purpose: 'activation', side: 'outside' }]);
  });

  test('adds nobody where no link could be mailed', async () => {
    await withoutPortal('outside');
    expect(await haven.json([...CAROL, '--invite'])).toMatchObject({
      code: 1,
      answer: { error: { code: 'no-portal-address' } },
    });
    expect(await haven.json(['account', 'show', 'carol'])).toMatchObject({
      code: 1,
      answer: { error: { code: 'account-unknown' } },
    });
  });

  test('leaves a person as they are whose name is taken, and mails them nothing', async () => {
    await haven.json([...CAROL, '--invite']);
    const again = await haven.json([...CAROL, '--invite']);
    expect(again).toMatchObject({ code: 1, answer: { error: { code: 'name-taken' } } });
    expect(await audited('mailed-proof-asked')).toHaveLength(1);
  });
});

describe('account reset', () => {
  test('ends soft token, security keys and access tokens, tells what stays and what to do next', async () => {
    const keys = await withLedger(async (ledger) => {
      const account = await idOf(ledger, 'alice');
      const made = [
        softwareKey(account, 'localhost', { name: 'Laptop' }).row,
        softwareKey(account, 'localhost', { name: 'on her ring', side: 'inside' }).row,
      ];
      for (const key of made) await ledger.addSecurityKey(key, []);
      return made;
    });
    const told = () =>
      withLedger(async (ledger) => ledger.pendingSecurityNotices(await idOf(ledger, 'alice'), 99));
    const before = (await told()).length;
    const { answer } = await haven.json(['account', 'reset', 'alice']);
    expect(answer).toMatchObject({
      name: 'alice',
      hasTotp: false,
      ended: {
        softToken: true,
        securityKeys: keys.map(({ id, name, side }) => ({ id, name, side })),
        accessTokens: 1,
      },
      stays: { keys: [{ comment: 'alice@havengate-demo' }], hardTokens: [] },
    });
    expect((await haven.json(['account', 'show', 'alice'])).answer).toMatchObject({ securityKeys: [] });
    expect(await audited('account-reset')).toMatchObject([
      { data: { softToken: true, securityKeys: 2, accessTokens: 1 } },
    ]);
    const removed = await audited('security-key-removed');
    expect(
      removed.map(({ subjects }) => (subjects as { securityKey: string }).securityKey).toSorted(),
    ).toEqual(keys.map(({ id }) => String(id)).toSorted());
    // One mail tells of it all.
    expect(await told()).toHaveLength(before + 1);

    const { stdout } = await haven.run(['account', 'reset', 'alice']);
    expect(stdout).toMatch(/^alice was reset; the new password is shown only here: \S+\n/);
    expect(stdout).toMatch(/^ended +no soft token$/m);
    expect(stdout).toMatch(
      /^stays +the public key SHA256:\S+ alice@havengate-demo, until havengate account key remove alice/m,
    );
    expect(stdout).toMatch(/^next +havengate account invite alice/m);
  });
});
