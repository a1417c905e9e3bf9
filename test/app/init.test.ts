import { spawn } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import '../../src/doors/sftp/native-binding.ts';
import ssh2 from 'ssh2';
import { keyIdOf } from '../../src/core/custody/signed-document.ts';
import { MAIN, NODE, run } from '../support/installation.ts';
import { type Answer, type Haven, havengate, makeHaven } from './demo-for-tests.ts';

const PEOPLE = ['alice', 'bob', 'dana', 'olly'];

let haven: Haven;
let scratch: string;

beforeAll(async () => {
  haven = await makeHaven();
  scratch = await mkdtemp(join(tmpdir(), 'havengate-init-'));
});

afterAll(async () => {
  await haven.remove();
  await rm(scratch, { recursive: true });
});

const modeOf = (path: string) => (statSync(join(haven.dir, path)).mode & 0o777).toString(8);

describe('init --demo', () => {
  test.each([
    ['keys', '700'],
    ['keys/receipt-key.pem', '600'],
    ['keys/certificate-key.pem', '600'],
    ['keys/certificate-public.pem', '644'],
    ['keys/credentials.key', '600'],
    ['keys/ops-password', '600'],
    ['keys/ssh-outside-ed25519', '600'],
    ['keys/ssh-outside-rsa', '600'],
    ['keys/ssh-inside-ed25519', '600'],
    ['keys/ssh-inside-rsa', '600'],
    ['keys/receipt-public.pem', '644'],
    ['ledger.sqlite3', '600'],
    ['data/airlock', '700'],
    ['data/quarantine', '700'],
    ['data/arrivals', '750'],
    ['data/shares', '750'],
    ['data/outbound', '750'],
    ['demo', '700'],
    ...PEOPLE.flatMap((name) =>
      ['key', 'password', 'otpauth', 'token'].map((ending) => [`demo/${name}.${ending}`, '600']),
    ),
  ])('makes %s with mode %s', (path, mode) => {
    expect(modeOf(path)).toBe(mode);
  });

  test('writes all doors, each on one line, and no other address but that of operations', async () => {
    const text = await readFile(join(haven.dir, 'havengate.yaml'), 'utf8');
    for (const [kind, side, port] of [
      ['sftp', 'outside', 2022],
      ['sftp', 'inside', 2122],
      ['portal', 'outside', 8080],
      ['portal', 'inside', 8180],
    ]) {
      expect(text).toMatch(
        new RegExp(`^ {2}- \\{ kind: ${kind}, side: ${side}, listen: 127\\.0\\.0\\.1:${port}\\b.*\\}$`, 'm'),
      );
    }
    expect(text).toMatch(/^ops: \{ listen: 127\.0\.0\.1:9090, .*\}$/m);
    expect(text).toMatch(/^scan: \{ clamd: [^,]+, too_large: hold, encrypted: hold \}$/m);
    expect(text.match(/[\w.\]]:\d+/g)).toHaveLength(5);
  });

  test('makes host keys that ssh2 reads, one set for each side', () => {
    const prints = ['outside', 'inside'].flatMap((side) =>
      ['ed25519', 'rsa'].map((type) => {
        const key = ssh2.utils.parseKey(readFileSync(join(haven.dir, `keys/ssh-${side}-${type}`)));
        if (key instanceof Error) throw key;
        const blob = key.getPublicSSH().toString('base64');
        expect(readFileSync(join(haven.dir, `keys/ssh-${side}-${type}.pub`), 'utf8')).toContain(` ${blob} `);
        return blob;
      }),
    );
    expect(new Set(prints).size).toBe(4);
  });

  test("makes keys that OpenSSH's programs read", async () => {
    const file = join(haven.dir, 'demo/alice.key');
    const { code, stdout } = await run('ssh-keygen', ['-y', '-f', file]);
    expect(code).toBe(0);
    expect(stdout).toBe(readFileSync(`${file}.pub`, 'utf8'));
    const rsa = join(haven.dir, 'keys/ssh-inside-rsa');
    const fingerprints = await Promise.all([rsa, `${rsa}.pub`].map((one) => run('ssh-keygen', ['-lf', one])));
    expect(fingerprints[0]?.stdout).toMatch(/^3072 SHA256:/);
    expect(fingerprints[0]?.stdout.split(' ')[1]).toBe(fingerprints[1]?.stdout.split(' ')[1]);
  });

  test('makes people, a project and a share, and says in the log that it did', async () => {
    const accounts = (await haven.json(['account', 'list'])).answer as unknown as Answer[];
    expect(
      accounts.map(({ name, role, hasPassword, hasTotp }) => [name, role, hasPassword, hasTotp]),
    ).toEqual([
      ['alice', 'researcher', true, true],
      ['bob', 'researcher', true, true],
      ['dana', 'data-team', true, true],
      ['olly', 'operator', true, true],
    ]);
    const { stdout } = await haven.run(['audit', 'export']);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { entry: { type: string; data: Answer; actor: Answer } }).entry);
    expect(rows[0]).toMatchObject({
      type: 'installation-initialised',
      data: { demo: true },
      actor: { kind: 'console' },
    });
    expect(rows.filter(({ type }) => type === 'share-member-added').map(({ data }) => data)).toEqual([
      { rights: ['read', 'write', 'outbound'] },
      { rights: ['read'] },
    ]);
    expect((await haven.run(['audit', 'verify'])).code).toBe(0);
  });

  test('writes secrets without a line break, so that programs may take a file as it is', () => {
    const secret = (ending: string) => readFileSync(join(haven.dir, `demo/alice.${ending}`), 'utf8');
    expect(secret('password')).toMatch(/^[a-z0-9]{5}(-[a-z0-9]{5}){3}$/);
    expect(secret('otpauth')).toMatch(
      /^otpauth:\/\/totp\/Havengate:alice\?secret=[A-Z2-7]{32}&issuer=Havengate$/,
    );
    expect(secret('token')).toMatch(/^hgt_tokn_[0-9a-z]{26}_[A-Za-z0-9_-]{43}$/);
  });

  test.each(['receipt', 'certificate'])('makes a %s key whose halves belong together', (kind) => {
    const read = (name: string) => readFileSync(join(haven.dir, 'keys', name));
    const publicKey = createPublicKey(createPrivateKey(read(`${kind}-key.pem`)));
    expect(keyIdOf(publicKey)).toBe(keyIdOf(createPublicKey(read(`${kind}-public.pem`))));
  });

  test('makes a key of its own for certificates', () => {
    const read = (name: string) => readFileSync(join(haven.dir, 'keys', name), 'utf8');
    expect(read('certificate-public.pem')).not.toBe(read('receipt-public.pem'));
  });
});

describe('init', () => {
  test('refuses a folder that has a configuration, and changes nothing in it', async () => {
    const before = readFileSync(join(haven.dir, 'havengate.yaml'), 'utf8');
    const { code, stdout, stderr } = await havengate(['init', '--dir', haven.dir]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('is there already; nothing was changed');
    expect(readFileSync(join(haven.dir, 'havengate.yaml'), 'utf8')).toBe(before);
    const again = await havengate(['init', '--dir', haven.dir, '--json']);
    expect(again.code).toBe(1);
    expect(JSON.parse(again.stdout)).toMatchObject({ error: { code: 'already-initialised' } });
  });

  test('completes what was cut short, and keeps the keys and people that are there', async () => {
    const half = await haven.copy();
    const read = (path: string) => readFileSync(join(half.dir, path), 'utf8');
    const before = ['keys/ssh-outside-rsa', 'keys/receipt-key.pem', 'demo/alice.key', 'demo/alice.token'].map(
      read,
    );
    for (const path of ['havengate.yaml', 'keys/ssh-inside-rsa', 'demo/bob.otpauth', 'demo/olly.token']) {
      await unlink(join(half.dir, path));
    }
    const { code, stderr } = await havengate(['init', '--dir', half.dir, '--demo']);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    const after = ['keys/ssh-outside-rsa', 'keys/receipt-key.pem', 'demo/alice.key', 'demo/alice.token'].map(
      read,
    );
    expect(after).toEqual(before);
    expect(existsSync(join(half.dir, 'demo/bob.otpauth'))).toBe(true);
    const print = await run('ssh-keygen', ['-y', '-f', join(half.dir, 'keys/ssh-inside-rsa')]);
    expect(read('keys/ssh-inside-rsa.pub')).toContain(print.stdout.trim().split(' ')[1]);
    expect((await half.run(['audit', 'verify'])).code).toBe(0);
    await half.remove();
  });

  test.each([
    'keys/receipt-key.pem',
    'keys/receipt-public.pem',
    'keys/certificate-key.pem',
    'keys/ssh-inside-ed25519.pub',
    'ledger.sqlite3',
    'demo/alice.password',
    'demo/dana.otpauth.new',
  ])('killed once there is %s, is completed by running it again', async (path) => {
    const dir = join(scratch, `killed-at-${path.replaceAll('/', '-')}`);
    const child = spawn(NODE, [MAIN, 'init', '--dir', dir, '--demo'], { stdio: 'ignore' });
    while (!existsSync(join(dir, path)) && child.exitCode === null) await setImmediate();
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const config = join(dir, 'havengate.yaml');
    const wasDone = existsSync(config);
    const again = await havengate(['init', '--dir', dir, '--demo']);
    expect(again.code, again.stderr).toBe(wasDone ? 1 : 0);
    const { code, stdout, stderr } = await havengate(['account', 'list', '--json', '--config', config]);
    expect(code, stderr).toBe(0);
    expect((JSON.parse(stdout) as Answer[]).map(({ hasTotp }) => hasTotp)).toEqual([true, true, true, true]);
    for (const name of PEOPLE) {
      for (const ending of ['key', 'key.pub', 'password', 'otpauth', 'token']) {
        expect(existsSync(join(dir, 'demo', `${name}.${ending}`))).toBe(true);
      }
    }
  });

  test('without --demo adds nobody, and waits for clamd rather than going without', async () => {
    const dir = join(scratch, 'plain');
    const { code, stdout } = await havengate(['init', '--dir', dir, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      dir,
      scan: 'on',
      people: [],
      config: join(dir, 'havengate.yaml'),
    });
    expect(existsSync(join(dir, 'demo'))).toBe(false);
    expect(await readFile(join(dir, 'havengate.yaml'), 'utf8')).toMatch(/^scan: \{ clamd: /m);
  });

  test('says in words why a folder cannot be one', async () => {
    const file = join(scratch, 'a-file');
    await writeFile(file, '');
    const below = await havengate(['init', '--dir', join(file, 'haven')]);
    expect([below.code, below.stderr]).toEqual([1, expect.stringContaining('cannot be made')]);
    const dir = join(scratch, 'taken');
    await mkdir(dir);
    await writeFile(join(dir, 'data'), '');
    const taken = await havengate(['init', '--dir', dir]);
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining(join(dir, 'data'))]);
    expect(existsSync(join(dir, 'havengate.yaml'))).toBe(false);
  });
});
