import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, type Haven, makeHaven, pause, tus } from './http-fixtures.ts';

let haven: Haven;

beforeAll(async () => {
  haven = await makeHaven({ limits: { headerTime: 800, connectionsPerSource: 6 } });
});

afterAll(() => haven.close());

/** Sends text, piece by piece, and resolves with all that came back when the server closed. */
function talk(pieces: readonly string[], every = 0): Promise<{ text: string; time: number }> {
  return new Promise((resolve) => {
    const began = performance.now();
    let text = '';
    const socket = connect(haven.door.port, '127.0.0.1', () => void send());
    async function send(): Promise<void> {
      for (const piece of pieces) {
        if (socket.writable) socket.write(piece);
        if (every > 0) await pause(every);
      }
    }
    socket.on('data', (data) => (text += data.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ text, time: performance.now() - began }));
  });
}

describe('every answer', () => {
  test('carries the security headers and a request id of ours', async () => {
    const token = await haven.token('alice');
    const answers = [
      await ask(haven.door, 'GET', '/', { 'x-request-id': 'mine' }),
      await ask(haven.door, 'GET', '/api/v1/openapi.json'),
      await ask(haven.door, 'GET', '/nowhere'),
      await ask(haven.door, 'GET', '/%'),
      await ask(haven.door, 'POST', '/api/v1/uploads'),
      await ask(haven.door, 'POST', '/api/v1/uploads', tus(token)),
      await ask(haven.door, 'OPTIONS', '/api/v1/uploads'),
    ];
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringMatching(/^default-src 'none'/),
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
        'x-request-id': expect.stringMatching(/^[\w-]{12}$/),
      });
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
    expect(new Set(answers.map(({ headers }) => headers['x-request-id'])).size).toBe(answers.length);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 404, 401, 400, 204]);
  });

  test('of an unknown address is JSON, whatever came along', async () => {
    const answered = await ask(
      haven.door,
      'POST',
      '/api/v1/nothing',
      { 'content-type': 'text/weird' },
      Buffer.alloc(200_000),
    );
    expect(answered).toMatchObject({ status: 404, code: 'route-unknown' });
  });

  test('of an unexpected fault is generic, and the fault is in the log', async () => {
    const ledger = {
      ...haven.custody.ledger,
      fileById: () => Promise.reject(new Error('SQLITE_CORRUPT at /secret/path')),
    };
    const door = await haven.open({ intake: { ...haven.custody, ledger } });
    const token = await haven.token('alice');
    const path = '/api/v1/uploads/file_00000000000000000000000000';
    const asked = await ask(door, 'DELETE', path, tus(token));
    expect(asked).toMatchObject({ status: 500, code: 'failed' });
    expect(asked.text).not.toContain('SQLITE');
    expect((await ask(door, 'HEAD', path, tus(token))).status).toBe(423);
    expect(haven.logged).toContainEqual({
      event: 'upload-request-failed',
      fields: expect.objectContaining({
        error: expect.objectContaining({ message: expect.stringContaining('SQLITE') }),
      }),
    });
    await door.stop(0);
  });
});

describe('pages', () => {
  test('say what this is, and refer to nothing elsewhere', async () => {
    const page = await ask(haven.door, 'GET', '/');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.text).toContain('/api/v1/uploads');
    expect(page.text).not.toMatch(/https?:|<script|<style|src=/);
    const api = JSON.parse((await ask(haven.door, 'GET', '/api/v1/openapi.json')).text) as {
      openapi: string;
      paths: object;
    };
    expect(api.openapi).toBe('3.1.0');
    expect(Object.keys(api.paths)).toEqual(expect.arrayContaining(['/', '/api/v1/uploads/{id}']));
  });
});

describe('other origins', () => {
  const origin = 'https://elsewhere.example';
  const preflight = { origin, 'access-control-request-method': 'POST' };

  test('get no CORS header unless they are listed', async () => {
    for (const door of [haven.door, await haven.open({ allowedOrigins: ['https://listed.example'] })]) {
      for (const method of ['OPTIONS', 'POST']) {
        const { headers } = await ask(door, method, '/api/v1/uploads', preflight);
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
      }
    }
  });

  test('that are listed may upload', async () => {
    const door = await haven.open({ allowedOrigins: [origin] });
    const { headers } = await ask(door, 'OPTIONS', '/api/v1/uploads', preflight);
    expect(headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': expect.stringContaining('PATCH'),
      'access-control-allow-headers': expect.stringContaining('Upload-Offset'),
      vary: 'Origin',
    });
    expect(
      (await ask(door, 'POST', '/api/v1/uploads', { origin })).headers['access-control-allow-origin'],
    ).toBe(origin);
  });
});

describe('a connection', () => {
  test('that says nothing, or dribbles its headers, is closed', async () => {
    const [silent, slow] = await Promise.all([
      talk([]),
      talk(['GET / HTTP/1.1\r\n', ...Array<string>(40).fill('X: y\r\n')], 100),
    ]);
    for (const { text, time } of [silent, slow]) {
      expect(time).toBeLessThan(3000);
      expect(text === '' || text.startsWith('HTTP/1.1 408 ')).toBe(true);
    }
  });

  test('with headers beyond measure, or no HTTP, is told so', async () => {
    expect((await talk([`GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`])).text).toMatch(
      /^HTTP\/1\.1 431 /,
    );
    expect((await talk(['SSH-2.0-OpenSSH_9.2\r\n\r\n'])).text).toMatch(
      /^HTTP\/1\.1 400 [^]*"code":"request-malformed"/,
    );
    expect((await talk(['GET / HTTP/1.1\r\n\r\n'])).text).toMatch(/^HTTP\/1\.1 400 /);
    expect(
      (await talk(['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'])).text,
    ).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('over the limit of its source is refused, and another takes its place when one ends', async () => {
    await pause(100);
    const open = Array.from({ length: 6 }, () =>
      connect(haven.door.port, '127.0.0.1').on('error', () => undefined),
    );
    await pause(100);
    expect((await talk([])).text).toMatch(/^HTTP\/1\.1 429 [^]*"code":"too-many-connections"/);
    open.pop()?.destroy();
    await pause(100);
    expect((await ask(haven.door, 'GET', '/')).status).toBe(200);
    for (const socket of open) socket.destroy();
  });
});
