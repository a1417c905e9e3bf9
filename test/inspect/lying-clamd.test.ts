import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Inspected } from '../../src/core/custody/ports.ts';
import { createInspector } from '../../src/inspect/inspector.ts';
import { answered, clock, fileName, noise, noTypes, pieces, quiet, verdictOf } from './inspect-fixtures.ts';

const MIB = 1024 * 1024;
const SIZE = 4 * MIB;

let folder: string;
let path: string;
let server: Server;
const sockets = new Set<Socket>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'havengate-lying-'));
  path = join(folder, 'clamd.sock');
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server?.close(resolve) ?? resolve(null));
  await rm(folder, { recursive: true });
});

/** What a server does on a stream: called once with the socket, after the command. */
type Behaviour = (socket: Socket) => void;

/** A server that tells its version as clamd does, and then behaves. `version` null: says nothing to that either. */
async function serve(behave: Behaviour, version: string | null = 'ClamAV 9.9.9/1/now\0'): Promise<void> {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      if (data.toString('latin1').startsWith('zVERSION')) {
        if (version !== null) socket.end(version);
      } else {
        socket.unshift(data.subarray('zINSTREAM\0'.length));
        behave(socket);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
}

function inspect(bytes = noise(SIZE), clamd = path): Promise<Inspected> {
  const scan = { clamd, stall: 200, patience: 300 };
  const inspector = createInspector({ scan, clock, log: quiet, types: noTypes });
  return inspector.inspect(pieces(bytes), { name: fileName('a.bin'), size: bytes.byteLength });
}

/** Waits until the whole stream has come, with the zero length that ends it; then answers. */
const afterAll =
  (answer: string): Behaviour =>
  (socket) => {
    let last = Buffer.alloc(0);
    let count = 0;
    socket.on('data', (data) => {
      count += data.byteLength;
      last = Buffer.concat([last, data]).subarray(-4);
      if (count >= SIZE && last.equals(Buffer.alloc(4))) socket.end(answer);
    });
  };

async function whyNot(inspected: Promise<Inspected>): Promise<string> {
  const outcome = await inspected;
  if (outcome.answered) throw new Error(`answered: ${JSON.stringify(outcome.inspection.verdicts)}`);
  expect(outcome.notYet.check).toBe('malware');
  return outcome.notYet.why;
}

test('the server of these tests can be believed', async () => {
  await serve(afterAll('stream: OK\0'));
  expect(verdictOf(answered(await inspect()), 'malware')).toMatchObject({
    outcome: 'pass',
    version: 'ClamAV 9.9.9/1/now',
  });
});

describe('is "not yet"', () => {
  test('a socket that is not there', async () => {
    await serve(() => undefined);
    expect(await whyNot(inspect(noise(10), join(folder, 'nobody')))).toMatch(/cannot be reached.*ENOENT/);
    expect(await whyNot(inspect(noise(10), '127.0.0.1:1'))).toMatch(
      /127\.0\.0\.1:1 cannot be reached.*ECONNREFUSED/,
    );
  });

  test('a socket that is not there, also for an empty file', async () => {
    await serve(() => undefined);
    expect(await whyNot(inspect(noise(0), join(folder, 'nobody')))).toMatch(/cannot be reached/);
  });

  test.each([
    ['no version', null, /no progress/],
    ['a version of something else', 'SSH-2.0-OpenSSH\0', /as its version "SSH-2.0-OpenSSH"/],
    ['an endless version', `ClamAV ${'9'.repeat(100_000)}\0`, /without end|as its version/],
  ])('%s', async (_, version, why) => {
    await serve(afterAll('stream: OK\0'), version);
    expect(await whyNot(inspect())).toMatch(why);
  });

  test.each([
    ['garbage', 'GET / HTTP/1.1\0', /answered "GET/],
    ['an error', 'INSTREAM: Can\u0027t write to temporary file. ERROR\0', /answered "INSTREAM: Can't write/],
    ['a timeout of its own', 'COMMAND READ TIMED OUT\0', /answered "COMMAND/],
    ['OK of something else', 'fd[10]: OK\0', /answered/],
    ['OK and more', 'stream: OK but not quite\0', /answered/],
    ['OK twice', 'stream: OK\0stream: OK\0', /no whole answer/],
    ['OK before a space', ' stream: OK\0', /answered/],
    ['OK in capitals', 'STREAM: OK\0', /answered/],
    ['OK that is cut off', 'stream: OK', /no whole answer/],
    ['an empty answer', '\0', /answered ""/],
    ['nothing', '', /no whole answer: it closed/],
    ['FOUND without a name', 'stream: FOUND\0', /answered/],
    ['an answer without end', 'x'.repeat(100_000), /without end/],
  ])('%s', async (_, answer, why) => {
    await serve(afterAll(answer));
    expect(await whyNot(inspect())).toMatch(why);
  });

  test('OK at once', async () => {
    await serve((socket) => {
      socket.resume();
      socket.write('stream: OK\0');
    });
    expect(await whyNot(inspect())).toMatch(/OK before it had all bytes|no whole answer/);
  });

  test('OK and closed before all bytes were sent', async () => {
    await serve((socket) => socket.end('stream: OK\0'));
    expect(await whyNot(inspect())).toMatch(/OK before it had all bytes|no whole answer/);
  });

  test('OK for all bytes but the last, with the end not sent', async () => {
    await serve((socket) => {
      let count = 0;
      socket.on('data', (data) => {
        count += data.byteLength;
        if (count >= SIZE - MIB) socket.end('stream: OK\0');
      });
    });
    expect(await whyNot(inspect())).toMatch(/OK before it had all bytes|no whole answer/);
  });

  test('a server that takes nothing', async () => {
    await serve((socket) => socket.pause());
    expect(await whyNot(inspect())).toMatch(/no progress/);
  });

  test('a server that takes everything and says nothing', async () => {
    await serve((socket) => socket.resume());
    expect(await whyNot(inspect())).toMatch(/no progress/);
  });

  test('a connection that is reset in mid-stream', async () => {
    await serve((socket) => {
      // Closing with bytes unread is what resets a Unix socket.
      socket.once('readable', () => socket.destroy());
    });
    expect(await whyNot(inspect())).toMatch(/no whole answer/);
  });
});

describe('an answer that comes early and stands', () => {
  test.each([
    ['stream: Some.Malware-1 FOUND\0', 'infected', 'Some.Malware-1'],
    [
      'stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0',
      'limits-exceeded',
      'Heuristics.Limits.Exceeded.MaxFileSize',
    ],
    ['stream: Heuristics.Encrypted.PDF FOUND\0', 'encrypted', 'Heuristics.Encrypted.PDF'],
    ['INSTREAM size limit exceeded. ERROR\0', 'too-large', "larger than clamd's StreamMaxLength"],
  ])('%j', async (answer, outcome, detail) => {
    await serve((socket) => socket.end(answer));
    for (let n = 0; n < 20; n++) {
      expect(verdictOf(answered(await inspect()), 'malware')).toMatchObject({ outcome, detail });
    }
  });
});

test('a slow disk is not a hanging clamd', async () => {
  await serve(afterAll('stream: OK\0'));
  async function* slow(): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces(noise(SIZE), SIZE / 2)) {
      yield piece;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  const scan = { clamd: path, stall: 200, patience: 300 };
  const inspector = createInspector({ scan, clock, log: quiet, types: noTypes });
  const inspected = await inspector.inspect(slow(), { name: fileName('a.bin'), size: SIZE });
  expect(inspected.answered).toBe(true);
});
