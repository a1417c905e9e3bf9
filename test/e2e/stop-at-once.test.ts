import { setTimeout as sleep } from 'node:timers/promises';
import ssh2 from 'ssh2';
import { expect, test } from 'vitest';
import { startDaemon } from '../support/daemon.ts';
import { makeInstallation } from '../support/installation.ts';

/** Signs in with a right password, and is gone so many milliseconds after its proof has left. */
async function leaveInSignIn(port: number, password: string, after: number): Promise<void> {
  const client = new ssh2.Client();
  client.on('error', () => undefined);
  const over = new Promise<void>((resolve) => client.once('close', () => resolve()));
  const asked = Promise.withResolvers<void>();
  client.connect({
    host: '127.0.0.1',
    port,
    username: 'alice',
    authHandler: (_methods, _partial, next) => {
      next({ type: 'password', username: 'alice', password });
      asked.resolve();
    },
  });
  await asked.promise;
  await sleep(after);
  client.destroy();
  await over;
}

test('a daemon whose clients left while they signed in keeps nothing of them, and stops at once', async () => {
  const site = await makeInstallation(
    {},
    { HAVENGATE_DOORS: '[{ kind: sftp, side: outside, listen: 127.0.0.1:0, sign_in: [password] }]' },
  );
  try {
    const daemon = await startDaemon(site);
    const password = await site.secret('alice', 'password');
    for (const after of [0, 5, 10, 20, 40, 80]) await leaveInSignIn(daemon.port('sftp'), password, after);
    // Their passwords are still looked at: each opens nothing.
    await sleep(1000);
    expect(await daemon.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(daemon.log.filter(({ event }) => event === 'left-open')).toEqual([]);
    expect(daemon.log.map(({ event }) => event)).toContain('stopped');
  } finally {
    await site.remove();
  }
});
