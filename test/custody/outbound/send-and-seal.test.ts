import { mkdir, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sealFile } from '../../../src/core/custody/outbound/seal-file.ts';
import { sendOut } from '../../../src/core/custody/outbound/send-out.ts';
import { at, folder } from '../../ledger/fixtures.ts';
import { done, makeOutboundHaven, type OutboundHaven } from './outbound-haven.ts';

let haven: OutboundHaven;

beforeEach(async () => {
  haven = await makeOutboundHaven();
});

afterEach(() => haven.close());

describe('sending', () => {
  test('begins with a durable row and leaves the working file as it is', async () => {
    await haven.write('results/table.csv', 'a,b\n');
    const file = done(await haven.send('alice', 'results/table.csv'));
    expect(file).toMatchObject({
      state: 'sealing',
      door: 'share',
      leavesBy: haven.cohort.id,
      path: at('table.csv'),
      working: { share: haven.cohort.id, ...at('results/table.csv') },
    });
    const [begun] = await haven.history(file.id);
    expect(begun).toMatchObject({ type: 'sealing-begun', subjects: { share: haven.cohort.id } });
    await haven.work();
    expect(await haven.file(file.id)).toMatchObject({ state: 'released', zone: 'outbound', size: 4 });
    expect(await haven.outbound()).toEqual(['cohort/alice/table.csv']);
    expect(await readFile(haven.at('shares/cohort/results/table.csv'), 'utf8')).toBe('a,b\n');
    expect(await haven.faults()).toEqual([]);
  });

  test.each([
    ['without outbound', ['read', 'write'], 'no-right'],
    ['without read', ['write', 'outbound'], 'no-right'],
    ['by somebody who is no member', [], 'share-unknown'],
  ] as const)('%s is refused before anything is read', async (_, rights, refusal) => {
    await haven.write('table.csv', 'a,b\n');
    await haven.allow('bob', ...rights);
    expect(await haven.send('bob', 'table.csv')).toMatchObject({ ok: false, refusal });
    expect(await haven.send('bob', 'no-such-file.csv')).toMatchObject({ ok: false, refusal });
    expect(await haven.ledger.listFiles({ limit: 10 })).toEqual([]);
  });

  test('by a disabled account is refused', async () => {
    await haven.write('table.csv', 'a,b\n');
    await haven.disable('alice');
    expect(await haven.send('alice', 'table.csv')).toMatchObject({ refusal: 'account-disabled' });
  });

  test('takes regular files only', async () => {
    await mkdir(haven.at('shares/cohort/results'));
    await writeFile(haven.at('secret.txt'), 'of the machine');
    await symlink(haven.at('secret.txt'), haven.at('shares/cohort/link.txt'));
    await symlink(haven.at(), haven.at('shares/cohort/way-out'));
    expect(await haven.send('alice', 'missing.csv')).toMatchObject({ refusal: 'not-found' });
    expect(await haven.send('alice', 'results')).toMatchObject({ refusal: 'is-a-folder' });
    expect(await haven.send('alice', '')).toMatchObject({ refusal: 'is-a-folder' });
    expect(await haven.send('alice', 'link.txt')).toMatchObject({ refusal: 'links' });
    expect(await haven.send('alice', 'way-out/secret.txt')).toMatchObject({ refusal: 'not-found' });
    expect(await haven.ledger.listFiles({ limit: 10 })).toEqual([]);
  });

  test('looks at size, room and the folder it goes to', async () => {
    await haven.write('table.csv', 'a,b\n');
    const small = { ...haven.custody, policy: { ...haven.custody.policy, largest: 3 } };
    const sender = { actor: { kind: 'console' } as const, account: haven.session('alice').account };
    const request = { share: 'cohort', from: folder('table.csv') };
    expect(await sendOut(small, sender, request)).toMatchObject({ refusal: 'too-large' });
    const airlock = { ...haven.custody.zones.airlock, room: async () => 3 };
    const full = { ...haven.custody, zones: { ...haven.custody.zones, airlock } };
    expect(await sendOut(full, sender, request)).toMatchObject({ refusal: 'no-room' });
    expect(await haven.send('alice', 'table.csv', at('new/table.csv'))).toMatchObject({
      refusal: 'folder-missing',
    });
  });
});

describe('sealing', () => {
  test('copies what is in the file then, and what becomes of the working file later is no matter', async () => {
    await haven.write('table.csv', 'as it was sealed');
    const { id } = done(await haven.send('alice', 'table.csv'));
    await haven.write('table.csv', 'changed before it was sealed');
    await haven.run('seal-file', id);
    await haven.write('table.csv', 'changed after it was sealed, longer than before');
    expect(await haven.file(id)).toMatchObject({ state: 'sealed', size: 28 });
    await haven.work();
    expect(await haven.read('cohort/alice/table.csv')).toBe('changed before it was sealed');
    expect(await haven.faults()).toEqual([]);
  });

  test('ends with a mail when the file is gone, or was replaced by a link', async () => {
    await haven.write('table.csv', 'a,b\n');
    await haven.write('other.csv', 'a,b\n');
    const gone = done(await haven.send('alice', 'table.csv'));
    const linked = done(await haven.send('alice', 'other.csv'));
    await rm(haven.at('shares/cohort/table.csv'));
    await rm(haven.at('shares/cohort/other.csv'));
    await writeFile(haven.at('secret.txt'), 'of the machine');
    await symlink(haven.at('secret.txt'), haven.at('shares/cohort/other.csv'));
    await haven.work();
    for (const { id } of [gone, linked]) {
      expect(await haven.file(id)).toMatchObject({
        state: 'abandoned',
        reason: 'source-missing',
        zone: 'gone',
      });
    }
    expect(haven.mails.map(({ subject }) => subject)).toEqual(['[test] 2 files not sent']);
    expect(haven.mails[0]?.text).toContain('table.csv in cohort');
    expect(await haven.faults()).toEqual([]);
  });

  test('gives up a file that is being changed all the time', async () => {
    await haven.write('table.csv', Buffer.alloc(24 * 2 ** 20, 1));
    const { id } = done(await haven.send('alice', 'table.csv'));
    const writer = await open(haven.at('shares/cohort/table.csv'), 'r+');
    let goesOn = true;
    const writing = (async () => {
      while (goesOn) await writer.write(Buffer.from('x'), 0, 1, 0);
    })();
    await haven.run('seal-file', id);
    goesOn = false;
    await writing;
    await writer.close();
    expect(await haven.file(id)).toMatchObject({
      state: 'abandoned',
      reason: 'source-changing',
      zone: 'gone',
    });
    await haven.work();
    expect(haven.mails[0]?.text).toContain('being changed all the time');
    expect(await haven.faults()).toEqual([]);
  });

  test('asks for the right again, and copies nothing without it', async () => {
    await haven.write('table.csv', 'a,b\n');
    const { id } = done(await haven.send('alice', 'table.csv'));
    await haven.allow('alice', 'read', 'write');
    await haven.work();
    expect(await haven.file(id)).toMatchObject({
      state: 'abandoned',
      reason: 'right-withdrawn',
      zone: 'gone',
    });
    expect(haven.mails[0]?.text).toContain('does not have the right');
    expect(await haven.faults()).toEqual([]);
  });

  test('does not seal out of a share that was closed', async () => {
    await haven.write('table.csv', 'a,b\n');
    const { id } = done(await haven.send('alice', 'table.csv'));
    await haven.closeShare();
    await haven.work();
    expect(await haven.file(id)).toMatchObject({ state: 'abandoned', reason: 'right-withdrawn' });
  });

  test('gives up a file that has grown beyond what is taken', async () => {
    await haven.write('table.csv', 'a,b\n');
    const { id } = done(await haven.send('alice', 'table.csv'));
    await haven.write('table.csv', Buffer.alloc(haven.custody.policy.largest + 1));
    await haven.work();
    expect(await haven.file(id)).toMatchObject({ state: 'abandoned', reason: 'too-large', zone: 'gone' });
    expect(haven.mails[0]?.text).toContain('larger than this service takes');
  });

  test('waits while the airlock has no room', async () => {
    await haven.write('table.csv', 'a,b\n');
    const { id } = done(await haven.send('alice', 'table.csv'));
    const airlock = { ...haven.custody.zones.airlock, room: async () => 3 };
    const full = { ...haven.custody, zones: { ...haven.custody.zones, airlock } };
    expect(await sealFile(full, { id, generation: 1 })).toMatchObject({ end: 'later' });
    expect((await haven.file(id)).state).toBe('sealing');
  });
});
