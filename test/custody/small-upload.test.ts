import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Account } from '../../src/core/accounts/account.ts';
import { checkCustody } from '../../src/core/custody/check-custody.ts';
import type { Intake } from '../../src/core/custody/custody.ts';
import { arrivalsDrop, type CustodyFile } from '../../src/core/custody/file.ts';
import { type FileName, TOP } from '../../src/core/custody/names.ts';
import { openLightly } from '../../src/core/custody/open-upload.ts';
import { reconcile } from '../../src/core/custody/reconcile.ts';
import type { Upload } from '../../src/core/custody/upload.ts';
import { HOUR } from '../../src/core/kit/clock.ts';
import { type FileId, newId } from '../../src/core/kit/ids.ts';
import { eventually } from '../support/wait.ts';
import { custodyForTest, type TestCustody } from './custody-for-tests.ts';

interface Scene extends TestCustody {
  readonly alice: Account;
  readonly open: (name: string, intake?: Partial<Intake>) => Promise<Upload>;
  readonly shown: (name: string) => Promise<CustodyFile | null>;
  /** Where an upload's bytes are on their way, and where they are in the airlock. */
  readonly coming: (id: FileId) => string;
  readonly place: (id: FileId) => string;
}

async function scene(): Promise<Scene> {
  const made = await custodyForTest();
  const alice = await made.person('alice');
  const drop = arrivalsDrop(alice.id);
  const pathOf = (name: string) => ({ folder: TOP, name: name as FileName });
  return {
    ...made,
    alice,
    async open(name, intake = {}) {
      const request = { drop, path: pathOf(name), mode: 'fresh', door: 'sftp', declaredSize: null } as const;
      const opened = await openLightly({ ...made.custody, ...intake }, made.session(alice), request);
      if (!opened.ok) throw new Error(opened.refusal);
      return opened.value;
    },
    shown: (name) => made.ledger.newestAt(drop, pathOf(name)),
    coming: (id) => join(made.data, 'airlock/coming', id),
    place: (id) => join(made.data, 'airlock/files', id),
  };
}

describe('an upload of one small write', () => {
  test('is nowhere until it is closed, and then received with its bytes in their place', async () => {
    const { open, shown, story, place, custody } = await scene();
    const upload = await open('one.csv');
    await upload.write([Buffer.from('all '), Buffer.from('of it')], 0);
    expect(await shown('one.csv')).toBeNull();
    expect(await upload.finish(false)).toMatchObject({ ok: true });
    expect(await shown('one.csv')).toMatchObject({ id: upload.id, state: 'received', size: 9 });
    expect(await story(upload.id)).toEqual(['upload-started', 'file-received']);
    await eventually('it has its place', async () => existsSync(place(upload.id)));
    expect((await readFile(place(upload.id))).toString()).toBe('all of it');
    const { findings } = await checkCustody(custody);
    expect(findings).toEqual([]);
  });

  test('is begun when it is asked for, or when more is written, and goes on', async () => {
    const { open, shown, story, place } = await scene();
    const asked = await open('asked.csv');
    await asked.write([Buffer.from('some')], 0);
    await asked.appear();
    expect(await shown('asked.csv')).toMatchObject({ id: asked.id, state: 'receiving' });
    await asked.finish(false);
    const more = await open('more.csv');
    await more.write([Buffer.from('first ')], 0);
    await more.write([Buffer.from('second')], 6);
    await more.finish(false);
    expect(await shown('more.csv')).toMatchObject({ id: more.id, state: 'received', size: 12 });
    expect(await story(more.id)).toEqual(['upload-started', 'file-received']);
    expect((await readFile(place(more.id))).toString()).toBe('first second');
  });

  test('stays resumable when the client goes away without a close', async () => {
    const { open, shown } = await scene();
    const upload = await open('cut.csv');
    await upload.write([Buffer.from('begun')], 0);
    await upload.release();
    expect(await shown('cut.csv')).toMatchObject({ state: 'receiving', size: 5 });
  });

  test('is kept, too, when the person may do nothing more by then', async () => {
    const { open, shown, setStatus } = await scene();
    const upload = await open('disabled.csv');
    await upload.write([Buffer.from('begun')], 0);
    await setStatus('alice', 'disabled');
    await upload.release();
    expect(await shown('disabled.csv')).toMatchObject({ state: 'receiving', size: 5 });
  });

  test('takes the place of one that was received meanwhile, as one that is opened later does', async () => {
    const { open, shown, file } = await scene();
    const [one, two] = [await open('twice.csv'), await open('twice.csv')];
    await one.write([Buffer.from('one')], 0);
    await two.write([Buffer.from('two!')], 0);
    await one.finish(false);
    expect(await two.finish(false)).toMatchObject({ ok: true });
    expect(await shown('twice.csv')).toMatchObject({ id: two.id, state: 'received', size: 4 });
    expect(await file(one.id)).toMatchObject({ state: 'abandoned', reason: 'superseded' });
  });

  test('leaves nothing when the disk refuses it, and says so', async () => {
    const { open, shown, data } = await scene();
    const upload = await open('refused.csv');
    await rmdir(join(data, 'airlock/coming'));
    await upload.write([Buffer.from('bytes')], 0);
    await expect(upload.finish(false)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await shown('refused.csv')).toBeNull();
  });

  test('leaves nothing when the ledger cannot take it, and says so', async () => {
    const { open, shown, ledger, coming, place } = await scene();
    const full = { ...ledger, receiveWhole: () => Promise.reject(new Error('the ledger is full')) };
    const upload = await open('unrecorded.csv', { ledger: full });
    await upload.write([Buffer.from('bytes')], 0);
    await expect(upload.finish(false)).rejects.toThrow('the ledger is full');
    expect(await shown('unrecorded.csv')).toBeNull();
    expect([coming(upload.id), place(upload.id)].filter((path) => existsSync(path))).toEqual([]);
  });
});

describe('what a crash leaves on its way into the airlock', () => {
  test('is removed without a row, and placed with one', async () => {
    const { open, custody, clock, coming, place } = await scene();
    const recorded = newId('file', clock.now());
    const zones = { ...custody.zones, airlock: { ...custody.zones.airlock, place: async () => undefined } };
    const upload = await open('recorded.csv', { zones });
    await upload.write([Buffer.from('recorded')], 0);
    await upload.finish(false);
    await writeFile(coming(recorded), 'cut off');
    const before = await checkCustody(custody);
    expect(before.findings).toMatchObject([{ severity: 'warning', file: recorded }]);
    expect(await reconcile(custody, 'boot', clock.now())).toMatchObject({ placed: 1, turnedAway: 1 });
    expect(existsSync(coming(recorded))).toBe(false);
    expect((await readFile(place(upload.id))).toString()).toBe('recorded');
    const after = await checkCustody(custody);
    expect(after.findings).toEqual([]);
  });

  test('is left alone where the ledger is older than it, and told', async () => {
    const { custody, clock, coming, logged } = await scene();
    const id = newId('file', clock.now());
    await writeFile(coming(id), 'somebody may miss it');
    await mkdir(coming('not-a-file' as FileId));
    const dayBefore = clock.now() - 24 * HOUR;
    expect(await reconcile(custody, 'boot', dayBefore)).toMatchObject({ placed: 0, turnedAway: 0 });
    expect(existsSync(coming(id))).toBe(true);
    expect(logged).toContainEqual({ event: 'airlock-stranger', fields: { name: id } });
  });
});
