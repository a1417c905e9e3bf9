import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDaemon } from '../support/daemon.ts';
import { type Ended, type Installation, MAIN, makeInstallation, NODE, run } from '../support/installation.ts';

let site: Installation;
let good: string;

beforeAll(async () => {
  site = await makeInstallation();
  good = await readFile(site.config, 'utf8');
});

afterAll(async () => {
  await site?.remove();
});

/** Starts the daemon with another configuration, where it has to end by itself. */
async function failToStart(change: (config: string) => string): Promise<Ended> {
  await writeFile(site.config, change(good));
  try {
    return await run(NODE, [MAIN, 'serve', '--config', site.config], { within: 20_000 });
  } finally {
    await writeFile(site.config, good);
  }
}

describe('a start that cannot be says what is wrong and what to do', () => {
  test('a key that nobody knows', async () => {
    const ended = await failToStart((config) => `${config}\nretenton: { arrivals: 3d }\n`);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/line \d+: unknown key "retenton".*"retention"/);
  });

  test('a port that another program has', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => other.once('listening', listening));
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : 0;
    try {
      const ended = await failToStart((config) =>
        config.replace(/(kind: sftp, side: outside, listen: [\d.]+):0/, `$1:${port}`),
      );
      expect(ended.code).toBe(1);
      expect(ended.stderr).toContain(
        `the outside sftp door cannot listen on 127.0.0.1:${port}: another program has that port`,
      );
    } finally {
      other.close();
    }
  });

  test('a data folder that is a file', async () => {
    await writeFile(join(site.dir, 'flat'), 'not a folder');
    const ended = await failToStart((config) => config.replace(/^data:.*$/m, 'data: ./flat'));
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(join(site.dir, 'flat'));
  });

  test('a key that is missing', async () => {
    const key = join(site.dir, 'keys/receipt-key.pem');
    await rename(key, `${key}.away`);
    try {
      const ended = await failToStart((config) => config);
      expect(ended.code).toBe(1);
      expect(ended.stderr).toContain('receipt-key.pem: this key is missing');
    } finally {
      await rename(`${key}.away`, key);
    }
  });

  test('a zone that is not mounted', async () => {
    await (await startDaemon(site)).end('SIGTERM');
    const arrivals = join(site.dir, 'data/arrivals');
    await rename(arrivals, `${arrivals}.away`);
    await mkdir(arrivals);
    try {
      const ended = await failToStart((config) => config);
      expect(ended.code).toBe(1);
      expect(ended.stderr).toContain(`${arrivals} has never been used with this ledger`);
    } finally {
      await rm(arrivals, { recursive: true });
      await rename(`${arrivals}.away`, arrivals);
    }
  });

  test('a second daemon on the same installation', async () => {
    const first = await startDaemon(site);
    try {
      const ended = await failToStart((config) => config);
      expect(ended.code).toBe(1);
      expect(ended.stderr).toMatch(/another daemon/);
    } finally {
      await first.end('SIGTERM');
    }
  });
});

test('a key that others may read is a warning in the log, not a refusal', async () => {
  const key = join(site.dir, 'keys/credentials.key');
  await chmod(key, 0o644);
  const daemon = await startDaemon(site);
  try {
    expect(await daemon.logged('key-readable')).toMatchObject({ level: 'warn', file: key });
  } finally {
    await daemon.end('SIGTERM');
    await chmod(key, 0o600);
  }
});

test('the first line is the ready line, with every door and its port', async () => {
  const daemon = await startDaemon(site);
  try {
    const doors = daemon.log[0]?.['doors'] as { kind: string; side: string; host: string; port: number }[];
    expect(daemon.log[0]?.event).toBe('ready');
    expect(doors.map(({ kind, side }) => `${side} ${kind}`).sort()).toEqual([
      'inside portal',
      'inside sftp',
      'outside portal',
      'outside sftp',
    ]);
    expect(doors.every(({ host, port }) => host === '127.0.0.1' && port > 0)).toBe(true);
  } finally {
    expect(await daemon.end('SIGTERM')).toEqual({ code: 0, signal: null });
  }
});
