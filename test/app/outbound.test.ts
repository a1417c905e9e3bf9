import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AccountName } from '../../src/core/accounts/account.ts';
import { fileRecord, systemActor } from '../../src/core/custody/actors.ts';
import type { FileName, FolderPath } from '../../src/core/custody/names.ts';
import type { FileMove } from '../../src/core/custody/ports.ts';
import type { FileId } from '../../src/core/kit/ids.ts';
import type { OpenLedger } from '../../src/stores/ledger/ledger-engine.ts';
import { openSqliteLedger } from '../../src/stores/ledger/sqlite-ledger.ts';
import { type Haven, havengate, makeHaven } from './demo-for-tests.ts';
import { putFile } from './put-file.ts';

let template: Haven;
let haven: Haven;

beforeAll(async () => {
  template = await makeHaven();
});

afterAll(() => template.remove());

beforeEach(async () => {
  haven = await template.copy();
  await mkdir(join(haven.dir, 'data/shares/cohort/results'), { recursive: true });
  await writeFile(join(haven.dir, 'data/shares/cohort/results/table.csv'), 'a,b\n');
  return () => haven.remove();
});

async function inLedger<T>(work: (ledger: OpenLedger) => Promise<T>): Promise<T> {
  const ledger = await openSqliteLedger({ file: join(haven.dir, 'ledger.sqlite3') });
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

/** Moves a file on in the ledger, as a job would. */
function moveOn(
  id: string,
  from: FileMove['from'],
  to: FileMove['to'],
  event: Parameters<typeof fileRecord>[2],
  changes: FileMove['changes'] = {},
): Promise<void> {
  return inLedger(async (ledger) => {
    const file = await ledger.fileById(id as FileId);
    if (file === null) throw new Error(`no file ${id}`);
    const audit = fileRecord(Date.now(), systemActor('test'), event, file);
    const moved = await ledger.moveFile({ ref: file, from, to, changes, audit });
    if (moved !== 'moved') throw new Error(`${event}: ${moved}`);
  });
}

async function release(id: string, name: string): Promise<void> {
  const now = Date.now();
  const arrival = { folder: '' as FolderPath, name: name as FileName };
  await moveOn(id, 'sealing', 'sealed', 'file-sealed', { size: 4, receivedAt: now, settlesAt: now });
  await moveOn(id, 'sealed', 'inspecting', 'inspection-begun');
  await moveOn(id, 'inspecting', 'releasing', 'release-begun', { arrival });
  await moveOn(id, 'releasing', 'released', 'file-released', {
    releasedAt: now,
    expiresAt: now + 1000,
    expiresRule: 'outbound/v1',
    zone: 'outbound',
  });
}

const SEND = ['outbound', 'send', '--share', 'cohort'] as const;

async function send(...args: readonly string[]): Promise<{ id: string; path: string }> {
  const { code, answer } = await haven.json([...SEND, ...args]);
  if (code !== 0) throw new Error(JSON.stringify(answer));
  const [file] = answer['files'] as { id: string; path: string }[];
  if (file === undefined) throw new Error('nothing was sent');
  return file;
}

describe('outbound send', () => {
  test('sends a copy of a path in the name of somebody', async () => {
    const sent = await haven.json([...SEND, 'results/table.csv', '--by', 'alice']);
    expect([sent.code, sent.answer]).toMatchObject([
      0,
      {
        files: [
          {
            id: expect.stringMatching(/^file_/),
            owner: 'alice',
            path: 'table.csv',
            leavesBy: 'cohort',
            working: 'cohort/results/table.csv',
            state: 'sealing',
          },
        ],
        daemonTold: false,
      },
    ]);
    const told = await haven.run([...SEND, 'results/table.csv', '--by', 'alice', '--as', 'table-1.csv']);
    expect(told.stdout).toMatch(
      /^file_\w+: a copy of cohort\/results\/table\.csv leaves for \/outbound\/cohort\/table-1\.csv\n.*at its next start\n$/,
    );
  });

  test('sends a file that was moved to the share by its id, in the name of its owner', async () => {
    const file = await putFile(haven.dir, 'alice', 'table.csv', 'arrived');
    const before = await haven.json([...SEND, file.id]);
    expect([before.code, before.answer]).toMatchObject([1, { error: { code: 'not-shared' } }]);
    const share = await inLedger((ledger) => ledger.shareByName('cohort'));
    if (share === null) throw new Error('the demo has no cohort');
    const working = {
      share: share.id,
      folder: 'results' as FolderPath,
      name: 'table.csv' as FileName,
    };
    await moveOn(file.id, 'arrived', 'moving', 'move-begun', { working });
    await moveOn(file.id, 'moving', 'shared', 'file-shared', { zone: 'share' });
    expect(await send(file.id)).toMatchObject({ owner: 'alice', working: 'cohort/results/table.csv' });
  });

  test('says in words why it does not, and what was sent before', async () => {
    const refused = async (...args: string[]) => {
      const { code, answer } = await haven.json([...SEND, ...args]);
      return [code, answer];
    };
    expect(await refused('results/table.csv', '--by', 'bob')).toMatchObject([
      1,
      {
        error: {
          code: 'no-right',
          message: 'bob needs the rights read and outbound on cohort; nothing was copied',
        },
      },
    ]);
    expect(await refused('results', '--by', 'alice')).toMatchObject([1, { error: { code: 'is-a-folder' } }]);
    expect(await refused('results/table.csv', 'none.csv', '--by', 'alice')).toMatchObject([
      1,
      {
        error: { code: 'not-found', message: expect.stringContaining('sent before it: table.csv') },
        sent: [{ path: 'table.csv' }],
      },
    ]);
    expect(await refused('../secret', '--by', 'alice')).toMatchObject([
      1,
      { error: { code: 'name-invalid' } },
    ]);
    const unknown = await haven.json(['outbound', 'send', 'x', '--share', 'none', '--by', 'alice']);
    expect(unknown.answer).toMatchObject({ error: { code: 'share-unknown' } });
    await haven.json(['account', 'disable', 'alice']);
    expect(await refused('results/table.csv', '--by', 'alice')).toMatchObject([
      1,
      { error: { code: 'account-disabled' } },
    ]);
  });

  test('is not understood without a sender, or with one name for two files', async () => {
    expect((await haven.run([...SEND, 'results/table.csv'])).code).toBe(2);
    expect((await haven.run([...SEND, 'a', 'b', '--by', 'alice', '--as', 'c'])).code).toBe(2);
    expect((await havengate(['outbound', 'send', '--help'])).stdout).toContain('the files themselves stay');
  });
});

describe('outbound list and revoke', () => {
  test('show what leaves; what came to nothing only when it is asked for', async () => {
    const { id } = await send('results/table.csv', '--by', 'alice');
    const lost = await send('results/table.csv', '--by', 'alice', '--as', 'lost.csv');
    await moveOn(lost.id, 'sealing', 'abandoned', 'sealing-failed', {
      reason: 'source-missing',
      zone: 'gone',
    });
    await putFile(haven.dir, 'alice', 'scan.csv', 'arrived');
    const list = async (...args: string[]) => (await haven.json(['outbound', 'list', ...args])).answer;
    expect(await list('--share', 'cohort', '--owner', 'alice')).toMatchObject([{ id, state: 'sealing' }]);
    expect(await list('--all')).toHaveLength(2);
    expect(await list('--owner', 'bob')).toEqual([]);
    await release(id, 'table (2).csv');
    const { stdout } = await haven.run(['outbound', 'list']);
    expect(stdout).toMatch(/^ID +OWNER +STATE +SIZE +RELEASED +COLLECTED +EXPIRES +PATH\n/);
    expect(stdout).toContain('/outbound/cohort/table (2).csv');
  });

  test('take it back, for those who may, with a reason', async () => {
    const { id } = await send('results/table.csv', '--by', 'alice');
    const revoke = (by: string, reason = 'names in it') =>
      haven.json(['outbound', 'revoke', id, '--by', by, '--reason', reason]);
    expect((await revoke('dana')).answer).toMatchObject({ error: { code: 'not-released' } });
    await release(id, 'table.csv');
    expect((await revoke('bob')).answer).toMatchObject({ error: { code: 'may-not-revoke' } });
    expect((await revoke('dana', ' ')).answer).toMatchObject({ error: { code: 'reason-missing' } });
    const revoked = await revoke('dana');
    expect([revoked.code, revoked.answer]).toMatchObject([0, { id, state: 'revoked', daemonTold: false }]);
    const rows = await inLedger((ledger) => ledger.auditOf({ file: id as FileId }));
    expect(rows.at(-1)?.entry).toContain('"file-revoked"');
  });

  test('`file admit` orders the release of a file that leaves', async () => {
    const { id } = await send('results/table.csv', '--by', 'alice');
    const now = Date.now();
    await moveOn(id, 'sealing', 'sealed', 'file-sealed', { size: 4, receivedAt: now, settlesAt: now });
    await moveOn(id, 'sealed', 'inspecting', 'inspection-begun');
    await moveOn(id, 'inspecting', 'held', 'file-held', {
      reason: 'encrypted',
      sha256: 'a'.repeat(64) as never,
    });
    const { stdout } = await haven.run(['file', 'admit', id, '--by', 'dana', '--reason', 'looked at it']);
    expect(stdout).toContain('its release was ordered');
    const owner = await inLedger((ledger) => ledger.accountByName('alice' as AccountName));
    expect(await inLedger((ledger) => ledger.fileById(id as FileId))).toMatchObject({
      state: 'releasing',
      owner: owner?.id,
    });
  });
});
