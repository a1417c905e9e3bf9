import { connect, createServer, type Server } from 'node:net';
import { Upload } from 'tus-js-client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  ask,
  begin,
  create,
  type Haven,
  makeHaven,
  patch,
  pause,
  someBytes,
  tus,
  until,
} from './http-fixtures.ts';

const MIB = 1024 * 1024;
const PATH = '/api/v1/uploads';

let haven: Haven;
let token: string;

beforeAll(async () => {
  haven = await makeHaven({ limits: { uploadIdle: 1500, headerTime: 1000 } });
  token = await haven.token('alice');
});

afterAll(() => haven.close());

const offsetOf = async (location: string, door = haven.door) =>
  Number((await ask(door, 'HEAD', location, tus(token))).headers['upload-offset']);

/** Begins a PATCH and sends some bytes of it; at least the first of them have been taken when it returns. */
async function beginPatch(name: string, size: number, sent: number, door = haven.door) {
  const location = await create(door, token, size, name);
  const open = begin(door, 'PATCH', location, patch(token, 0, { 'content-length': size }));
  await open.send(someBytes(sent));
  await pause(100);
  return { location, open };
}

describe('HEAD during a running PATCH', () => {
  test('stops it, and answers at once with an offset that no longer moves', async () => {
    const { location, open } = await beginPatch('head.csv', 10 * MIB, 3 * MIB);
    await until(async () => (await haven.bytesOf(location)).length > 0, 20_000);
    // Its body never ends: only a HEAD that stops it can be answered.
    const offset = await offsetOf(location);
    expect(offset).toBeGreaterThan(0);
    expect(offset).toBeLessThanOrEqual(3 * MIB);
    expect(await open.answered).toMatchObject({ status: 423, code: 'taken-over' });
    expect(await offsetOf(location)).toBe(offset);
    const rest = someBytes(10 * MIB).subarray(offset);
    expect((await ask(haven.door, 'PATCH', location, patch(token, offset), rest)).status).toBe(204);
    expect((await haven.bytesOf(location)).equals(someBytes(10 * MIB))).toBe(true);
  });
});

describe('two PATCHes at once', () => {
  test('never mix: the newer one goes on, and the bytes are those of one file', async () => {
    const { location, open } = await beginPatch('two.csv', 2 * MIB, MIB);
    const newer = await ask(haven.door, 'PATCH', location, patch(token, 0), someBytes(2 * MIB));
    expect(newer).toMatchObject({ status: 409, code: 'offset-wrong' });
    expect(await open.answered).toMatchObject({ status: 423, code: 'taken-over' });
    expect(await offsetOf(location)).toBeLessThanOrEqual(MIB);
  });

  test('many at once leave one whole file', async () => {
    const location = await create(haven.door, token, MIB, 'many.csv');
    const all = await Promise.all(
      Array.from({ length: 12 }, () =>
        ask(haven.door, 'PATCH', location, patch(token, 0), someBytes(MIB)).catch(() => null),
      ),
    );
    expect(all.filter((one) => one?.status === 204).length).toBeLessThanOrEqual(1);
    const offset = await offsetOf(location);
    if (offset < MIB)
      await ask(haven.door, 'PATCH', location, patch(token, offset), someBytes(MIB).subarray(offset));
    expect((await haven.bytesOf(location)).equals(someBytes(MIB))).toBe(true);
    expect((await haven.file(location)).state).toBe('received');
  });

  test('of which the older holds on are answered 423', async () => {
    const { locks, release } = await heldLock();
    const began = performance.now();
    await expect(
      locks.newLock('x').lock(new AbortController().signal, () => undefined),
    ).rejects.toMatchObject({ refusal: 'locked' });
    expect(performance.now() - began).toBeGreaterThan(180);
    release();
    await locks.newLock('x').lock(new AbortController().signal, () => undefined);
  });
});

describe('DELETE during a running PATCH', () => {
  test('stops it and removes the upload', async () => {
    const { location, open } = await beginPatch('delete.csv', 10 * MIB, MIB);
    expect((await ask(haven.door, 'DELETE', location, tus(token))).status).toBe(204);
    expect((await open.answered).status).toBe(423);
    expect((await haven.file(location)).state).toBe('removed');
    expect(haven.hints).toContainEqual({
      job: 'clear-airlock',
      ref: expect.objectContaining({ id: (await haven.file(location)).id }),
    });
  });
});

describe('a slow upload', () => {
  test('that goes on steadily is not cut, for many times the limits', async () => {
    const size = 30;
    const location = await create(haven.door, token, size, 'slow.csv');
    const open = begin(haven.door, 'PATCH', location, patch(token, 0, { 'content-length': size }));
    for (let i = 0; i < size; i++) {
      await open.send(someBytes(size).subarray(i, i + 1));
      await pause(200);
    }
    expect((await open.answered).status).toBe(204);
    expect((await haven.bytesOf(location)).equals(someBytes(size))).toBe(true);
  });

  test('that falls silent is released, and can be resumed', async () => {
    const { location, open } = await beginPatch('silent.csv', 1000, 400);
    const answered = await open.answered;
    expect(answered).toMatchObject({ status: 503, code: 'upload-idle' });
    const file = await haven.file(location);
    expect(file).toMatchObject({ state: 'receiving', size: 400 });
    expect(await haven.custody.ledger.liveLease(file.id, Date.now())).toBeNull();
    expect(
      (await ask(haven.door, 'PATCH', location, patch(token, 400), someBytes(1000).subarray(400))).status,
    ).toBe(204);
  });

  test('keeps its bytes on disk while it goes on', async () => {
    const { location, open } = await beginPatch('trickle.csv', 1000, 400);
    await open.send(someBytes(10));
    await until(async () => (await haven.bytesOf(location)).length >= 400, 3000);
    expect((await haven.file(location)).state).toBe('receiving');
    open.cut();
  });
});

describe('a disabled account', () => {
  afterEach(() => haven.setStatus('bob', 'active'));

  test('has its running upload ended, and its later requests refused; nothing is lost', async () => {
    const bob = await haven.token('bob');
    const location = await create(haven.door, bob, 10 * MIB, 'disabled.csv');
    const open = begin(haven.door, 'PATCH', location, patch(bob, 0, { 'content-length': 10 * MIB }));
    await open.send(someBytes(MIB));
    await pause(200);
    await haven.setStatus('bob', 'disabled');
    const began = performance.now();
    expect(await open.answered).toMatchObject({ status: 403, code: 'account-disabled' });
    expect(performance.now() - began).toBeLessThan(2500);
    expect((await ask(haven.door, 'HEAD', location, tus(bob))).status).toBe(401);
    await haven.setStatus('bob', 'active');
    expect((await ask(haven.door, 'HEAD', location, tus(bob))).headers['upload-offset']).toBe(String(MIB));
  });
});

describe('a connection that breaks', () => {
  test('does not stop tus-js-client', async () => {
    const bytes = someBytes(6 * MIB);
    const proxy = await breakingProxy(haven.door.port, [MIB, 2 * MIB, 4 * MIB]);
    const location = await new Promise<string>((resolve, reject) => {
      const upload = new Upload(bytes, {
        endpoint: `http://127.0.0.1:${proxy.port}${PATH}`,
        headers: { authorization: `Bearer ${token}` },
        metadata: { filename: 'breaks.csv' },
        retryDelays: [10, 50, 100, 500],
        onSuccess: () => resolve(new URL(upload.url ?? '').pathname),
        onError: reject,
      });
      upload.start();
    });
    proxy.server.close();
    expect(proxy.broken()).toBe(3);
    expect((await haven.bytesOf(location)).equals(bytes)).toBe(true);
    expect((await haven.file(location)).state).toBe('received');
  });
});

describe('a door that stops', () => {
  test('releases what is under way, in time, and leaves it resumable', async () => {
    const door = await haven.open();
    const { location, open } = await beginPatch('stopped.csv', 10 * MIB, 2 * MIB, door);
    const began = performance.now();
    const stopped = door.stop(300);
    expect(await open.answered).toMatchObject({ status: 423, code: 'stopping' });
    open.cut();
    await stopped;
    expect(performance.now() - began).toBeLessThan(4000);
    expect(door.sessions()).toBe(0);
    await expect(ask(door, 'GET', '/')).rejects.toThrow('ECONNREFUSED');
    expect(await haven.file(location)).toMatchObject({ state: 'receiving', size: 2 * MIB });
    const rest = someBytes(10 * MIB).subarray(2 * MIB);
    expect((await ask(haven.door, 'PATCH', location, patch(token, 2 * MIB), rest)).status).toBe(204);
  });

  test('lets what ends in time end, and asks the others to wait', async () => {
    const door = await haven.open();
    const { location, open } = await beginPatch('in-time.csv', 1000, 400, door);
    const other = await keptAlive(door.port);
    const stopped = door.stop(5000);
    const began = performance.now();
    const head = await other.send(
      `HEAD ${location} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nTus-Resumable: 1.0.0\r\n\r\n`,
    );
    expect(head === '' || head.startsWith('HTTP/1.1 423')).toBe(true);
    await open.send(someBytes(1000).subarray(400));
    open.end();
    expect((await open.answered).status).toBe(204);
    await stopped;
    expect(performance.now() - began).toBeLessThan(3000);
    expect((await haven.file(location)).state).toBe('received');
  });

  test('waits for nobody who only holds a connection', async () => {
    const door = await haven.open();
    await keptAlive(door.port);
    connect(door.port, '127.0.0.1').on('error', () => undefined);
    await pause(50);
    const began = performance.now();
    await door.stop(5000);
    expect(performance.now() - began).toBeLessThan(1500);
  });
});

describe('memory', () => {
  test('does not grow with the file', async () => {
    const size = 256 * MIB;
    const location = await create(haven.door, token, size, 'large.csv');
    const open = begin(haven.door, 'PATCH', location, patch(token, 0, { 'content-length': size }));
    const piece = someBytes(4 * MIB);
    let most = 0;
    for (let sent = 0; sent < size; sent += piece.length) {
      await open.send(piece);
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    }
    expect((await open.answered).status).toBe(204);
    expect(most).toBeLessThan(100 * MIB);
  });
});

async function heldLock() {
  const { UploadLocks } = await import('../../src/doors/http/uploads/upload-locks.ts');
  const locks = new UploadLocks(200);
  const held = locks.newLock('x');
  await held.lock(new AbortController().signal, () => undefined);
  return { locks, release: () => void held.unlock() };
}

/** A proxy that breaks its first connections, each after so many bytes from the client. */
async function breakingProxy(
  target: number,
  after: readonly number[],
): Promise<{ port: number; server: Server; broken(): number }> {
  let broken = 0;
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    let passed = 0;
    client.on('data', (data) => {
      passed += data.length;
      upstream.write(data);
      const limit = after[broken];
      if (limit === undefined || passed < limit) return;
      broken++;
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    });
    upstream.on('data', (data) => client.write(data));
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    server,
    broken: () => broken,
  };
}

/** A connection that has had one answer and stays open. `send` resolves with what comes next, '' when it was closed. */
async function keptAlive(port: number): Promise<{ send(text: string): Promise<string> }> {
  const socket = connect(port, '127.0.0.1');
  const next = (): Promise<string> =>
    new Promise((resolve) => {
      socket.once('data', (data) => resolve(data.toString()));
      socket.once('close', () => resolve(''));
      socket.once('error', () => resolve(''));
    });
  socket.write('HEAD / HTTP/1.1\r\nHost: x\r\n\r\n');
  await next();
  return {
    send: (text) => {
      const answer = next();
      socket.write(text);
      return answer;
    },
  };
}
