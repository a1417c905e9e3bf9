import { expect, test } from 'vitest';
import { createOpenCalls } from '../../src/stores/zones/open-calls.ts';

test('closes after the calls under way, also after one that failed, and once', async () => {
  const steps: string[] = [];
  const calls = createOpenCalls(async () => void steps.push('closed'));
  const [slow, failing] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const running = calls.run(async () => {
    await slow.promise;
    steps.push('read');
  });
  const failed = calls.run(() => failing.promise).catch(String);
  const closing = [calls.close(), calls.close()];
  failing.reject(new Error('EIO'));
  expect(await failed).toBe('Error: EIO');
  expect(steps).toEqual([]);
  slow.resolve();
  await Promise.all([running, ...closing]);
  expect(steps).toEqual(['read', 'closed']);
  await expect(calls.run(async () => 1)).rejects.toMatchObject({ code: 'EBADF' });
});
