import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ask,
  begin,
  create,
  type Haven,
  makeHaven,
  metadata,
  patch,
  pause,
  someBytes,
  tus,
  until,
} from './http-fixtures.ts';

const PATH = '/api/v1/uploads';
const OFFSET_STREAM = 'application/offset+octet-stream';

let haven: Haven;
let token: string;

beforeAll(async () => {
  haven = await makeHaven();
  token = await haven.token('alice');
});

afterAll(() => haven.close());

const offsetOf = async (location: string) =>
  Number((await ask(haven.door, 'HEAD', location, tus(token))).headers['upload-offset']);

describe('a request', () => {
  test.each([
    ['without a version', 'POST', { 'tus-resumable': undefined }, 412, 'tus-version'],
    ['with another version', 'POST', { 'tus-resumable': '0.2.2' }, 412, 'tus-version'],
    ['without a length', 'POST', { 'upload-length': undefined }, 400, 'length-missing'],
    ['with a negative length', 'POST', { 'upload-length': '-1' }, 400, 'length-missing'],
    ['with a length in words', 'POST', { 'upload-length': '1e3' }, 400, 'length-missing'],
    [
      'with a length beyond all numbers',
      'POST',
      { 'upload-length': '9007199254740993' },
      400,
      'length-missing',
    ],
    ['with a length of a petabyte', 'POST', { 'upload-length': String(2 ** 50) }, 413, 'too-large'],
    [
      'with a length to come',
      'POST',
      { 'upload-length': undefined, 'upload-defer-length': '1' },
      400,
      'length-deferred',
    ],
    ['of one part of many', 'POST', { 'upload-concat': 'partial' }, 400, 'concatenation-unsupported'],
    [
      'without a name',
      'POST',
      { 'upload-metadata': metadata({ filetype: 'text/csv' }) },
      400,
      'filename-missing',
    ],
    ['without metadata', 'POST', { 'upload-metadata': undefined }, 400, 'filename-missing'],
    [
      'with metadata that is not base64',
      'POST',
      { 'upload-metadata': 'filename %%%%' },
      400,
      'metadata-invalid',
    ],
    [
      'with a name that is not UTF-8',
      'POST',
      { 'upload-metadata': 'filename /w==' },
      400,
      'metadata-invalid',
    ],
    [
      'with a key twice',
      'POST',
      { 'upload-metadata': 'filename YQ==,filename Yg==' },
      400,
      'metadata-invalid',
    ],
    [
      'with too many keys',
      'POST',
      { 'upload-metadata': Array.from({ length: 500 }, (_, i) => `k${i} YQ==`).join() },
      400,
      'metadata-invalid',
    ],
    [
      'with a metadata bomb',
      'POST',
      { 'upload-metadata': `filename ${'QUFB'.repeat(3000)}` },
      400,
      'metadata-invalid',
    ],
    [
      'with headers beyond measure',
      'POST',
      { 'upload-metadata': `filename ${'QUFB'.repeat(9000)}` },
      431,
      'headers-too-large',
    ],
    [
      'with a control character in its name',
      'POST',
      { 'upload-metadata': metadata({ filename: 'a\nb' }) },
      400,
      'name-invalid',
    ],
    [
      'with a NUL in its name',
      'POST',
      { 'upload-metadata': metadata({ filename: 'a\0b' }) },
      400,
      'name-invalid',
    ],
    [
      'with a slash in its name',
      'POST',
      { 'upload-metadata': metadata({ filename: '../../etc/passwd' }) },
      400,
      'name-invalid',
    ],
    ['with .. as its name', 'POST', { 'upload-metadata': metadata({ filename: '..' }) }, 400, 'name-invalid'],
    [
      'with .. in its path',
      'POST',
      { 'upload-metadata': metadata({ filename: 'a', relativePath: 'b/../../a' }) },
      400,
      'name-invalid',
    ],
    [
      'with a name of 256 bytes',
      'POST',
      { 'upload-metadata': metadata({ filename: 'x'.repeat(256) }) },
      400,
      'path-too-long',
    ],
    [
      'that nests 1,000 deep',
      'POST',
      { 'upload-metadata': metadata({ filename: 'a', relativePath: 'b/'.repeat(1000) }) },
      400,
      'path-too-long',
    ],
    [
      'with more bytes than announced',
      'POST',
      { 'upload-length': '5', 'content-type': OFFSET_STREAM },
      413,
      'body-too-long',
    ],
    ['with an unknown checksum', 'POST', { 'upload-checksum': 'crc32 AAAAAA==' }, 400, 'checksum-invalid'],
  ])('%s is refused in words', async (_, method, wrong, status, code) => {
    const right = { 'upload-length': '10', 'upload-metadata': metadata({ filename: 'refused.csv' }) };
    const headers = Object.fromEntries(
      Object.entries({ ...tus(token, right), ...wrong }).filter(([, value]) => value !== undefined),
    );
    const before = (await haven.custody.ledger.listFiles({ limit: 100 })).length;
    const answered = await ask(haven.door, method, PATH, headers, someBytes(10));
    expect(answered).toMatchObject({ status, code });
    const { error } = JSON.parse(answered.text) as { error: { message: string } };
    expect(error.message).toMatch(/\. .*(Nothing|None)/);
    expect(answered.headers['content-type']).toBe('application/json; charset=utf-8');
    expect((await haven.custody.ledger.listFiles({ limit: 100 })).length).toBe(before);
  });

  test.each([
    ['without an offset', { 'upload-offset': undefined }, 400, 'offset-missing'],
    ['with an offset in words', { 'upload-offset': 'zero' }, 400, 'offset-missing'],
    ['at a wrong offset', { 'upload-offset': '5' }, 409, 'offset-wrong'],
    ['with another content type', { 'content-type': 'text/plain' }, 415, 'content-type-wrong'],
    ['without a content type', { 'content-type': undefined }, 415, 'content-type-wrong'],
    ['with a malformed checksum', { 'upload-checksum': 'sha1' }, 400, 'checksum-invalid'],
    ['with a checksum of a wrong length', { 'upload-checksum': 'sha1 YQ==' }, 400, 'checksum-invalid'],
    ['without a version', { 'tus-resumable': undefined }, 412, 'tus-version'],
  ])('to go on %s is refused, and writes nothing', async (_, wrong, status, code) => {
    const location = await create(haven.door, token, 10, 'wrong.csv');
    const headers = Object.fromEntries(
      Object.entries({ ...patch(token, 0), ...wrong }).filter(([, value]) => value !== undefined),
    );
    expect(await ask(haven.door, 'PATCH', location, headers, someBytes(3))).toMatchObject({ status, code });
    expect(await offsetOf(location)).toBe(0);
  });

  test('that can only be POST may mean another method', async () => {
    const location = await create(haven.door, token, 3, 'override.csv');
    const override = (method: string) => ({ 'x-http-method-override': method });
    expect(
      await ask(haven.door, 'POST', location, patch(token, 0, override('PATCH')), someBytes(3)),
    ).toMatchObject({ status: 204 });
    expect((await haven.file(location)).state).toBe('received');
    expect((await ask(haven.door, 'POST', location, tus(token, override('GET')))).status).toBe(405);
  });
});

describe('a body', () => {
  test('longer than announced is refused before a byte, or cut back', async () => {
    const location = await create(haven.door, token, 100, 'long.csv');
    expect(await ask(haven.door, 'PATCH', location, patch(token, 0), someBytes(101))).toMatchObject({
      status: 413,
      code: 'body-too-long',
    });
    const open = begin(haven.door, 'PATCH', location, patch(token, 0, { 'transfer-encoding': 'chunked' }));
    await open.send(someBytes(60));
    await open.send(someBytes(60));
    expect(await open.answered).toMatchObject({ status: 413, code: 'body-too-long' });
    expect(await offsetOf(location)).toBe(0);
    expect((await haven.bytesOf(location)).length).toBe(0);
  });

  test('of unknown length is fine', async () => {
    const location = await create(haven.door, token, 100, 'chunked.csv');
    const open = begin(haven.door, 'PATCH', location, patch(token, 0, { 'transfer-encoding': 'chunked' }));
    await open.send(someBytes(100));
    open.end();
    expect((await open.answered).status).toBe(204);
    expect((await haven.file(location)).state).toBe('received');
  });

  test('whose connection ends behind its last byte has made the upload complete', async () => {
    const location = await create(haven.door, token, 100, 'last-byte.csv');
    const open = begin(haven.door, 'PATCH', location, patch(token, 0, { 'transfer-encoding': 'chunked' }));
    await open.send(someBytes(100));
    await pause(200);
    open.cut();
    await until(async () => (await haven.file(location)).state === 'received');
    expect((await haven.bytesOf(location)).equals(someBytes(100))).toBe(true);
  });

  test('that came whole, of a client that did not wait for the answer, holds nobody up', async () => {
    const { ledger } = haven.custody;
    const fileById: typeof ledger.fileById = async (id) => {
      await pause(150);
      return ledger.fileById(id);
    };
    const slow = await haven.open({ intake: { ...haven.custody, ledger: { ...ledger, fileById } } });
    const location = await create(haven.door, token, 1000, 'did-not-wait.csv');
    const open = begin(slow, 'PATCH', location, patch(token, 0, { 'content-length': 100 }));
    await open.send(someBytes(100));
    open.end();
    await pause(50);
    open.cut();
    await pause(700);
    expect(await ledger.liveLease((await haven.file(location)).id, Date.now())).toBeNull();
    const head = await ask(slow, 'HEAD', location, tus(token));
    expect(head.status).toBe(200);
    const offset = Number(head.headers['upload-offset']);
    await ask(haven.door, 'PATCH', location, patch(token, offset), someBytes(1000).subarray(offset));
    expect((await haven.bytesOf(location)).equals(someBytes(1000))).toBe(true);
  });

  test('of a refused request does not keep its sender from reading why', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect({ port: haven.door.port, host: haven.door.host, allowHalfOpen: true });
      let received = '';
      socket.on('data', (data) => (received += data.toString()));
      socket.on('error', reject);
      socket.on('end', () => resolve(received));
      socket.pause();
      const headers = Object.entries(patch(token, 0, { host: 'x', 'content-length': 10_000_000 }));
      socket.write(
        `PATCH ${PATH}/none HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${String(value)}\r\n`).join('')}\r\n`,
      );
      // It sends what it has before it reads: what was answered must still be there.
      for (let sent = 0; sent < 20; sent++) setTimeout(() => socket.write(someBytes(500_000)), sent * 25);
      setTimeout(() => socket.resume(), 700);
    });
    expect(text).toMatch(/^HTTP\/1\.1 404 [^]*connection: close[^]*"code":"not-found"/i);
  });

  test('cannot be smuggled', async () => {
    const answered = await raw(
      `PATCH ${PATH}/x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    expect(answered).toMatch(/^HTTP\/1\.1 400 /);
    expect(answered.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});

describe('a checksum', () => {
  const bytes = someBytes(700_000);
  const sum = (algorithm: string, of: Buffer) =>
    `${algorithm} ${createHash(algorithm).update(of).digest('base64')}`;

  test.each(['sha256', 'sha1', 'md5'])('in %s that is right lets the bytes pass', async (algorithm) => {
    const location = await create(haven.door, token, bytes.length, `right-${algorithm}.csv`);
    const [first, second] = [bytes.subarray(0, 300_000), bytes.subarray(300_000)];
    const sent = { 'upload-checksum': sum(algorithm, first) };
    expect(await ask(haven.door, 'PATCH', location, patch(token, 0, sent), first)).toMatchObject({
      status: 204,
    });
    const rest = { 'upload-checksum': sum(algorithm, second) };
    expect(await ask(haven.door, 'PATCH', location, patch(token, 300_000, rest), second)).toMatchObject({
      status: 204,
    });
    expect((await haven.bytesOf(location)).equals(bytes)).toBe(true);
    expect((await haven.file(location)).state).toBe('received');
  });

  test('that is wrong takes the bytes back, the last of a file too', async () => {
    const location = await create(haven.door, token, bytes.length, 'wrong-sum.csv');
    await ask(haven.door, 'PATCH', location, patch(token, 0), bytes.subarray(0, 1000));
    const wrong = { 'upload-checksum': sum('sha1', bytes) };
    const answered = await ask(
      haven.door,
      'PATCH',
      location,
      patch(token, 1000, wrong),
      bytes.subarray(1000),
    );
    expect(answered).toMatchObject({ status: 460, code: 'checksum-mismatch' });
    expect(await offsetOf(location)).toBe(1000);
    expect((await haven.file(location)).state).toBe('receiving');
    await ask(haven.door, 'PATCH', location, patch(token, 1000), bytes.subarray(1000));
    expect((await haven.bytesOf(location)).equals(bytes)).toBe(true);
  });

  test('that was never seen whole keeps nothing', async () => {
    const location = await create(haven.door, token, bytes.length, 'cut-sum.csv');
    const headers = patch(token, 0, {
      'upload-checksum': sum('sha1', bytes),
      'content-length': bytes.length,
    });
    const open = begin(haven.door, 'PATCH', location, headers);
    await open.send(bytes.subarray(0, 650_000));
    await until(async () => (await haven.bytesOf(location)).length > 0);
    open.cut();
    await until(async () => (await haven.bytesOf(location)).length === 0);
    expect(await offsetOf(location)).toBe(0);
  });

  test('covers the bytes of a creation', async () => {
    const headers = tus(token, {
      'upload-length': 10,
      'content-type': OFFSET_STREAM,
      'upload-metadata': metadata({ filename: 'c.csv' }),
    });
    const wrong = await ask(
      haven.door,
      'POST',
      PATH,
      { ...headers, 'upload-checksum': sum('md5', someBytes(9)) },
      someBytes(10),
    );
    expect(wrong).toMatchObject({ status: 460 });
    const right = await ask(
      haven.door,
      'POST',
      PATH,
      { ...headers, 'upload-checksum': sum('md5', someBytes(10)) },
      someBytes(10),
    );
    expect([right.status, right.headers['upload-offset']]).toEqual([201, '10']);
  });
});

describe('the id of an upload', () => {
  test('is ours: none that a client gives is taken, and what has it is left alone', async () => {
    const location = await create(haven.door, token, 10, 'a.csv');
    const id = location.split('/').at(-1) ?? '';
    await ask(haven.door, 'PATCH', location, patch(token, 0), someBytes(4));
    for (const [method, path, more] of [
      ['POST', PATH, { 'upload-metadata': metadata({ filename: 'b.csv', id }) }],
      ['POST', PATH, { 'upload-metadata': metadata({ filename: `${id}.json` }) }],
      ['POST', PATH, { 'upload-metadata': metadata({ filename: id }), 'x-http-method-override': 'PATCH' }],
      ['POST', location, { 'upload-metadata': metadata({ filename: 'b.csv' }) }],
      ['POST', `${location}.json`, { 'upload-metadata': metadata({ filename: 'b.csv' }) }],
      ['PUT', location, { 'upload-metadata': metadata({ filename: 'b.csv' }) }],
    ] as const) {
      const { status, headers } = await ask(
        haven.door,
        method,
        path,
        tus(token, { 'upload-length': 3, ...more }),
      );
      expect([201, 404, 405]).toContain(status);
      expect(headers.location).not.toBe(location);
    }
    expect(await haven.file(location)).toMatchObject({ state: 'receiving', declaredSize: 10 });
    expect(await offsetOf(location)).toBe(4);
    expect((await haven.bytesOf(location)).equals(someBytes(4))).toBe(true);
  });
});

describe('a script in a name', () => {
  test('comes back as data, never as markup', async () => {
    const script = '<img src=x onerror=alert(1)>"\'.csv';
    const location = await create(haven.door, token, 10, script);
    const head = await ask(haven.door, 'HEAD', location, tus(token));
    expect(head.headers['upload-metadata']).toBe(metadata({ filename: script }));
    const key = await ask(
      haven.door,
      'POST',
      PATH,
      tus(token, { 'upload-length': 1, 'upload-metadata': '<script>x</script> %' }),
    );
    const path = await ask(haven.door, 'GET', '/<script>alert(1)</script>');
    expect((await ask(haven.door, 'POST', PATH)).text).not.toContain('<');
    for (const answered of [head, key, path]) {
      expect(answered.text).not.toContain('<script');
      expect(answered.headers['x-content-type-options']).toBe('nosniff');
      expect(answered.headers['content-security-policy']).toMatch(/^default-src 'none'/);
    }
  });
});

function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(haven.door.port, haven.door.host, () => socket.write(text));
    let received = '';
    socket.setTimeout(3000, () => socket.destroy());
    socket.on('data', (data) => (received += data.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
  });
}
