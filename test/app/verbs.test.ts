import { readFileSync } from 'node:fs';
import { chmod, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyPassword } from '../../src/core/accounts/password.ts';
import { openSqliteLedger } from '../../src/stores/ledger/sqlite-ledger.ts';
import { type Answer, type Haven, havengate, makeHaven } from './demo-for-tests.ts';
import { putFile } from './put-file.ts';

let haven: Haven;
let publicKey: string;

beforeAll(async () => {
  haven = await makeHaven();
  publicKey = join(haven.dir, 'demo/alice.key.pub');
});

afterAll(() => haven.remove());

const person = (name: string) => [
  'account',
  'add',
  name,
  '--full-name',
  'Erin Ellis',
  '--email',
  'erin@example.org',
];

async function passwordHashOf(name: string): Promise<string | null> {
  const ledger = await openSqliteLedger({ file: join(haven.dir, 'ledger.sqlite3') });
  try {
    const account = (await ledger.listAccounts()).find((one) => one.name === name);
    return account === undefined ? null : ((await ledger.credentialsOf(account.id))?.passwordHash ?? null);
  } finally {
    await ledger.close();
  }
}

describe('account', () => {
  test('add takes a key alone and asks nothing', async () => {
    const { code, answer } = await haven.json([...person('erin'), '--ssh-key', publicKey]);
    expect(code).toBe(0);
    expect(answer).toMatchObject({
      name: 'erin',
      role: 'researcher',
      status: 'active',
      hasPassword: false,
      hasTotp: false,
    });
    expect(answer['createdAt']).toMatch(/^\d{4}-.*Z$/);
  });

  test('add takes a password from stdin, without the line break of its end', async () => {
    const { code } = await haven.json(
      [...person('fred'), '--role', 'auditor', '--password-stdin'],
      'correct horse battery\n',
    );
    expect(code).toBe(0);
    expect(await verifyPassword('correct horse battery', (await passwordHashOf('fred')) ?? '')).toBe(true);
  });

  test.each<[string, string[], string, string, string]>([
    ['neither', person('gina'), '', 'no-credential', 'give --invite, --ssh-key FILE, --password-stdin'],
    [
      'a short password',
      [...person('gina'), '--password-stdin'],
      'short',
      'password-too-short',
      'at least 12',
    ],
    [
      'a taken name',
      [...person('alice'), '--password-stdin'],
      'correct horse battery',
      'name-taken',
      'never reused',
    ],
    [
      'a bad name',
      [...person('Gina'), '--password-stdin'],
      'correct horse battery',
      'account-name-invalid',
      'a-z',
    ],
  ])('add refuses %s', async (_, args, input, code, words) => {
    const refused = await haven.json(args, input);
    expect(refused.code).toBe(1);
    expect(refused.answer).toEqual({ error: { code, message: expect.stringContaining(words) } });
  });

  test('add refuses a private key and a key file that is not there', async () => {
    const secret = await haven.run([...person('gina'), '--ssh-key', join(haven.dir, 'demo/alice.key')]);
    expect([secret.code, secret.stderr]).toEqual([
      1,
      expect.stringContaining('this is a private key; give the .pub file'),
    ]);
    const missing = await haven.run([...person('gina'), '--ssh-key', '/nowhere.pub']);
    expect([missing.code, missing.stderr]).toEqual([
      1,
      expect.stringContaining('/nowhere.pub cannot be read'),
    ]);
  });

  test('has no option that takes a password', async () => {
    const { code } = await haven.run([...person('gina'), '--password', 'correct horse battery']);
    expect(code).toBe(2);
  });

  test('show tells fingerprints and whether there is a soft token', async () => {
    const { answer } = await haven.json(['account', 'show', 'alice']);
    expect(answer).toMatchObject({
      name: 'alice',
      hasTotp: true,
      keys: [{ fingerprint: expect.stringMatching(/^SHA256:/) }],
    });
    const { stdout } = await haven.run(['account', 'show', 'alice']);
    expect(stdout).toMatch(/^soft token +yes$/m);
    expect(stdout).not.toContain('argon2');
  });

  test('disable and enable take effect, and a stranger is refused', async () => {
    expect((await haven.json(['account', 'disable', 'bob'])).answer).toMatchObject({ status: 'disabled' });
    expect((await haven.json(['account', 'enable', 'bob'])).answer).toMatchObject({ status: 'active' });
    const { code, answer } = await haven.json(['account', 'disable', 'nobody']);
    expect([code, answer]).toEqual([
      1,
      { error: { code: 'account-unknown', message: expect.stringContaining('"nobody"') } },
    ]);
  });

  test('reset makes a password, shown once, or takes one', async () => {
    const made = await haven.json(['account', 'reset', 'dana']);
    expect(made.answer).toMatchObject({ name: 'dana', hasTotp: false });
    expect(await verifyPassword(String(made.answer['password']), (await passwordHashOf('dana')) ?? '')).toBe(
      true,
    );
    const given = await haven.json(['account', 'reset', 'dana', '--password-stdin'], 'correct horse battery');
    expect(given.answer).not.toHaveProperty('password');
    expect(await verifyPassword('correct horse battery', (await passwordHashOf('dana')) ?? '')).toBe(true);
  });

  test('totp prints the URI, and only it', async () => {
    const { code, stdout } = await haven.run(['account', 'totp', 'dana']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^otpauth:\/\/totp\/Havengate:dana\?secret=[A-Z2-7]{32}&issuer=Havengate\n$/);
    expect((await haven.json(['account', 'totp', 'dana'])).answer).toEqual({
      name: 'dana',
      uri: expect.stringMatching(/^otpauth:/),
    });
  });
});

describe('token add', () => {
  test('answers with id, token and end, and nothing else', async () => {
    const { code, answer } = await haven.json([
      'token',
      'add',
      'alice',
      '--scope',
      'upload,read',
      '--expires',
      '7d',
    ]);
    expect(code).toBe(0);
    expect(Object.keys(answer)).toEqual(['id', 'token', 'expiresAt']);
    expect(String(answer['token'])).toContain(String(answer['id']));
    expect(Date.parse(String(answer['expiresAt']))).toBeGreaterThan(Date.now() + 6.9 * 86_400_000);
  });

  test('refuses a life of years', async () => {
    const { code, answer } = await haven.json([
      'token',
      'add',
      'alice',
      '--scope',
      'read',
      '--expires',
      '4000d',
    ]);
    expect([code, answer]).toEqual([
      1,
      { error: { code: 'token-life-invalid', message: expect.stringContaining('366 days') } },
    ]);
  });
});

describe('projects and shares', () => {
  test('are added, and their members changed', async () => {
    const project = await haven.json(['project', 'add', 'CASE-7', '--title', 'Heart', '--iao', 'alice']);
    expect(project.answer).toMatchObject({ caseRef: 'CASE-7', title: 'Heart', iao: 'alice' });
    const share = await haven.json(['share', 'add', 'heart', '--project', 'CASE-7']);
    expect(share.answer).toMatchObject({ name: 'heart', project: 'CASE-7' });
    const usual = await haven.json(['share', 'member', 'add', 'heart', 'bob']);
    expect(usual.answer).toEqual({ share: 'heart', name: 'bob', rights: ['read', 'write'] });
    const more = await haven.json(['share', 'member', 'add', 'heart', 'bob', '--rights', 'read,outbound']);
    expect(more.answer).toMatchObject({ rights: ['read', 'outbound'] });
    expect((await haven.json(['share', 'member', 'remove', 'heart', 'bob'])).answer).toMatchObject({
      rights: [],
    });
  });

  test.each<[string[], string]>([
    [['project', 'add', 'DEMO-1', '--title', 'x', '--iao', 'alice'], 'name-taken'],
    [['project', 'add', 'a b', '--title', 'x', '--iao', 'alice'], 'case-reference-invalid'],
    [['project', 'add', 'CASE-8', '--title', 'x', '--iao', 'nobody'], 'account-unknown'],
    [['share', 'add', 'x', '--project', 'NONE'], 'project-unknown'],
    [['share', 'add', '../x', '--project', 'DEMO-1'], 'share-name-invalid'],
    [['share', 'member', 'add', 'none', 'bob'], 'share-unknown'],
  ])('%j is refused as %s', async (args, code) => {
    const refused = await haven.json(args);
    expect([refused.code, refused.answer]).toEqual([1, { error: { code, message: expect.any(String) } }]);
  });
});

describe('files and receipts', () => {
  let arrived: Awaited<ReturnType<typeof putFile>>;

  beforeAll(async () => {
    arrived = await putFile(haven.dir, 'alice', 'scan.csv', 'arrived');
    await putFile(haven.dir, 'bob', 'half.bin', 'receiving');
  });

  test('file list shows every member, and says that scanning is off', async () => {
    const files = (await haven.json(['file', 'list', '--owner', 'alice', '--state', 'arrived,held']))
      .answer as unknown as Answer[];
    expect(files).toEqual([
      {
        id: arrived.id,
        owner: 'alice',
        name: 'scan.csv',
        path: 'scan.csv',
        leavesBy: null,
        arrival: 'scan.csv',
        working: null,
        continues: null,
        size: 7,
        carried: null,
        sha256: arrived.sha256,
        state: 'arrived',
        contentType: 'text/csv',
        scan: 'off',
        unscanned: null,
        receivedAt: expect.stringMatching(/Z$/),
        arrivedAt: expect.stringMatching(/Z$/),
        releasedAt: null,
        collectedAt: null,
        expiresAt: expect.stringMatching(/Z$/),
        reason: null,
      },
    ]);
    const { stdout } = await haven.run(['file', 'list']);
    expect(stdout).toMatch(/scan: off/);
    expect(stdout.trim().split('\n')).toHaveLength(3);
  });

  test('file list shows null before inspection, and nothing where there is nothing', async () => {
    const files = (await haven.json(['file', 'list', '--owner', 'bob'])).answer as unknown as Answer[];
    expect(files).toMatchObject([{ name: 'half.bin', scan: null, sha256: null, arrivedAt: null }]);
    expect((await haven.json(['file', 'list', '--owner', 'olly'])).answer).toEqual([]);
    expect((await haven.run(['file', 'list', '--owner', 'olly'])).stdout).toBe('no files\n');
  });

  test('file show has the custody, the verdicts and the receipts', async () => {
    const { answer } = await haven.json(['file', 'show', arrived.id]);
    const custody = answer['custody'] as Answer[];
    expect(custody.map(({ type }) => type)).toEqual([
      'upload-started',
      'file-received',
      'inspection-begun',
      'file-inspected',
      'admission-begun',
      'file-arrived',
    ]);
    expect(answer).toMatchObject({
      id: arrived.id,
      verdicts: [{ check: 'malware', outcome: 'off' }],
      receipts: [{ body: { site: 'Havengate' } }],
    });
    const { stdout } = await haven.run(['file', 'show', arrived.id]);
    expect(stdout).toContain('file-arrived');
    expect((await haven.json(['file', 'show', 'file_nonsense'])).answer).toMatchObject({
      error: { code: 'file-unknown' },
    });
  });

  test('a receipt is exported, and verifies offline with the public key alone', async () => {
    const receipt = join(haven.parent, 'receipt.json');
    const { stdout } = await haven.run(['receipt', 'export', arrived.id]);
    await writeFile(receipt, stdout);
    const key = join(haven.dir, 'keys/receipt-public.pem');
    const good = await havengate(['receipt', 'verify', receipt, '--key', key, '--json'], {
      cwd: haven.parent,
    });
    expect(good.code, good.stderr).toBe(0);
    expect(JSON.parse(good.stdout)).toMatchObject({ valid: true, receipt: { file: { id: arrived.id } } });
    expect((await haven.run(['receipt', 'verify', '-'], stdout)).stdout).toContain('the receipt is good');
    await writeFile(receipt, stdout.replace('"size": 7', '"size": 8'));
    const altered = await haven.json(['receipt', 'verify', receipt]);
    expect([altered.code, altered.answer]).toEqual([
      1,
      { error: { code: 'receipt-altered', message: expect.any(String) } },
    ]);
    const wrongKey = await haven.run([
      'receipt',
      'verify',
      receipt,
      '--key',
      join(haven.dir, 'keys/receipt-key.pem'),
    ]);
    expect([wrongKey.code, wrongKey.stderr]).toEqual([1, expect.stringContaining('this is a private key')]);
  });

  test('a file without a receipt has none to export', async () => {
    const files = (await haven.json(['file', 'list', '--owner', 'bob'])).answer as unknown as Answer[];
    const { code, answer } = await haven.json(['receipt', 'export', String(files[0]?.['id'])]);
    expect([code, answer]).toMatchObject([
      1,
      { error: { code: 'no-receipt', message: expect.stringContaining('receiving') } },
    ]);
  });
});

describe('audit', () => {
  test('export is JSON lines, or one array with --json, and verify agrees on the size', async () => {
    const { stdout } = await haven.run(['audit', 'export']);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { entry: { seq: number } });
    expect(lines.map(({ entry }) => entry.seq)).toEqual(lines.map((_, i) => i));
    expect((await haven.json(['audit', 'export'])).answer).toEqual(lines);
    expect((await haven.json(['audit', 'verify'])).answer).toEqual({
      size: lines.length,
      root: expect.stringMatching(/^[0-9a-f]{64}$/),
      matched: 0,
      faults: [],
      ignored: [],
    });
  });

  test('verify names each fault of a log that somebody changed, and ends with 1', async () => {
    const changed = await haven.copy();
    const database = new DatabaseSync(join(changed.dir, 'ledger.sqlite3'), { defensive: false });
    const triggers = database.prepare("select name from sqlite_schema where type = 'trigger'").all();
    for (const { name } of triggers) database.exec(`drop trigger "${String(name)}"`);
    const table = database
      .prepare("select name from sqlite_schema where type = 'table' and sql like '%leaf_hash%'")
      .get();
    database.exec(
      `update "${String(table?.['name'])}" set entry = replace(entry, 'console', 'nobody') where seq = 3`,
    );
    database.close();
    const { code, answer } = await changed.json(['audit', 'verify']);
    expect(code).toBe(1);
    expect(answer).toMatchObject({
      error: { code: 'audit-broken' },
      faults: [expect.stringContaining('row 3')],
    });
    await changed.remove();
  });
});

describe('keys', () => {
  test('that are missing are named with what to do', async () => {
    const other = await haven.copy();
    await unlink(join(other.dir, 'keys/credentials.key'));
    const { code, answer } = await other.json(['account', 'totp', 'alice']);
    expect([code, answer]).toMatchObject([
      1,
      {
        error: {
          code: 'key-unusable',
          message: expect.stringContaining('credentials.key: this key is missing'),
        },
      },
    ]);
    await other.remove();
  });

  test('that others may read earn a warning and still work', async () => {
    const other = await haven.copy();
    await chmod(join(other.dir, 'keys/credentials.key'), 0o644);
    const { code, stdout, stderr } = await other.run(['account', 'totp', 'alice']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^otpauth:/)]);
    expect(stderr).toMatch(/^warning: .*credentials\.key: others may use it \(mode 0644\)/);
    await other.remove();
  });

  test('of the wrong form are refused', async () => {
    const other = await haven.copy();
    await writeFile(join(other.dir, 'keys/credentials.key'), 'short');
    expect((await other.run(['account', 'totp', 'alice'])).stderr).toContain(
      'a credentials key has 32 bytes',
    );
    await writeFile(
      join(other.dir, 'keys/receipt-public.pem'),
      readFileSync(join(other.dir, 'keys/ssh-inside-rsa')),
    );
    expect((await other.run(['receipt', 'verify', '/dev/null'])).stderr).toContain('this is a private key');
    await other.remove();
  });
});
