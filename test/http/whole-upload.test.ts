import { Upload } from 'tus-js-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { finishCompleteUploads, resumeUpload } from '../../src/core/custody/resume-upload.ts';
import { newId } from '../../src/core/kit/ids.ts';
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

const MIB = 1024 * 1024;
const OFFSET_STREAM = 'application/offset+octet-stream';
const PATH = '/api/v1/uploads';

let haven: Haven;
let token: string;

beforeAll(async () => {
  haven = await makeHaven();
  token = await haven.token('alice');
});

afterAll(() => haven.close());

/** Uploads with tus-js-client and resolves with the address. */
function clientUpload(
  bytes: Buffer,
  options: Partial<ConstructorParameters<typeof Upload>[1]> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const upload = new Upload(bytes, {
      endpoint: `http://${haven.door.host}:${haven.door.port}${PATH}/`,
      headers: { authorization: `Bearer ${token}` },
      retryDelays: [0, 100, 500],
      onSuccess: () => resolve(new URL(upload.url ?? '').pathname),
      onError: reject,
      ...options,
    });
    upload.start();
  });
}

describe('tus-js-client', () => {
  test('sends a whole file, which is received before the client hears so', async () => {
    const bytes = someBytes(5 * MIB);
    const location = await clientUpload(bytes, { metadata: { filename: 'whole.csv' } });
    const file = await haven.file(location);
    expect(file).toMatchObject({
      state: 'received',
      size: bytes.length,
      door: 'tus',
      path: { folder: '', name: 'whole.csv' },
    });
    expect(file.settlesAt).toBeLessThanOrEqual(Date.now());
    expect((await haven.bytesOf(location)).equals(bytes)).toBe(true);
    expect(haven.hints).toContainEqual({
      job: 'inspect-file',
      ref: expect.objectContaining({ id: file.id }),
    });
  });

  test('sends it in chunks, and with the first bytes in the creation', async () => {
    const bytes = someBytes(3 * MIB + 17);
    for (const uploadDataDuringCreation of [false, true]) {
      const location = await clientUpload(bytes, {
        chunkSize: MIB,
        uploadDataDuringCreation,
        metadata: { filename: `chunks-${uploadDataDuringCreation}.csv` },
      });
      expect((await haven.file(location)).state).toBe('received');
      expect((await haven.bytesOf(location)).equals(bytes)).toBe(true);
    }
  });

  test('sends an empty file', async () => {
    const location = await clientUpload(Buffer.alloc(0), { metadata: { filename: 'empty.csv' } });
    expect(await haven.file(location)).toMatchObject({ state: 'received', size: 0 });
    const during = await ask(
      haven.door,
      'POST',
      PATH,
      tus(token, {
        'upload-length': 0,
        'content-type': OFFSET_STREAM,
        'upload-metadata': metadata({ filename: 'empty2.csv' }),
      }),
    );
    expect([during.status, during.headers['upload-offset']]).toEqual([201, '0']);
    expect((await haven.file(during.headers.location ?? '')).state).toBe('received');
  });

  test('removes an upload', async () => {
    const location = await create(haven.door, token, 10, 'unwanted.csv');
    await Upload.terminate(`http://127.0.0.1:${haven.door.port}${location}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect((await haven.file(location)).state).toBe('removed');
    expect((await ask(haven.door, 'HEAD', location, tus(token))).status).toBe(410);
    expect(await ask(haven.door, 'PATCH', location, patch(token, 0), someBytes(10))).toMatchObject({
      status: 410,
      code: 'upload-gone',
    });
    expect((await ask(haven.door, 'DELETE', location, tus(token))).status).toBe(410);
  });

  test.each([0, 50, 99])('goes on after the connection was cut at %i %%', async (percent) => {
    const bytes = someBytes(2 * MIB);
    const cutAt = Math.floor((bytes.length * percent) / 100);
    const location = await create(haven.door, token, bytes.length, `cut-${percent}.csv`);
    const open = begin(haven.door, 'PATCH', location, patch(token, 0, { 'content-length': bytes.length }));
    await open.send(bytes.subarray(0, cutAt));
    await until(
      async () =>
        ((await haven.custody.zones.airlock.sizeOf((await haven.file(location)).id)) ?? 0) >=
        cutAt - 128 * 1024,
    );
    open.cut();
    await until(
      async () =>
        Number((await ask(haven.door, 'HEAD', location, tus(token))).headers['upload-offset']) === cutAt,
    );
    await clientUpload(bytes, { uploadUrl: `http://127.0.0.1:${haven.door.port}${location}` });
    expect((await haven.file(location)).state).toBe('received');
    expect((await haven.bytesOf(location)).equals(bytes)).toBe(true);
  });
});

describe('a complete upload', () => {
  test('says so for ever, wherever the file has gone, and takes an empty PATCH at its end', async () => {
    const bytes = someBytes(100_000);
    for (const outcome of ['pass', 'infected'] as const) {
      const location = await clientUpload(bytes, { metadata: { filename: `tombstone-${outcome}.csv` } });
      const asked = async (): Promise<unknown[]> => {
        const head = await ask(haven.door, 'HEAD', location, tus(token));
        const empty = await ask(
          haven.door,
          'PATCH',
          location,
          patch(token, bytes.length, { 'content-length': 0 }),
        );
        return [
          head.status,
          head.headers['upload-offset'],
          head.headers['upload-length'],
          empty.status,
          empty.headers['upload-offset'],
        ];
      };
      const size = String(bytes.length);
      const done = [200, size, size, 204, size];
      expect(await asked()).toEqual(done);
      const received = haven.hints.filter((work) => work.job === 'inspect-file').length;
      expect(await asked()).toEqual(done);
      const moved = await haven.moveOn(location, outcome);
      expect(moved.state).toBe(outcome === 'pass' ? 'arrived' : 'quarantined');
      expect(await haven.custody.zones.airlock.unlink(moved.id)).toBe(false);
      expect(await asked()).toEqual(done);
      expect(haven.hints.filter((work) => work.job === 'inspect-file').length).toBe(received);
    }
  });

  test('is received once, however often its end is asked for', async () => {
    const bytes = someBytes(1000);
    const location = await create(haven.door, token, bytes.length, 'once.csv');
    await ask(haven.door, 'PATCH', location, patch(token, 0), bytes);
    for (let again = 0; again < 2; again++) {
      expect(
        (await ask(haven.door, 'PATCH', location, patch(token, bytes.length), Buffer.alloc(0))).status,
      ).toBe(204);
    }
    const file = await haven.file(location);
    const rows = await haven.custody.ledger.auditOf({ file: file.id });
    expect(rows.filter((row) => JSON.stringify(row).includes('file-received'))).toHaveLength(1);
  });

  test('the same bytes once more keep their offset too', async () => {
    const bytes = someBytes(5000);
    const first = await clientUpload(bytes, { metadata: { filename: 'twice.csv' } });
    await haven.moveOn(first);
    const second = await clientUpload(bytes, { metadata: { filename: 'twice.csv' } });
    expect(await haven.moveOn(second)).toMatchObject({ state: 'abandoned', reason: 'same-bytes' });
    const head = await ask(haven.door, 'HEAD', second, tus(token));
    expect([head.status, head.headers['upload-offset']]).toEqual([200, '5000']);
  });

  test('cannot be removed or written to', async () => {
    const location = await clientUpload(someBytes(10), { metadata: { filename: 'final.csv' } });
    expect(await ask(haven.door, 'DELETE', location, tus(token))).toMatchObject({
      status: 403,
      code: 'settled',
    });
    expect(await ask(haven.door, 'PATCH', location, patch(token, 10), someBytes(5))).toMatchObject({
      status: 413,
    });
    expect(await ask(haven.door, 'PATCH', location, patch(token, 0), someBytes(5))).toMatchObject({
      status: 409,
    });
    expect((await haven.bytesOf(location)).equals(someBytes(10))).toBe(true);
  });

  test('stays complete when a newer one has its name', async () => {
    const older = await clientUpload(someBytes(10), { metadata: { filename: 'shadowed.csv' } });
    const newer = await create(haven.door, token, 20, 'shadowed.csv');
    expect(await ask(haven.door, 'DELETE', older, tus(token))).toMatchObject({
      status: 403,
      code: 'settled',
    });
    expect((await ask(haven.door, 'HEAD', older, tus(token))).headers['upload-offset']).toBe('10');
    expect((await haven.file(newer)).state).toBe('receiving');
  });

  test('that lost its answer in a crash is finished by the next HEAD', async () => {
    const bytes = someBytes(50_000);
    const location = await create(haven.door, token, bytes.length, 'crashed.csv');
    const { id } = await haven.file(location);
    const handle = await haven.custody.zones.airlock.open(id);
    await handle.write([bytes], 0);
    await handle.close();
    const head = await ask(haven.door, 'HEAD', location, tus(token));
    expect(head.headers['upload-offset']).toBe('50000');
    expect(await haven.file(location)).toMatchObject({ state: 'received', size: 50_000 });
    expect(haven.hints).toContainEqual({ job: 'inspect-file', ref: expect.objectContaining({ id }) });
  });
});

describe('a start after a crash', () => {
  test('finishes the uploads that have all their bytes, and only those', async () => {
    const names = ['all.csv', 'some.csv', 'none.csv', 'written.csv'];
    const locations = await Promise.all(names.map((name) => create(haven.door, token, 5000, name)));
    const [all = '', some = '', none = '', written = ''] = locations;
    for (const [location, size] of [
      [all, 5000],
      [some, 4999],
      [written, 5000],
    ] as const) {
      const handle = await haven.custody.zones.airlock.open((await haven.file(location)).id);
      await handle.write([someBytes(size)], 0);
      await handle.close();
    }
    const session = {
      id: newId('sess', 0),
      account: (await haven.file(written)).owner,
      name: 'alice',
      side: 'outside',
      door: 'portal',
      scopes: null,
    } as const;
    const writer = await resumeUpload(haven.custody, session, (await haven.file(written)).id);
    expect(await finishCompleteUploads(haven.custody)).toBe(1);
    const states = await Promise.all(
      [all, some, none, written].map(async (one) => (await haven.file(one)).state),
    );
    expect(states).toEqual(['received', 'receiving', 'receiving', 'receiving']);
    expect(await finishCompleteUploads(haven.custody)).toBe(0);
    if (writer.ok) await writer.value.release();
    expect(await finishCompleteUploads(haven.custody)).toBe(1);
  });
});

describe('a new upload', () => {
  test('tells its metadata, and where the bytes go', async () => {
    const values = { filename: 'scan.csv', relativePath: 'study/day 1/scan.csv' };
    const headers = tus(token, { 'upload-length': 10, 'upload-metadata': metadata(values) });
    const created = await ask(haven.door, 'POST', PATH, headers);
    expect(created.status).toBe(201);
    expect(created.headers.location).toMatch(/^\/api\/v1\/uploads\/file_[0-9a-z]{26}$/);
    const head = await ask(haven.door, 'HEAD', created.headers.location ?? '', tus(token));
    expect(head.headers).toMatchObject({
      'upload-offset': '0',
      'upload-length': '10',
      'upload-metadata': metadata(values),
      'cache-control': 'no-store',
    });
    expect((await haven.file(created.headers.location ?? '')).path).toEqual({
      folder: 'study/day 1',
      name: 'scan.csv',
    });
  });

  test.each([
    [{ name: 'by-name.csv' }, '', 'by-name.csv'],
    [{ filename: 'a.csv', relativePath: 'null' }, '', 'a.csv'],
    [{ filename: 'b.csv', relativePath: '/top/b.csv' }, 'top', 'b.csv'],
    [{ filename: 'c.csv', relativePath: 'only/folders' }, 'only/folders', 'c.csv'],
    [{ filename: 'd.csv', relativePath: 'd.csv' }, '', 'd.csv'],
    [{ filename: 'e.csv', relativePath: './x//y/e.csv' }, 'x/y', 'e.csv'],
    [{ filename: 'çedille – 名前.csv' }, '', 'çedille – 名前.csv'],
  ])('%j lands in "%s" as %s', async (values, folder, name) => {
    const headers = tus(token, { 'upload-length': 1, 'upload-metadata': metadata(values) });
    const created = await ask(haven.door, 'POST', PATH, headers);
    expect((await haven.file(created.headers.location ?? '')).path).toEqual({ folder, name });
  });

  test('takes the place of an unfinished one of the same name', async () => {
    const first = await create(haven.door, token, 100, 'again.csv');
    const second = await create(haven.door, token, 200, 'again.csv');
    expect(second).not.toBe(first);
    expect((await ask(haven.door, 'HEAD', first, tus(token))).status).toBe(410);
    expect(await haven.file(first)).toMatchObject({ state: 'abandoned', reason: 'superseded' });
  });

  test('waits while one of the same name is being written', async () => {
    const first = await create(haven.door, token, 100, 'busy.csv');
    const open = begin(haven.door, 'PATCH', first, patch(token, 0, { 'content-length': 100 }));
    await open.send(someBytes(10));
    await pause(100);
    const headers = tus(token, { 'upload-length': 5, 'upload-metadata': metadata({ filename: 'busy.csv' }) });
    expect(await ask(haven.door, 'POST', PATH, headers)).toMatchObject({
      status: 423,
      code: 'being-written',
    });
    open.cut();
  });
});
