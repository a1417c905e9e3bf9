import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CustodyFile } from '../../../src/core/custody/file.ts';
import {
  listOutboundShares,
  listReleased,
  lookUpReleased,
  openReleased,
} from '../../../src/core/custody/outbound/outbound-view.ts';
import { releaseFile } from '../../../src/core/custody/outbound/release-file.ts';
import type { ReleasedReader } from '../../../src/core/custody/outbound/released-reader.ts';
import { revokeRelease } from '../../../src/core/custody/outbound/revoke.ts';
import { runRetention } from '../../../src/core/custody/retention/run.ts';
import { onFailpoint } from '../../../src/core/kit/failpoint.ts';
import { at, folder } from '../../ledger/fixtures.ts';
import { done, makeOutboundHaven, type OutboundHaven, type Person } from './outbound-haven.ts';

let haven: OutboundHaven;

beforeEach(async () => {
  haven = await makeOutboundHaven();
});

afterEach(async () => {
  onFailpoint(null);
  await haven.close();
});

async function open(path: string): Promise<ReleasedReader> {
  return done(await openReleased(haven.custody, haven.session('alice'), 'cohort', at(path)));
}

async function readText(reader: ReleasedReader, position: number, length: number): Promise<string> {
  const buffer = Buffer.alloc(length);
  return buffer.toString('utf8', 0, done(await reader.read(buffer, position)));
}

async function revoke(file: CustodyFile, person: Person, reason = 'names were left in it') {
  const now = await haven.file(file.id);
  return revokeRelease(haven.custody, { kind: 'console' }, now, { by: await haven.account(person), reason });
}

async function collections(file: CustodyFile): Promise<number> {
  return (await haven.history(file.id)).filter(({ type }) => type === 'file-collected').length;
}

describe('outbound outside', () => {
  const shares = (person: Person) => listOutboundShares(haven.custody, haven.session(person));
  const look = (person: Person, path: string, share = 'cohort') =>
    lookUpReleased(haven.custody, haven.session(person), share, folder(path));
  const list = (person: Person, path: string) =>
    listReleased(haven.custody, haven.session(person), 'cohort', folder(path), { after: null, limit: 10 });

  test('shows what was released to the person, and to nobody else', async () => {
    expect(await shares('alice')).toEqual({ ok: true, value: [] });
    expect(await look('alice', '')).toMatchObject({ refusal: 'not-found' });
    const file = await haven.release('alice', 'table.csv', 'a,b\n');
    expect(await shares('alice')).toEqual({ ok: true, value: ['cohort'] });
    expect(await look('alice', '')).toMatchObject({ value: { kind: 'folder' } });
    expect(await look('alice', 'TABLE.csv')).toMatchObject({
      value: { kind: 'file', file: { id: file.id } },
    });
    expect(await list('alice', '')).toMatchObject({ value: [{ kind: 'file', name: 'table.csv' }] });
    await haven.allow('bob', 'read', 'write', 'outbound');
    expect(await shares('bob')).toEqual({ ok: true, value: [] });
    for (const path of ['', 'table.csv'])
      expect(await look('bob', path)).toMatchObject({ refusal: 'not-found' });
    expect(await list('bob', '')).toMatchObject({ refusal: 'not-found' });
    expect(await look('bob', '', 'no-such-share')).toMatchObject({ refusal: 'not-found' });
    expect(await openReleased(haven.custody, haven.session('bob'), 'cohort', at('table.csv'))).toMatchObject({
      refusal: 'not-found',
    });
  });

  test('keeps what was released when the person loses the right or the share is closed', async () => {
    await haven.release('alice', 'table.csv', 'a,b\n');
    await haven.allow('alice');
    await haven.closeShare();
    expect(await shares('alice')).toEqual({ ok: true, value: ['cohort'] });
    const reader = await open('table.csv');
    expect(await readText(reader, 0, 10)).toBe('a,b\n');
    await reader.close();
  });

  test('shows nothing that is on its way, held, revoked or over', async () => {
    await haven.release('alice', 'seen.csv', 'x');
    const revoked = await haven.release('alice', 'revoked.csv', 'y');
    done(await revoke(revoked, 'alice'));
    haven.scannerSays('encrypted');
    await haven.release('alice', 'held.csv', 'z');
    await haven.write('sealing.csv', 'w');
    done(await haven.send('alice', 'sealing.csv'));
    expect(await list('alice', '')).toMatchObject({ value: [{ name: 'seen.csv' }] });
    for (const name of ['revoked.csv', 'held.csv', 'sealing.csv'])
      expect(await look('alice', name)).toMatchObject({ refusal: 'not-found' });
  });

  test('refuses a disabled account', async () => {
    await haven.release('alice', 'table.csv', 'a,b\n');
    await haven.disable('alice');
    expect(await shares('alice')).toMatchObject({ refusal: 'account-disabled' });
    expect(await look('alice', '')).toMatchObject({ refusal: 'account-disabled' });
  });
});

describe('a download', () => {
  test('is a collection when every byte was read and the file closed, in any order', async () => {
    const file = await haven.release('alice', 'table.csv', '0123456789');
    const reader = await open('table.csv');
    expect([reader.size, await readText(reader, 5, 100), await readText(reader, 0, 5)]).toEqual([
      10,
      '56789',
      '01234',
    ]);
    expect((await haven.file(file.id)).collectedAt).toBe(null);
    await reader.close();
    const collected = await haven.file(file.id);
    expect(collected.collectedAt).not.toBe(null);
    expect((await haven.history(file.id)).at(-1)).toMatchObject({
      type: 'file-collected',
      actor: { kind: 'account', account: file.owner, side: 'outside', door: 'sftp' },
    });
  });

  test('in part, or without a close, is none', async () => {
    const file = await haven.release('alice', 'table.csv', '0123456789');
    const part = await open('table.csv');
    await readText(part, 0, 4);
    await readText(part, 5, 5);
    await part.close();
    const other = await haven.release('alice', 'other.csv', '0123456789');
    const lost = await open('other.csv');
    await readText(lost, 0, 10);
    await lost.leave();
    for (const { id } of [file, other]) expect((await haven.file(id)).collectedAt).toBe(null);
  });

  test('that was resumed in another session counts as one', async () => {
    const file = await haven.release('alice', 'table.csv', '0123456789');
    const first = await open('table.csv');
    await readText(first, 0, 6);
    await first.leave();
    const second = await open('table.csv');
    await readText(second, 6, 4);
    await second.close();
    expect((await haven.file(file.id)).collectedAt).not.toBe(null);
    expect(await collections(file)).toBe(1);
  });

  test('again is in the audit, and leaves the first time as it is', async () => {
    const file = await haven.release('alice', 'table.csv', '0123456789');
    for (let i = 0; i < 2; i++) {
      const reader = await open('table.csv');
      await readText(reader, 0, 10);
      await reader.close();
      haven.pass(1000);
    }
    const idle = await open('table.csv');
    await idle.close();
    expect(await collections(file)).toBe(2);
    const [first] = (await haven.history(file.id)).filter(({ type }) => type === 'file-collected');
    expect(new Date((await haven.file(file.id)).collectedAt ?? 0).toISOString()).toBe(first?.at);
  });

  test('counts what was read ahead only when it was sent', async () => {
    const file = await haven.release('alice', 'table.csv', '0123456789');
    const reader = await open('table.csv');
    await reader.readAhead(Buffer.alloc(10), 0);
    reader.sent(0, 9);
    await reader.close();
    expect((await haven.file(file.id)).collectedAt).toBe(null);
    const again = await open('table.csv');
    again.sent(9, 10);
    await again.close();
    expect((await haven.file(file.id)).collectedAt).not.toBe(null);
  });

  test('of an empty file is a collection when it is opened and closed', async () => {
    const file = await haven.release('alice', 'empty.csv', '');
    const reader = await open('empty.csv');
    await reader.close();
    expect((await haven.file(file.id)).collectedAt).not.toBe(null);
  });

  test('ends within 200 ms of a revocation, and is no collection then', async () => {
    const file = await haven.release('alice', 'table.csv', '0123456789');
    const reader = await open('table.csv');
    expect(await readText(reader, 0, 5)).toBe('01234');
    done(await revoke(file, 'dana'));
    haven.pass(201);
    expect(await reader.read(Buffer.alloc(5), 5)).toMatchObject({ ok: false, refusal: 'not-found' });
    await reader.close();
    expect((await haven.file(file.id)).collectedAt).toBe(null);
  });

  test('whose last byte was read before the revocation is no collection either', async () => {
    const file = await haven.release('alice', 'table.csv', '0123456789');
    const reader = await open('table.csv');
    await readText(reader, 0, 10);
    done(await revoke(file, 'dana'));
    await reader.close();
    expect(await collections(file)).toBe(0);
    expect((await haven.file(file.id)).state).toBe('revoked');
  });

  test('ends when the account is disabled', async () => {
    await haven.release('alice', 'table.csv', '0123456789');
    const reader = await open('table.csv');
    await readText(reader, 0, 5);
    await haven.disable('alice');
    haven.pass(201);
    expect(await reader.read(Buffer.alloc(5), 5)).toMatchObject({ refusal: 'account-disabled' });
    await reader.leave();
  });
});

describe('a revocation', () => {
  test.each(['alice', 'dana', 'ian'] as const)('is made by %s with a reason', async (person) => {
    const file = await haven.release('alice', 'table.csv', 'a,b\n');
    expect(await revoke(file, person, ' ')).toMatchObject({ refusal: 'reason-missing' });
    done(await revoke(file, person));
    expect(await haven.file(file.id)).toMatchObject({
      state: 'revoked',
      generation: file.generation + 1,
      expiresRule: 'revoked/v1',
    });
    expect(await revoke(file, person)).toMatchObject({ refusal: 'not-released' });
    await haven.work();
    const told = haven.mails.filter(({ subject }) => subject.includes('taken back'));
    expect(told.map(({ to }) => to.name).toSorted()).toEqual(['alice', 'dana', 'dirk']);
    expect(told[0]?.text).toContain('names were left in it');
    expect(await haven.faults()).toEqual([]);
  });

  test('is made by nobody else', async () => {
    const file = await haven.release('alice', 'table.csv', 'a,b\n');
    expect(await revoke(file, 'bob')).toMatchObject({ refusal: 'may-not-revoke' });
    await haven.disable('dana');
    expect(await revoke(file, 'dana')).toMatchObject({ refusal: 'may-not-revoke' });
    expect((await haven.file(file.id)).state).toBe('released');
  });

  test('while the airlock is being cleared breaks nothing', async () => {
    await haven.write('table.csv', 'a,b\n');
    const { id } = done(await haven.send('alice', 'table.csv'));
    onFailpoint((point) => {
      if (point === 'clear.airlock-unlinked') throw new Error('died');
    });
    await expect(haven.work()).rejects.toThrow('died');
    onFailpoint(null);
    done(await revoke(await haven.file(id), 'dana'));
    await haven.work();
    expect(await haven.file(id)).toMatchObject({ state: 'revoked', zone: 'airlock' });
    expect(await haven.faults()).toEqual([]);
    done(await runRetention(haven.custody, { kind: 'console' }, null));
    expect(await haven.file(id)).toMatchObject({ state: 'destroying', zone: 'airlock' });
    expect(await haven.faults()).toEqual([]);
    await haven.work();
    expect(await haven.file(id)).toMatchObject({ state: 'destroyed', zone: 'gone' });
    expect(await haven.outbound()).toEqual([]);
  });

  test('of a file that has not left the airlock yet breaks nothing', async () => {
    await haven.write('table.csv', 'a,b\n');
    const { id } = done(await haven.send('alice', 'table.csv'));
    await haven.run('seal-file', id);
    await haven.run('inspect-file', id);
    const { custody } = haven;
    onFailpoint((point) => {
      if (point === 'release.recorded') throw new Error('died');
    });
    await expect(releaseFile(custody, { id, generation: 1 })).rejects.toThrow('died');
    onFailpoint(null);
    done(await revoke(await haven.file(id), 'dana'));
    await haven.work();
    expect(await haven.file(id)).toMatchObject({ state: 'revoked', zone: 'airlock' });
    expect(await haven.faults()).toEqual([]);
  });
});
