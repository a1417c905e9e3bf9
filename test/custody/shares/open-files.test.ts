import { readFile, stat, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openArrival, removeArrival } from '../../../src/core/custody/shares/arrivals-view.ts';
import { openWorking } from '../../../src/core/custody/shares/open-working.ts';
import type { WorkingFile, WorkingOpen } from '../../../src/core/custody/shares/ports.ts';
import { accept } from '../../../src/core/kit/result.ts';
import { closeShare } from '../../../src/core/projects/close-share.ts';
import { at } from '../../ledger/fixtures.ts';
import { done, type Haven, makeHaven, place } from './haven.ts';

let haven: Haven;

beforeEach(async () => {
  haven = await makeHaven();
});

afterEach(() => haven.close());

const READ: WorkingOpen = { read: true, write: false, create: false, exclusive: false, truncate: false };
const PUT: WorkingOpen = { read: false, write: true, create: true, exclusive: false, truncate: true };
const EDIT: WorkingOpen = { read: true, write: true, create: false, exclusive: false, truncate: false };

const open = async (path: string, how: WorkingOpen, who: 'alice' | 'bob' = 'alice') =>
  openWorking(haven.intake, haven.session(who), place(path), how);

const onDisk = (path: string) => readFile(haven.at('shares', path), 'utf8');

describe('a working file that is open', () => {
  test('is written, read back, and audited once, when it is closed', async () => {
    const file = done(await open('cohort/notes.txt', PUT));
    done(await file.write([Buffer.from('hello '), Buffer.from('world')], 0));
    expect(done(await file.end())).toBe(11);
    expect(await haven.audited('working-file-written')).toEqual([]);
    await file.close();
    expect(await onDisk('cohort/notes.txt')).toBe('hello world');
    expect((await stat(haven.at('shares/cohort/notes.txt'))).mode & 0o777).toBe(0o660);
    expect(await haven.audited('working-file-written')).toMatchObject([
      { subjects: { account: haven.people.alice }, data: { size: 11 } },
    ]);
    const edited = done(await open('cohort/notes.txt', EDIT));
    const buffer = Buffer.alloc(5);
    expect(done(await edited.read(buffer, 6))).toBe(5);
    expect(buffer.toString()).toBe('world');
    done(await edited.truncate(5));
    expect(done(await edited.look())).toMatchObject({ kind: 'file', size: 5 });
    await edited.close();
    expect(await onDisk('cohort/notes.txt')).toBe('hello');
  });

  test('is not audited when it was only read', async () => {
    await writeFile(haven.at('shares/cohort/notes.txt'), 'text');
    const file = done(await open('cohort/notes.txt', READ, 'bob'));
    done(await file.read(Buffer.alloc(4), 0));
    await file.close();
    expect(await haven.audited('working-file-written')).toEqual([]);
  });

  test('is refused for what it was not opened for', async () => {
    const file = done(await open('cohort/notes.txt', PUT));
    expect(await file.read(Buffer.alloc(4), 0)).toMatchObject({ refusal: 'not-opened-so' });
    await file.close();
    const reading = done(await open('cohort/notes.txt', READ));
    expect(await reading.write([Buffer.from('x')], 0)).toMatchObject({ refusal: 'not-opened-so' });
    expect(await reading.truncate(0)).toMatchObject({ refusal: 'not-opened-so' });
    expect(await reading.setMtime(1)).toMatchObject({ refusal: 'not-opened-so' });
    await reading.close();
  });

  test('is opened by right: read to read, write to change, both for both', async () => {
    await writeFile(haven.at('shares/cohort/notes.txt'), 'text');
    expect(await open('cohort/notes.txt', EDIT, 'bob')).toMatchObject({ refusal: 'no-right' });
    expect(await open('cohort/new.txt', PUT, 'bob')).toMatchObject({ refusal: 'no-right' });
    await haven.allow('bob', 'cohort', 'write');
    expect(await open('cohort/notes.txt', READ, 'bob')).toMatchObject({ refusal: 'no-right' });
    expect(await open('cohort/notes.txt', EDIT, 'bob')).toMatchObject({ refusal: 'no-right' });
    await done(await open('cohort/notes.txt', PUT, 'bob')).close();
    expect(await open('other/notes.txt', READ, 'bob')).toMatchObject({ refusal: 'share-unknown' });
    expect(await open('cohort', READ)).toMatchObject({ refusal: 'is-a-folder' });
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['its person is taken off the share', () => haven.allow('alice', 'cohort'), 'share-unknown'],
    ['the right to write is taken', () => haven.allow('alice', 'cohort', 'read'), 'no-right'],
    ['its person is disabled', () => haven.disable('alice'), 'account-disabled'],
    ['the share is closed', closeCohort, 'share-unknown'],
  ])(
    'is refused in the middle of writing when %s, and what was written stays',
    async (_, change, refusal) => {
      const file = done(await open('cohort/big.bin', PUT));
      done(await file.write([Buffer.from('first')], 0));
      await change();
      done(await file.write([Buffer.from(' then')], 5));
      haven.pass(201);
      expect(await file.write([Buffer.from(' last')], 10)).toMatchObject({ refusal });
      expect(await file.truncate(0)).toMatchObject({ refusal });
      await file.close();
      expect(await onDisk('cohort/big.bin')).toBe('first then');
      expect(await haven.audited('working-file-written')).toMatchObject([{ data: { size: 10 } }]);
    },
  );

  test('is refused in the middle of reading when the right is taken, and not asked for at every read', async () => {
    await writeFile(haven.at('shares/cohort/notes.txt'), 'text');
    let asked = 0;
    const { ledger } = haven.intake;
    const counting = new Proxy(ledger, {
      get(target, name, receiver) {
        if (name === 'rightsOn') asked++;
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
    const intake = { ...haven.intake, ledger: counting };
    const file = done(await openWorking(intake, haven.session('bob'), place('cohort/notes.txt'), READ));
    asked = 0;
    for (let i = 0; i < 50; i++) done(await file.read(Buffer.alloc(4), 0));
    expect(asked).toBe(1);
    await haven.allow('bob', 'cohort', 'write');
    haven.pass(201);
    expect(await file.read(Buffer.alloc(4), 0)).toMatchObject({ refusal: 'no-right' });
    expect(await file.read(Buffer.alloc(4), 0), 'a refusal is not kept as an answer').toMatchObject({
      refusal: 'no-right',
    });
    await haven.allow('bob', 'cohort', 'read');
    done(await file.read(Buffer.alloc(4), 0));
    await file.close();
  });

  test('throws what the disk throws when it is closed, and is closed all the same', async () => {
    const { zones } = haven.intake;
    let handle: WorkingFile | null = null;
    const open: typeof zones.shares.open = async (where, how) => {
      const opened = await zones.shares.open(where, how);
      if (opened.ok) handle = withBrokenSync(opened.value);
      return handle === null ? opened : accept(handle);
    };
    const intake = { ...haven.intake, zones: { ...zones, shares: { ...zones.shares, open } } };
    const file = done(await openWorking(intake, haven.session('alice'), place('cohort/x'), PUT));
    await expect(file.close()).rejects.toThrow('fsync failed');
    await expect(handle!.end()).rejects.toThrow(/closed|EBADF/);
  });
});

function withBrokenSync(file: WorkingFile): WorkingFile {
  return new Proxy(file, {
    get(target, name) {
      if (name === 'sync') return () => Promise.reject(new Error('fsync failed'));
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function closeCohort(): Promise<unknown> {
  const { ledger, clock } = haven.intake;
  return closeShare({ ledger, clock }, { kind: 'console' }, 'cohort');
}

describe('an arrival that is open', () => {
  test('is read to its end, and refused once it was removed', async () => {
    await haven.arrive('alice', 'scan.csv', 'a,b\n');
    const file = done(await openArrival(haven.intake, haven.session('alice'), at('scan.csv')));
    expect(file.size).toBe(4);
    const buffer = Buffer.alloc(10);
    expect(done(await file.read(buffer, 0))).toBe(4);
    done(await removeArrival(haven.intake, haven.session('alice'), at('scan.csv')));
    haven.pass(201);
    expect(await file.read(buffer, 0)).toMatchObject({ refusal: 'not-found' });
    await file.close();
  });

  test('is refused once its person is disabled', async () => {
    await haven.arrive('alice', 'scan.csv');
    const file = done(await openArrival(haven.intake, haven.session('alice'), at('scan.csv')));
    await haven.disable('alice');
    expect(await file.read(Buffer.alloc(1), 0)).toMatchObject({ refusal: 'account-disabled' });
    await file.close();
  });
});
