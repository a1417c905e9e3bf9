import type { FileHandle } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { createAirlockGuard } from '../../src/stores/zones/airlock-guard.ts';
import { createAirlockHandle } from '../../src/stores/zones/airlock-handle.ts';
import { createFolderSync } from '../../src/stores/zones/folder-sync.ts';
import { writeAll } from '../../src/stores/zones/write-all.ts';
import { fileId } from './zone-fixtures.ts';

const errno = (code: string): Error => Object.assign(new Error(code), { code });

describe('writing', () => {
  /** A disk that takes `steps[n]` bytes at call n, or throws. */
  function stubbornDisk(steps: (number | Error)[]) {
    const disk = Buffer.alloc(16, '.');
    const writev = async (buffers: readonly Uint8Array[], position: number) => {
      const step = steps.shift() ?? Number.POSITIVE_INFINITY;
      if (step instanceof Error) throw step;
      const bytes = Buffer.concat(buffers).subarray(0, step);
      bytes.copy(disk, position);
      return { bytesWritten: bytes.byteLength };
    };
    return { disk, writev };
  }

  const parts = ['ab', '', 'cde', 'f'].map((text) => Buffer.from(text));

  test.each([[[1]], [[2]], [[3, 1]], [[5]], [[1, 1, 1, 1, 1, 1]], [[errno('EINTR'), 4, errno('EINTR')]]])(
    'goes on after short writes and signals: %j',
    async (steps) => {
      const { disk, writev } = stubbornDisk([...steps]);
      await writeAll({ writev }, parts, 2);
      expect(disk.toString()).toBe('..abcdef........');
    },
  );

  test('passes an error of the system through, with what came before it on disk', async () => {
    const { disk, writev } = stubbornDisk([3, errno('ENOSPC')]);
    await expect(writeAll({ writev }, parts, 0)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(disk.toString()).toBe('abc.............');
  });

  test('does not turn for ever on a disk that takes nothing', async () => {
    await expect(writeAll({ writev: stubbornDisk([0]).writev }, parts, 0)).rejects.toMatchObject({
      code: 'EIO',
    });
  });
});

describe('a failed fsync', () => {
  /** Handles of one file whose descriptor does nothing but what is given. */
  function fileWith(
    file: Partial<Record<keyof FileHandle, () => Promise<unknown>>>,
    syncFolder = worksAlways,
  ) {
    const guard = createAirlockGuard();
    const id = fileId();
    const nothing = async () => ({ size: 0, bytesWritten: 1 });
    const base = { writev: nothing, truncate: nothing, stat: nothing, close: nothing, datasync: worksAlways };
    return () =>
      createAirlockHandle({
        file: { ...base, ...file } as unknown as FileHandle,
        syncFolder,
        check: () => guard.check(id),
        lost: (error) => guard.lost(id, error),
        closed: () => undefined,
      });
  }

  const worksAlways = async (): Promise<void> => undefined;

  /** Fails at the first call and works ever after, as fsync does when the kernel has dropped the pages. */
  function failsOnce() {
    const call = async (): Promise<void> => {
      call.count++;
      if (call.count === 1) throw errno('EIO');
    };
    call.count = 0;
    return call;
  }

  test('is final: every later call fails, on every handle, and fsync is not tried again', async () => {
    const datasync = failsOnce();
    const open = fileWith({ datasync });
    const handle = open();
    await expect(handle.sync()).rejects.toMatchObject({ code: 'EIO' });
    await expect(handle.sync()).rejects.toThrow('fsync');
    await expect(handle.write([Buffer.from('x')], 0)).rejects.toThrow('fsync');
    await expect(handle.truncate(0)).rejects.toThrow('fsync');
    await expect(handle.size()).rejects.toThrow('fsync');
    await expect(open().sync()).rejects.toThrow('fsync');
    expect(datasync.count).toBe(1);
    await handle.close();
  });

  test('of the folder counts as well', async () => {
    const handle = fileWith({}, failsOnce())();
    await expect(handle.sync()).rejects.toMatchObject({ code: 'EIO' });
    await expect(handle.sync()).rejects.toThrow('fsync');
  });

  test('the folder is synced once for a handle', async () => {
    let count = 0;
    const handle = fileWith({}, async () => void count++)();
    await handle.sync();
    await handle.sync();
    expect(count).toBe(1);
  });

  test('sync waits for the writes that were asked for before it', async () => {
    const order: string[] = [];
    const open = fileWith({
      writev: async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        order.push('write');
        return { bytesWritten: 1 };
      },
      datasync: async () => void order.push('sync'),
    });
    const handle = open();
    await Promise.all([handle.write([Buffer.from('x')], 0), handle.sync()]);
    expect(order).toEqual(['write', 'sync']);
  });
});

test('close waits until a write that came short is whole', async () => {
  const order: string[] = [];
  const file = {
    writev: async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      order.push('one byte');
      return { bytesWritten: 1 };
    },
    close: async () => void order.push('close'),
  };
  const handle = createAirlockHandle({
    file: file as unknown as FileHandle,
    syncFolder: async () => undefined,
    check: () => undefined,
    lost: () => undefined,
    closed: () => void order.push('closed'),
  });
  await Promise.all([handle.write([Buffer.from('abc')], 0), handle.close()]);
  expect(order).toEqual(['one byte', 'one byte', 'one byte', 'close', 'closed']);
});

test('those who ask while a folder is being synced share the next sync', async () => {
  const sync = createFolderSync('/');
  const [first, second, third] = [sync(), sync(), sync()];
  expect(second).not.toBe(first);
  expect(third).toBe(second);
  await Promise.all([first, second, third]);
  expect(sync()).not.toBe(third);
});
