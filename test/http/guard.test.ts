import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { startSftpDoor } from '../../src/doors/sftp/start-sftp-door.ts';
import { ask, type Haven, makeHaven } from './http-fixtures.ts';

let haven: Haven;

afterEach(() => haven.close());

/** Knocks with a token, as if by a proxy, from an address. */
async function knock(
  source: string,
  token: string,
): Promise<{ status: number; code: string; wait: string | null }> {
  const answer = await fetch(`http://127.0.0.1:${haven.door.port}/api/v1/me`, {
    headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': `198.51.100.99, ${source}` },
  });
  const body = (await answer.json()) as { error?: { code: string } };
  return { status: answer.status, code: body.error?.code ?? '', wait: answer.headers.get('retry-after') };
}

describe('a source that guesses tokens', () => {
  test('is told to wait at the portal, and turned away by SFTP; others, and those known there, are not', async () => {
    haven = await makeHaven({ behindProxy: true, guard: { source: 5, never: [] } });
    const alice = await haven.token('alice', ['read']);
    expect((await knock('192.0.2.1', alice)).status).toBe(200);
    for (const source of ['192.0.2.1', '203.0.113.9', '127.0.0.66']) {
      for (let i = 0; i < 5; i++) expect((await knock(source, `hgt_guess${i}`)).status).toBe(401);
    }
    const held = await knock('203.0.113.9', 'hgt_guess');
    expect(held).toMatchObject({ status: 429, code: 'sign-in-held-back' });
    expect(Number(held.wait)).toBeGreaterThan(0);
    expect((await knock('192.0.2.1', alice)).status).toBe(200);
    expect((await knock('203.0.113.10', alice)).status).toBe(200);

    const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const { custody, signIns } = haven;
    const sftp = await startSftpDoor({
      side: 'outside',
      listen: { host: '127.0.0.1', port: 0 },
      hostKeys: [key.export({ type: 'pkcs1', format: 'pem' }).toString()],
      policy: [['password']],
      signIns,
      intake: custody,
      log: custody.log,
    });
    expect(await greeting(sftp.port, '127.0.0.66')).toContain('Too many sign-ins have failed');
    expect(await greeting(sftp.port, '127.0.0.67')).not.toContain('Too many sign-ins have failed');
    await sftp.stop(0);
  });

  test('cannot name itself after somebody else where no proxy is in front', async () => {
    haven = await makeHaven({ guard: { source: 5, never: [] } });
    for (let i = 0; i < 5; i++) await knock(`203.0.113.${i}`, `hgt_guess${i}`);
    expect(haven.signIns.guard.welcome('127.0.0.1').kind).toBe('banned');
    expect(haven.signIns.guard.welcome('203.0.113.1').kind).toBe('open');
  });
});

test('who guesses in a browser is held back in words, with a time', async () => {
  haven = await makeHaven({ guard: { pair: 3, never: [] } });
  const signIn = (password: string) => {
    const body = Buffer.from(JSON.stringify({ name: 'alice', password, code: '000000' }));
    return ask(haven.door, 'POST', '/api/v1/sign-in', { 'content-type': 'application/json' }, body);
  };
  for (let i = 0; i < 3; i++) expect((await signIn(`a wrong one ${i}`)).status).toBe(401);
  const held = await signIn('a wrong one 4');
  expect(held.status).toBe(429);
  expect(held.text).toContain('sign-in-held-back');
  expect(Number(held.headers['retry-after'])).toBeGreaterThan(0);
});

/** All that an SFTP door says to somebody who says nothing for a moment. */
async function greeting(port: number, localAddress: string): Promise<string> {
  const socket = createConnection({ port, host: '127.0.0.1', localAddress });
  const [data] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return data.toString('latin1');
}
