import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { certificatePage } from '../../src/app/cli/certificate-page.ts';
import { makeCertificateKey } from '../../src/app/init/make-keys.ts';
import { fileRecord, systemActor } from '../../src/core/custody/actors.ts';
import type { CertificateBody, CertificateSigner } from '../../src/core/custody/retention/certificate.ts';
import { createSigner } from '../../src/core/custody/signed-document.ts';
import { parseId } from '../../src/core/kit/ids.ts';
import { openSqliteLedger } from '../../src/stores/ledger/sqlite-ledger.ts';
import { type Answer, type Haven, havengate, makeHaven } from './demo-for-tests.ts';
import { putFile } from './put-file.ts';

let haven: Haven;

beforeAll(async () => {
  haven = await makeHaven();
});

afterAll(() => haven.remove());

const BODY: CertificateBody = {
  kind: 'havengate-certificate',
  version: 1,
  certificateId: 'cert_x',
  site: 'Site <&>',
  file: { id: 'file_x', path: `a/<script>alert("1")</script>'\u202e.csv`, size: 7, sha256: null },
  owner: { account: 'acct_x', name: 'alice' },
  receivedAt: '2026-01-01T00:00:00.000Z',
  arrivedAt: null,
  destroyedAt: '2026-02-01T00:00:00.000Z',
  rule: 'arrivals/v1',
  method: 'unlink',
  linkCount: null,
  medium: { encryption: 'LUKS2', snapshots: 'not stated', backups: 'not stated' },
};

describe('retention', () => {
  test('plan says what is due at a time, and run begins what is due now', async () => {
    const own = await haven.copy();
    const file = await putFile(own.dir, 'alice', 'scan.csv', 'arrived');
    const now = await own.json(['retention', 'plan']);
    expect([now.code, now.answer]).toEqual([
      0,
      {
        id: expect.stringMatching(/^[0-9a-z]{8}-[0-9a-f]{16}$/),
        asOf: expect.stringMatching(/Z$/),
        files: 0,
        bytes: 0,
        extended: 0,
        of: 1,
        needsConfirmation: false,
      },
    ]);
    const later = new Date(Date.now() + 2 * 86_400_000).toISOString();
    const then = await own.json(['retention', 'plan', '--as-of', later, '--files']);
    expect(then.answer).toMatchObject({
      asOf: later,
      files: 1,
      bytes: 7,
      due: [{ id: file.id, owner: 'alice', rule: 'arrivals/v1', outcome: 'destroyed' }],
    });
    const { stdout } = await own.run(['retention', 'plan', '--as-of', later, '--files']);
    expect(stdout).toContain(file.id);
    expect((await own.json(['retention', 'run'])).answer).toMatchObject({ begun: 0, plan: { files: 0 } });
    const future = await own.json(['retention', 'run', '--confirm', String(then.answer['id'])]);
    expect([future.code, future.answer]).toMatchObject([1, { error: { code: 'plan-unknown' } }]);
    expect((await own.json(['retention', 'run', '--confirm', 'x'])).answer).toMatchObject({
      error: { code: 'plan-unknown' },
    });
    await own.remove();
  });

  test('a plan that nobody could sign in for says that it extends', async () => {
    const own = await haven.copy();
    await putFile(own.dir, 'bob', 'scan.csv', 'arrived');
    await own.json(['account', 'disable', 'bob']);
    const plan = await own.json(['retention', 'plan', '--as-of', '2099-01-01', '--files']);
    expect(plan.answer).toMatchObject({
      asOf: '2099-01-01T00:00:00.000Z',
      files: 1,
      extended: 1,
      due: [{ outcome: 'extended' }],
    });
    const { stdout } = await own.run(['retention', 'plan', '--as-of', '2099-01-01']);
    expect(stdout).toMatch(/get more time +1, whose holders cannot sign in/);
    await own.remove();
  });
});

describe('hold', () => {
  test('is placed on a file, an account or a project, listed and lifted', async () => {
    const own = await haven.copy();
    const file = await putFile(own.dir, 'alice', 'scan.csv', 'arrived');
    const place = (...target: string[]) =>
      own.json(['hold', 'place', '--by', 'dana', '--reason', 'a court order', ...target]);
    const onFile = await place('--file', file.id);
    expect([onFile.code, onFile.answer]).toEqual([
      0,
      {
        id: expect.stringMatching(/^hold_/),
        kind: 'file',
        target: file.id,
        reason: 'a court order',
        placedBy: 'dana',
        placedAt: expect.stringMatching(/Z$/),
        liftedBy: null,
        liftedAt: null,
      },
    ]);
    expect((await place('--account', 'alice')).answer).toMatchObject({ kind: 'account', target: 'alice' });
    expect((await place('--project', 'DEMO-1')).answer).toMatchObject({ kind: 'project', target: 'DEMO-1' });
    expect((await own.json(['file', 'show', file.id])).answer['holds']).toHaveLength(3);
    expect((await own.json(['retention', 'plan', '--as-of', '2099-01-01'])).answer).toMatchObject({
      files: 0,
    });
    const removal = await own.json(['file', 'remove', file.id, '--by', 'alice']);
    expect([removal.code, removal.answer]).toMatchObject([1, { error: { code: 'held-back' } }]);
    const id = String(onFile.answer['id']);
    const lift = ['hold', 'lift', id, '--by', 'olly', '--reason', 'case closed'];
    expect((await own.json(lift)).answer).toMatchObject({ id, liftedBy: 'olly' });
    expect((await own.json(lift)).answer).toMatchObject({ error: { code: 'hold-unknown' } });
    expect((await own.json(['hold', 'list'])).answer).toHaveLength(2);
    expect((await own.json(['hold', 'list', '--all'])).answer).toHaveLength(3);
    expect((await own.run(['hold', 'list', '--all'])).stdout).toMatch(
      /project +DEMO-1 +dana .*a court order/,
    );
    await own.remove();
  });

  test.each<[string[], number, string]>([
    [['--by', 'dana', '--reason', 'x'], 2, 'usage'],
    [['--by', 'dana', '--reason', 'x', '--account', 'alice', '--project', 'DEMO-1'], 2, 'usage'],
    [['--by', 'dana', '--reason', ' ', '--account', 'alice'], 1, 'reason-missing'],
    [['--by', 'nobody', '--reason', 'x', '--account', 'alice'], 1, 'account-unknown'],
    [['--by', 'dana', '--reason', 'x', '--account', 'nobody'], 1, 'account-unknown'],
    [['--by', 'dana', '--reason', 'x', '--project', 'NONE'], 1, 'project-unknown'],
    [['--by', 'dana', '--reason', 'x', '--file', 'file_none'], 1, 'file-unknown'],
  ])('place %j ends with %i, %s', async (options, code, refusal) => {
    const refused = await haven.json(['hold', 'place', ...options]);
    expect([refused.code, refused.answer]).toMatchObject([code, { error: { code: refusal } }]);
  });
});

describe('decisions', () => {
  test('are taken by those who may, on files that wait for them', async () => {
    const own = await haven.copy();
    const { id } = await putFile(own.dir, 'alice', 'scan.csv', 'arrived');
    const refusalOf = async (...args: string[]) =>
      ((await own.json(args)).answer['error'] as Answer | undefined)?.['code'];
    expect(await refusalOf('file', 'destroy', id, '--by', 'alice', '--reason', 'x')).toBe('not-data-team');
    expect(await refusalOf('file', 'destroy', id, '--by', 'dana', '--reason', 'x')).toBe('not-stopped');
    expect(await refusalOf('file', 'admit', id, '--by', 'dana', '--reason', 'x')).toBe('not-stopped');
    expect(await refusalOf('file', 'ask-again', id, '--by', 'dana', '--reason', 'x')).toBe('not-stopped');
    expect(await refusalOf('file', 'ask-again', id, '--by', 'dana')).toBe('usage');
    expect(await refusalOf('file', 'remove', id, '--by', 'bob')).toBe('not-holder');
    await own.json(['account', 'disable', 'alice']);
    expect(await refusalOf('file', 'remove', id, '--by', 'alice')).toBe('account-disabled');
    await own.json(['account', 'enable', 'alice']);
    const removed = await own.json(['file', 'remove', id, '--by', 'alice']);
    expect([removed.code, removed.answer]).toMatchObject([0, { state: 'removed', daemonTold: false }]);
    expect(await refusalOf('file', 'remove', id, '--by', 'alice')).toBe('not-found');
    await own.remove();
  });
});

describe('certificate', () => {
  const sign = (body: CertificateBody) => {
    const pair = generateKeyPairSync('ed25519');
    const signer: CertificateSigner = createSigner(pair.privateKey);
    const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    return { text: JSON.stringify(signer.sign(body)), publicKey };
  };

  test('verifies offline, and its page has no script and no markup of others', async () => {
    const { text, publicKey } = sign(BODY);
    const [file, key] = [join(haven.parent, 'certificate.json'), join(haven.parent, 'public.pem')];
    await Promise.all([writeFile(file, text), writeFile(key, publicKey)]);
    const offline = { cwd: haven.parent };
    const good = await havengate(['certificate', 'verify', file, '--key', key, '--json'], offline);
    expect(JSON.parse(good.stdout)).toMatchObject({ valid: true, certificate: BODY });
    const page = await havengate(['certificate', 'page', file, '--key', key], offline);
    expect(page.code, page.stderr).toBe(0);
    expect(page.stdout).toMatch(/^<!doctype html>/);
    expect(page.stdout).not.toMatch(/<script|<img|<link|javascript:|https?:|\u202e/);
    expect(page.stdout).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;');
    expect(page.stdout).toContain('Site &lt;&amp;&gt;');
    const otherKey = await havengate([
      'certificate',
      'page',
      file,
      '--config',
      join(haven.dir, 'havengate.yaml'),
    ]);
    expect([otherKey.code, otherKey.stdout]).toEqual([1, '']);
    await writeFile(file, text.replace('"size":7', '"size":8'));
    const altered = await havengate(['certificate', 'verify', file, '--key', key, '--json'], offline);
    expect([altered.code, JSON.parse(altered.stdout)]).toMatchObject([
      1,
      { error: { code: 'certificate-altered' } },
    ]);
    await rm(file);
  });

  test('a receipt is none', async () => {
    const own = await haven.copy();
    const { id } = await putFile(own.dir, 'alice', 'scan.csv', 'arrived');
    const receipt = (await own.run(['receipt', 'export', id])).stdout;
    const refused = await own.run(['certificate', 'verify', '-', '--json'], receipt);
    expect([refused.code, JSON.parse(refused.stdout)]).toMatchObject([
      1,
      { error: { code: 'certificate-malformed' } },
    ]);
    const missing = await own.json(['certificate', 'export', id]);
    expect([missing.code, missing.answer]).toMatchObject([
      1,
      { error: { code: 'no-certificate', message: expect.stringContaining('arrived') } },
    ]);
    await own.remove();
  });

  test('every value of a page is escaped', () => {
    const page = certificatePage({ ...BODY, rule: '"><b>' }, `'key'<`);
    expect(page).toContain('&quot;&gt;&lt;b&gt;');
    expect(page).toContain('&#39;key&#39;&lt;');
  });
});

describe('a certificate on request', () => {
  test('is made for a removed file when its bytes are gone, once, and verifies', async () => {
    const own = await haven.copy();
    const { id } = await putFile(own.dir, 'alice', 'scan.csv', 'arrived');
    const issue = () => own.json(['certificate', 'issue', id]);
    const refused = (code: string) => [1, { error: { code } }];
    const before = await issue();
    expect([before.code, before.answer]).toMatchObject(refused('not-removed'));
    await own.json(['file', 'remove', id, '--by', 'alice']);
    const soon = await issue();
    expect([soon.code, soon.answer]).toMatchObject(refused('not-gone-yet'));
    expect((await own.json(['certificate', 'export', id])).answer).toMatchObject({
      error: { message: expect.stringContaining('certificate issue') },
    });
    await asCleared(own.dir, id);
    const issued = await issue();
    expect([issued.code, issued.answer]).toMatchObject([
      0,
      { body: { file: { id, path: 'scan.csv' }, rule: 'removed/v1', linkCount: 1 } },
    ]);
    expect((await issue()).answer).toEqual(issued.answer);
    expect((await own.json(['certificate', 'export', id])).answer).toEqual(issued.answer);
    const verified = await own.run(['certificate', 'verify', '-'], JSON.stringify(issued.answer));
    expect(verified.code, verified.stderr).toBe(0);
    const log = (await own.json(['file', 'show', id])).answer['custody'] as {
      type: string;
      actor: unknown;
    }[];
    expect(log.filter(({ type }) => type === 'certificate-issued')).toMatchObject([
      { actor: { kind: 'console' } },
    ]);
    await own.remove();
  });

  /** What the job writes when it has unlinked the bytes of a removed file. */
  async function asCleared(dir: string, text: string): Promise<void> {
    const ledger = await openSqliteLedger({ file: join(dir, 'ledger.sqlite3') });
    const id = parseId('file', text);
    const file = id === null ? null : await ledger.fileById(id);
    if (file === null) throw new Error(`there is no file ${text}`);
    const data = { to: 'gone', linkCount: 1 };
    const audit = fileRecord(Date.now(), systemActor('test'), 'airlock-cleared', file, { data });
    await ledger.moveBytes(file, file.zone, 'gone', audit);
    await ledger.close();
  }
});

describe('the certificate key', () => {
  test('is made for an installation that has none, and never in place of one that is lost', async () => {
    const own = await haven.copy();
    const keys = join(own.dir, 'keys');
    const [secret, open] = [join(keys, 'certificate-key.pem'), join(keys, 'certificate-public.pem')];
    const before = readFileSync(open, 'utf8');
    await rm(open);
    expect(await makeCertificateKey(keys)).toBe(false);
    expect(await readFile(open, 'utf8')).toBe(before);
    await rm(secret);
    expect(await makeCertificateKey(keys)).toBe(false);
    await rm(open);
    expect(await makeCertificateKey(keys)).toBe(true);
    expect(await readFile(open, 'utf8')).not.toBe(before);
    const { stdout } = await own.run(['doctor']);
    expect(stdout).toMatch(/keys +ok/);
    await writeFile(open, before);
    expect((await own.run(['doctor'])).stdout).toMatch(/keys +warning +certificates are signed by/);
    await own.remove();
  });
});

describe('clock', () => {
  test('is trusted, or suspect until somebody accepts it', async () => {
    const own = await haven.copy();
    const shown = await own.json(['clock', 'show']);
    expect(shown.answer).toEqual({
      suspect: false,
      why: null,
      againstLedger: null,
      now: expect.stringMatching(/Z$/),
      lastTrusted: null,
      ledgerLast: expect.stringMatching(/Z$/),
    });
    expect((await own.json(['clock', 'accept'])).answer).toMatchObject({ accepted: false });
    const ledger = await openSqliteLedger({ file: join(own.dir, 'ledger.sqlite3') });
    await ledger.writeMark('clock-suspect', 'it jumped');
    await ledger.close();
    expect((await own.json(['clock', 'show'])).answer).toMatchObject({ suspect: true, why: 'it jumped' });
    expect((await own.run(['doctor'])).stdout).toMatch(/clock +warning +the clock is suspect: it jumped/);
    const run = await own.json(['retention', 'run']);
    expect([run.code, run.answer]).toMatchObject([
      1,
      { error: { code: 'clock-suspect', message: expect.stringContaining('havengate clock accept') } },
    ]);
    expect((await own.json(['clock', 'accept'])).answer).toMatchObject({ accepted: true });
    expect((await own.json(['clock', 'show'])).answer).toMatchObject({ suspect: false });
    await own.remove();
  });
});
