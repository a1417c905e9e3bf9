import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { arrivalsDrop } from '../../src/core/custody/file.ts';
import { type FileName, TOP } from '../../src/core/custody/names.ts';
import { openUpload } from '../../src/core/custody/open-upload.ts';
import type { AirlockHandle } from '../../src/core/custody/zone-ports.ts';
import { custodyForTest } from './custody-for-tests.ts';

/** An upload whose writes do what `during` lets them do. */
async function uploadWith(during: (write: () => Promise<void>, position: number) => Promise<void>) {
  const scene = await custodyForTest();
  const { custody, person, session, data } = scene;
  const { airlock } = custody.zones;
  const begin = async (file: Parameters<typeof airlock.begin>[0]): Promise<AirlockHandle> => {
    const handle = await airlock.begin(file);
    return {
      ...handle,
      write: (buffers, position) => during(() => handle.write(buffers, position), position),
    };
  };
  const intake = { ...custody, zones: { ...custody.zones, airlock: { ...airlock, begin } } };
  const alice = await person('alice');
  const open = async (mode: 'fresh' | 'reopen') => {
    const path = { folder: TOP, name: 'scan.csv' as FileName };
    const request = { drop: arrivalsDrop(alice.id), path, mode, door: 'sftp', declaredSize: null } as const;
    const opened = await openUpload(intake, session(alice), request);
    if (!opened.ok) throw new Error(opened.refusal);
    return opened.value;
  };
  const upload = await open('fresh');
  const onDisk = async () => (await stat(join(data, 'airlock/files', upload.ref.id))).size;
  return { ...scene, upload, open, onDisk };
}

test('an upload that is left waits for the writes under way, and cuts off what came behind a gap', async () => {
  const late = Promise.withResolvers<void>();
  const { upload, open, onDisk, file } = await uploadWith(async (write, position) => {
    if (position > 0) await late.promise;
    await write();
  });
  await upload.write([Buffer.from('begun')], 0);
  const beyond = upload.write([Buffer.from('beyond')], 100);
  const released = upload.release();
  late.resolve();
  expect(await beyond).toMatchObject({ ok: true });
  await released;
  expect(await onDisk()).toBe(5);
  expect(await file(upload.ref.id)).toMatchObject({ state: 'receiving', size: 5, gap: false });
  const again = await open('reopen');
  expect(again.size).toBe(5);
  await again.release();
});

test('a write that fails while one behind it is under way leaves no zeros to go on from', async () => {
  const late = Promise.withResolvers<void>();
  const { upload, open, onDisk } = await uploadWith(async (write, position) => {
    if (position === 0) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    await late.promise;
    await write();
  });
  const first = upload.write([Buffer.from('first')], 0);
  const second = upload.write([Buffer.from('second')], 5);
  await expect(first).rejects.toThrow('no space');
  const released = upload.release();
  late.resolve();
  await second;
  await released;
  expect(await onDisk()).toBe(0);
  const again = await open('reopen');
  expect(again.size).toBe(0);
  await again.release();
});
