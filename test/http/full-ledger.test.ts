import { expect, test } from 'vitest';
import { SECOND } from '../../src/core/kit/clock.ts';
import { ask, create, makeHaven, patch, someBytes, tus } from './http-fixtures.ts';

test('an upload whose last row could not be written is not told as complete before it is', async () => {
  const clock = { ahead: 0 };
  const haven = await makeHaven({ clock });
  try {
    let full = false;
    const refuse = () => Promise.reject(new Error('database or disk is full'));
    const { ledger } = haven.custody;
    const door = await haven.open({
      intake: {
        ...haven.custody,
        ledger: {
          ...ledger,
          moveFile: (move) => (full && move.to === 'received' ? refuse() : ledger.moveFile(move)),
          releaseLease: (file, lease) => (full ? refuse() : ledger.releaseLease(file, lease)),
        },
      },
    });
    const token = await haven.token('alice');
    const bytes = someBytes(50_000);
    const location = await create(door, token, bytes.length, 'scan.csv');
    full = true;
    expect((await ask(door, 'PATCH', location, patch(token, 0), bytes)).status).toBe(500);
    expect((await haven.file(location)).state).toBe('receiving');
    // A client takes an offset at the length for the word that all is safe.
    const asked = await ask(door, 'HEAD', location, tus(token));
    expect([asked.status, asked.headers['upload-offset']]).toEqual([423, undefined]);
    full = false;
    clock.ahead += 31 * SECOND;
    const again = await ask(door, 'HEAD', location, tus(token));
    expect([again.status, again.headers['upload-offset']]).toEqual([200, String(bytes.length)]);
    expect((await haven.file(location)).state).toBe('received');
    expect((await haven.bytesOf(location)).equals(bytes)).toBe(true);
  } finally {
    await haven.close();
  }
});
