import { expect, test } from 'vitest';
import { GRACE, makeDrivesSite } from './drives-site.ts';

test('ten thousand files are compared without holding up the event loop', async () => {
  await using site = await makeDrivesSite();
  await site.desktop(
    'mkdir arrivals/alice && cd arrivals/alice && for d in {0..99}; do mkdir $d; ' +
      'for f in {0..99}; do echo -n $d/$f > $d/$f.csv; done; done',
  );
  await site.look();
  site.pass(GRACE);
  expect((await site.look()).files).toBe(10_000);
  expect((await site.ledger.countByState()).arrived).toBe(10_000);
  await site.desktop('mv arrivals/alice/7 arrivals/alice/seven && rm -r arrivals/alice/8');
  let turns = 0;
  let isOver = false;
  const turn = () => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  turn();
  expect(await site.lookTwice()).toEqual({ again: false, files: 9900 });
  isOver = true;
  expect(turns).toBeGreaterThan(1000);
  expect(await site.ledger.countByState()).toEqual({ arrived: 9900, removed: 100 });
}, 300_000);
