import { readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';
import { eventually } from '../support/wait.ts';

let site: Installation;
let daemon: Daemon;

beforeAll(async () => {
  site = await makeInstallation({ guard: '{ source: 5, first: 10m, never: [] }' });
  daemon = await startDaemon(site);
});

afterAll(async () => {
  await daemon.end('SIGTERM');
  await site.remove();
});

/** Speaks HTTP to the SFTP door; what it is told. */
function knock(localAddress: string): Promise<string> {
  const socket = createConnection({ port: daemon.port('sftp', 'outside'), host: '127.0.0.1', localAddress });
  let said = '';
  socket.on('data', (data) => (said += data.toString('latin1')));
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\n\r\n');
  return new Promise((resolve) => socket.on('close', () => resolve(said)));
}

async function isBanned(address: string): Promise<boolean> {
  return (await knock(address)).includes('Too many sign-ins have failed');
}

interface Held {
  readonly kind: string;
  readonly source: string;
  readonly heldBackUntil: string | null;
}

describe('a source that is banned', () => {
  test('is listed, is banned by every door, and still after a restart', async () => {
    await eventually('it is banned', () => isBanned('127.0.0.66'));
    const answer = await fetch(`http://127.0.0.1:${daemon.port('portal', 'outside')}/api/v1/site`);
    expect(answer.status).toBe(200);
    const list = await eventually('it is listed', async () => {
      const held = await site.json<readonly Held[]>('ban', 'list');
      return held.length > 0 ? held : null;
    });
    expect(list).toEqual([expect.objectContaining({ kind: 'source', source: '127.0.0.66', times: 1 })]);
    expect((await site.havengate('ban', 'list')).stdout).toContain('strangers from a source');
    expect((await daemon.end('SIGTERM')).code).toBe(0);
    daemon = await startDaemon(site);
    expect(await isBanned('127.0.0.66')).toBe(true);
    expect(await isBanned('127.0.0.67')).toBe(false);
  });

  test('is let in when an operator lifts it, and the audit says who did what', async () => {
    expect((await site.havengate('ban', 'lift', '127.0.0.66')).stdout).toContain('lifted');
    await eventually('the door has heard of it', async () => !(await isBanned('127.0.0.66')));
    const again = await site.havengate('ban', 'lift', '203.0.113.200');
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('nothing is held against')]);
    const exported = (await site.havengate('audit', 'export')).stdout;
    for (const type of ['source-banned', 'sign-ins-refused', 'ban-lifted'])
      expect(exported).toContain(`"${type}"`);
  });

  test('is counted in the metrics, like every limit', async () => {
    const password = (await readFile(join(site.dir, 'keys/ops-password'), 'utf8')).trim();
    const authorization = `Basic ${Buffer.from(`ops:${password}`).toString('base64')}`;
    const answer = await fetch(`http://127.0.0.1:${daemon.opsPort}/metrics`, { headers: { authorization } });
    const lines = (await answer.text()).split('\n');
    const refusals = 'havengate_limit_refusals_total{door="all",side="both",limit="source"}';
    expect(lines).toContain('havengate_limit{door="all",side="both",limit="source"} 5');
    expect(lines).toContain('havengate_limit{door="sftp",side="outside",limit="waiting_per_source"} 256');
    expect(
      Number(
        lines
          .find((line) => line.startsWith(refusals))
          ?.split(' ')
          .at(-1),
      ),
    ).toBeGreaterThan(0);
  });
});
