import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ask, create, type Haven, makeHaven, patch, someBytes, tus } from './http-fixtures.ts';

const PATH = '/api/v1/uploads';

let haven: Haven;
let token: string;
let hers: string;

beforeAll(async () => {
  haven = await makeHaven();
  token = await haven.token('alice');
});

beforeEach(async () => {
  hers = await create(haven.door, token, 100);
});

afterAll(() => haven.close());

/** A request that would be answered, and would remove an upload, if anybody took it for one of its own. */
function hidden(): string {
  return `DELETE ${hers} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nTus-Resumable: 1.0.0\r\n\r\n`;
}

/** The head of a request that brings a body, with what is tried in place of an honest length. */
function head(...lines: readonly string[]): string {
  return [`POST ${PATH}/none HTTP/1.1`, 'Host: x', ...lines].map((line) => `${line}\r\n`).join('') + '\r\n';
}

/** What the door answers to bytes on one connection, until it closes it. */
function talk(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(haven.door.port, haven.door.host, () => socket.write(text, 'latin1'));
    let received = '';
    socket.setTimeout(4000, () => socket.destroy(new Error(`it was kept open after ${received}`)));
    socket.on('data', (data) => (received += data.toString()));
    socket.on('error', (error) =>
      'code' in error && error.code === 'ECONNRESET' ? resolve(received) : reject(error),
    );
    socket.on('close', () => resolve(received));
  });
}

async function expectUntouched(): Promise<void> {
  expect((await ask(haven.door, 'HEAD', hers, tus(token))).headers['upload-offset']).toBe('0');
}

describe('a request of which it can be doubted where it ends is refused, and what is behind it is no request', () => {
  test.each<readonly [string, () => string]>([
    [
      'a length and chunks',
      () => head('Content-Length: 5', 'Transfer-Encoding: chunked') + `0\r\n\r\n${hidden()}`,
    ],
    [
      'chunks and a length',
      () => head('Transfer-Encoding: chunked', 'Content-Length: 4') + `5c\r\n${hidden()}0\r\n\r\n`,
    ],
    ['two lengths', () => head('Content-Length: 0', `Content-Length: ${hidden().length}`) + hidden()],
    ['the same length twice', () => head('Content-Length: 0', 'Content-Length: 0') + hidden()],
    ['a list of lengths', () => head('Content-Length: 0, 0') + hidden()],
    ['a length with a sign', () => head('Content-Length: +0') + hidden()],
    ['a negative length', () => head('Content-Length: -1') + hidden()],
    ['a length in hexadecimal', () => head('Content-Length: 0x0') + hidden()],
    ['a length with a space in it', () => head('Content-Length: 0 0') + hidden()],
    ['a length beyond all numbers', () => head('Content-Length: 18446744073709551616') + hidden()],
    ['an empty length', () => head('Content-Length:') + hidden()],
    ['chunks that are none', () => head('Transfer-Encoding: xchunked') + `0\r\n\r\n${hidden()}`],
    ['chunks that are not last', () => head('Transfer-Encoding: chunked, identity') + `0\r\n\r\n${hidden()}`],
    [
      'chunks twice',
      () => head('Transfer-Encoding: chunked', 'Transfer-Encoding: identity') + `0\r\n\r\n${hidden()}`,
    ],
    ['chunks behind a tab', () => head('Transfer-Encoding: \x0bchunked') + `0\r\n\r\n${hidden()}`],
    ['a space before the colon', () => head('Transfer-Encoding : chunked') + `0\r\n\r\n${hidden()}`],
    ['a space before the name', () => head(' Transfer-Encoding: chunked') + `0\r\n\r\n${hidden()}`],
    ['a header over two lines', () => head('Transfer-Encoding:', ' chunked', 'Content-Length: 0') + hidden()],
    ['a NUL in a header', () => head('X: a\0b', 'Content-Length: 0') + hidden()],
    ['a bare CR in a header', () => head('X: a\rContent-Length: 5', 'Content-Length: 0') + hidden()],
    ['bare LFs for line ends', () => `POST ${PATH}/none HTTP/1.1\nHost: x\nContent-Length: 0\n\n${hidden()}`],
    ['a bare LF behind one header', () => head('X: a\nContent-Length: 5', 'Content-Length: 0') + hidden()],
    ['a chunk with no size', () => head('Transfer-Encoding: chunked') + `\r\n${hidden()}`],
    ['a chunk of a size with a prefix', () => head('Transfer-Encoding: chunked') + `0x0\r\n\r\n${hidden()}`],
    [
      'a chunk of a size beyond all numbers',
      () => head('Transfer-Encoding: chunked') + `fffffffffffffffff\r\n${hidden()}`,
    ],
    [
      'a chunk that is longer than it says',
      () => head('Transfer-Encoding: chunked') + `2\r\nabc\r\n0\r\n\r\n${hidden()}`,
    ],
    ['a bare LF behind the size of a chunk', () => head('Transfer-Encoding: chunked') + `0\n\n${hidden()}`],
    [
      'a bare LF in what stands behind a chunk’s size',
      () => head('Transfer-Encoding: chunked') + `1;a\nb\r\nx\r\n0\r\n\r\n${hidden()}`,
    ],
    [
      'no end of what stands behind a chunk’s size',
      () => head('Transfer-Encoding: chunked') + `1;${'a'.repeat(40_000)}`,
    ],
    [
      'an old version with chunks',
      () => `POST ${PATH}/none HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden()}`,
    ],
  ])('with %s', async (_, text) => {
    const answered = await talk(text());
    // One whose head is in order may have been answered before its body turned out to be none.
    expect(answered).toMatch(/^(HTTP\/1\.1 401 [^]*)?HTTP\/1\.1 400 (?![^]*HTTP\/1\.1)/);
    await expectUntouched();
  });
});

test('a request with two hosts is refused, since nobody knows whom it is for', async () => {
  const answered = await talk('GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n');
  expect(answered).toMatch(/^HTTP\/1\.1 400 [^]*"code":"request-malformed"/);
});

describe('a body', () => {
  test('of a request that is refused before it was read is no request', async () => {
    const body = hidden();
    const answered = await talk(head(`Content-Length: ${body.length + 1}`) + body);
    expect(answered).toMatch(/^HTTP\/1\.1 401 [^]*connection: close/i);
    expect(answered.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    await expectUntouched();
  });

  test('of a GET is its body', async () => {
    const body = hidden();
    const text = `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const answered = await talk(text);
    expect(answered.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    await expectUntouched();
  });

  test('in chunks with words behind their sizes is what is in the chunks', async () => {
    const location = await create(haven.door, token, 6, 'chunks.csv');
    const headers = Object.entries(
      patch(token, 0, { host: 'x', connection: 'close', 'transfer-encoding': 'chunked' }),
    );
    const lines = headers.map(([name, value]) => `${name}: ${String(value)}\r\n`).join('');
    const bytes = someBytes(6).toString('latin1');
    const chunks = `2;name=value\r\n${bytes.slice(0, 2)}\r\n4\r\n${bytes.slice(2)}\r\n0\r\n\r\n`;
    expect(await talk(`PATCH ${location} HTTP/1.1\r\n${lines}\r\n${chunks}`)).toMatch(/^HTTP\/1\.1 204 /);
    expect((await haven.bytesOf(location)).equals(someBytes(6))).toBe(true);
  });

  test('does not become another protocol', async () => {
    for (const protocol of ['h2c', 'websocket']) {
      const answered = await talk(
        `GET /api/v1/me HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: ${protocol}\r\n\r\n${hidden()}`,
      );
      expect(answered).not.toMatch(/HTTP\/1\.1 101/);
      expect(answered.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    }
    await expectUntouched();
  });
});
