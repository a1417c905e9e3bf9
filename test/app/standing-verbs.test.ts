import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/app/config/load-config.ts';
import { siteGates } from '../../src/app/config/site-gates.ts';
import { agreementOf } from '../../src/core/accounts/gates.ts';
import { acceptAgreement } from '../../src/core/accounts/record-standing.ts';
import { openSqliteLedger } from '../../src/stores/ledger/sqlite-ledger.ts';
import { type Answer, type Haven, makeHaven } from './demo-for-tests.ts';

const TEXT = 'Be careful.\n';
const AGREEMENT = agreementOf(TEXT);
const GATES = 'gates: { training: on, agreement: ./agreement.txt, induction: on }';

let haven: Haven;

beforeAll(async () => {
  haven = await makeHaven();
  const file = join(haven.dir, 'havengate.yaml');
  await writeFile(file, (await readFile(file, 'utf8')).replace(/^gates: .*$/m, GATES));
  await writeFile(join(haven.dir, 'agreement.txt'), TEXT);
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

async function lastAudited(): Promise<Answer> {
  return withLedger(async (ledger) => {
    const { size } = await ledger.auditHead();
    const [row] = await ledger.readAudit(size - 1, 1);
    return JSON.parse(row?.entry ?? '{}') as Answer;
  });
}

const verb = (...args: string[]) => haven.json(['account', ...args]);
const closedTo = async () => (await verb('show', 'alice')).answer['closedGates'];

test('training and induction are recorded and withdrawn, with who saw it, and shown', async () => {
  expect(await closedTo()).toEqual(['training', 'agreement', 'induction']);
  const trained = await verb('training', 'alice', '--expires', '2999-03-01', '--by', 'dana');
  expect(trained).toMatchObject({
    code: 0,
    answer: { name: 'alice', trainingExpires: '2999-03-01T00:00:00.000Z' },
  });
  expect(await lastAudited()).toMatchObject({
    type: 'training-recorded',
    actor: { kind: 'console' },
    data: { expires: Date.parse('2999-03-01T00:00:00Z'), by: expect.stringMatching(/^acct_/) },
  });
  expect(await closedTo()).toEqual(['agreement', 'induction']);
  const inducted = await verb('induction', 'alice', '--on', '2026-01-30');
  expect(inducted).toMatchObject({ code: 0, answer: { inductedOn: '2026-01-30T00:00:00.000Z' } });
  expect(await lastAudited()).toMatchObject({ type: 'induction-recorded' });
  expect(await closedTo()).toEqual(['agreement']);
  const { stdout } = await haven.run(['account', 'show', 'alice']);
  expect(stdout).toMatch(/^training until +2999-03-01T00:00:00\.000Z$/m);
  expect(stdout).toMatch(/^may not transfer +you have not accepted the agreement/m);
  expect((await haven.run(['account', 'list'])).stdout).toMatch(/^bob .* training, agreement, induction$/m);
  expect(await verb('training', 'alice', '--withdraw')).toMatchObject({
    code: 0,
    answer: { trainingExpires: null },
  });
  expect(await closedTo()).toEqual(['training', 'agreement']);
});

test.each<[string, string[], number, string]>([
  ['nobody', ['training', 'nobody', '--expires', '2999-01-01'], 1, 'account-unknown'],
  ['an induction that is to come', ['induction', 'alice', '--on', '2999-01-01'], 1, 'induction-in-future'],
  [
    'somebody unknown who saw it',
    ['training', 'alice', '--withdraw', '--by', 'nobody'],
    1,
    'account-unknown',
  ],
])('%s is refused, and nothing is recorded', async (_, args, code, refusal) => {
  const before = await lastAudited();
  expect(await verb(...args)).toMatchObject({ code, answer: { error: { code: refusal } } });
  expect(await lastAudited()).toEqual(before);
});

test.each([
  [['training', 'alice']],
  [['induction', 'alice', '--on', 'yesterday']],
  [['training', 'alice', '--withdraw', '--expires', '2999-01-01']],
])('%j is no use of the verb', async (args) => {
  expect((await haven.run(['account', ...args])).code).toBe(2);
});

test('agreement tells who accepted what, and shows the text of every version that was accepted', async () => {
  expect((await verb('agreement', 'alice')).answer).toEqual({
    current: AGREEMENT.version,
    accepted: [{ name: 'alice', version: null, acceptedAt: null, isCurrent: false }],
  });
  await withLedger(async (ledger) => {
    const gates = await siteGates(await loadConfig(join(haven.dir, 'havengate.yaml'), {}));
    const alice = (await ledger.listAccounts()).find(({ name }) => name === 'alice');
    if (alice === undefined) throw new Error('no alice');
    const session = { account: alice.id, side: 'outside', door: 'portal' } as const;
    const clock = { now: () => Date.now(), monotonic: () => 0 };
    expect(await acceptAgreement({ ledger, clock, gates }, session, AGREEMENT.version)).toMatchObject({
      ok: true,
    });
  });
  const { stdout } = await haven.run(['account', 'agreement']);
  expect(stdout).toMatch(new RegExp(`^alice +${AGREEMENT.version.slice(0, 12)} .*Z +yes$`, 'm'));
  expect((await haven.run(['account', 'agreement', '--text'])).stdout).toBe(TEXT);
  const unknown = await verb('agreement', '--text', '0'.repeat(64));
  expect(unknown).toMatchObject({ code: 1, answer: { error: { code: 'agreement-unknown' } } });
});

test('a text that is not there stops what needs it, and says which file', async () => {
  const other = await haven.copy();
  await writeFile(join(other.dir, 'agreement.txt'), ' \n');
  const ended = await other.run(['account', 'show', 'alice']);
  await other.remove();
  expect(ended.code).not.toBe(0);
  expect(ended.stderr).toMatch(/gates\.agreement: .*agreement\.txt is empty/);
});
