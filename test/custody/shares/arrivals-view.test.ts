import { unlink } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { placeHold } from '../../../src/core/custody/retention/hold.ts';
import {
  listArrivals,
  lookUpArrival,
  openArrival,
  removeArrival,
} from '../../../src/core/custody/shares/arrivals-view.ts';
import { at, folder, receive } from '../../ledger/fixtures.ts';
import { done, type Haven, makeHaven } from './haven.ts';

let haven: Haven;

beforeEach(async () => {
  haven = await makeHaven();
  await haven.arrive('alice', 'raw/deep/scan.csv', 'a,b\n');
  await haven.arrive('alice', 'notes.txt');
});

afterEach(() => haven.close());

const alice = () => haven.session('alice');
const PAGE = { after: null, limit: 100 };

describe('Arrivals, as its person sees it inside', () => {
  test('shows folders and files by the names under which they were published', async () => {
    expect(await lookUpArrival(haven.intake, alice(), folder(''))).toMatchObject({
      value: { kind: 'folder' },
    });
    expect(await lookUpArrival(haven.intake, alice(), folder('raw'))).toMatchObject({
      value: { kind: 'folder' },
    });
    expect(await lookUpArrival(haven.intake, alice(), folder('raw/deep/scan.csv'))).toMatchObject({
      value: { kind: 'file', file: { size: 4 } },
    });
    const top = done(await listArrivals(haven.intake, alice(), folder(''), PAGE));
    expect(top.map(({ kind, name }) => [kind, name])).toEqual([
      ['file', 'notes.txt'],
      ['folder', 'raw'],
    ]);
  });

  test('does not show what has not arrived, nor what is somebody else’s', async () => {
    await receive(haven.ledger, haven.people.alice, 'coming.csv');
    await haven.arrive('bob', 'bobs.csv');
    for (const path of ['coming.csv', 'bobs.csv', 'none']) {
      expect(await lookUpArrival(haven.intake, alice(), folder(path))).toMatchObject({
        refusal: 'not-found',
      });
      expect(await openArrival(haven.intake, alice(), at(path))).toMatchObject({ refusal: 'not-found' });
      expect(await removeArrival(haven.intake, alice(), at(path))).toMatchObject({ refusal: 'not-found' });
    }
    expect(await listArrivals(haven.intake, alice(), folder('none'), PAGE)).toMatchObject({
      refusal: 'not-found',
    });
  });

  test('has folders that are neither opened nor removed as files', async () => {
    expect(await openArrival(haven.intake, alice(), at('raw'))).toMatchObject({ refusal: 'is-a-folder' });
    expect(await removeArrival(haven.intake, alice(), at('raw'))).toMatchObject({ refusal: 'is-a-folder' });
  });

  test('tells an operator of a file that the disk has lost', async () => {
    await unlink(haven.at('arrivals/alice/notes.txt'));
    expect(await openArrival(haven.intake, alice(), at('notes.txt'))).toMatchObject({ refusal: 'not-found' });
    expect(haven.logged).toContainEqual(expect.objectContaining({ event: 'arrival-missing' }));
  });

  test('lets its person remove a file, unless a hold covers it', async () => {
    const { ledger, clock } = haven.intake;
    const target = { kind: 'project', project: haven.project } as const;
    const request = { target, reason: 'an inquiry', by: haven.people.bob };
    const hold = done(await placeHold({ ledger, clock }, { kind: 'console' }, request));
    expect(await removeArrival(haven.intake, alice(), at('notes.txt'))).toMatchObject({
      refusal: 'held-back',
    });
    const record = {
      at: 1,
      actor: { kind: 'console' },
      event: { type: 'hold-lifted', subjects: {} },
    } as const;
    await ledger.liftHold(hold.id, haven.people.bob, 1, record);
    done(await removeArrival(haven.intake, alice(), at('notes.txt')));
    expect(await lookUpArrival(haven.intake, alice(), folder('notes.txt'))).toMatchObject({
      refusal: 'not-found',
    });
    expect(haven.hints).toMatchObject([{ job: 'clear-airlock' }]);
  });

  test('is closed to somebody who is disabled', async () => {
    await haven.disable('alice');
    const refused = [
      await lookUpArrival(haven.intake, alice(), folder('')),
      await listArrivals(haven.intake, alice(), folder(''), PAGE),
      await openArrival(haven.intake, alice(), at('notes.txt')),
      await removeArrival(haven.intake, alice(), at('notes.txt')),
    ];
    expect(refused).toMatchObject(refused.map(() => ({ refusal: 'account-disabled' })));
  });
});
