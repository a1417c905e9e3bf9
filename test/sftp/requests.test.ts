import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MESSAGE, STATUS } from '../../src/doors/sftp/wire/message-types.ts';
import { type OutsideDoor, openOutsideDoor, type Person } from './outside-door.ts';
import { packet, RawClient, string, uint32, uint64 } from './raw-client.ts';

let door: OutsideDoor;
let alice: Person;
let raw: RawClient;

beforeAll(async () => {
  door = await openOutsideDoor({ limits: { handles: 16 }, custody: { largest: 2 ** 40 } });
  alice = await door.addPerson('alice');
  raw = await RawClient.connect(door, alice);
});

afterAll(async () => {
  await raw[Symbol.asyncDispose]();
  await door[Symbol.asyncDispose]();
});

const WRITE_ONLY = 0x02;
const APPEND = 0x04;
const CREATE = 0x08;
const TRUNCATE = 0x10;
const EXCLUSIVE = 0x20;

async function contentOf(name: string): Promise<string> {
  return (await door.bytes(await door.file(alice, name))).toString();
}

describe('the stream of packets', () => {
  test.each([0, 1, 4, 0x80000001, 0xffffffff, 300_000])('ends at a packet of length %i', async (length) => {
    const client = await RawClient.connect(door, alice);
    const handle = await client.open(`length-${length}`);
    await client.write(handle, 0, 'kept');
    client.sendBytes(Buffer.concat([uint32(length), Buffer.alloc(64)]));
    await client.closed;
    expect(client.stderr).toContain(`cannot be ${length} bytes long`);
    expect(client.exitStatus).toBe(1);
    await expect
      .poll(() => door.file(alice, `length-${length}`))
      .toMatchObject({ state: 'receiving', size: 4 });
    client.client.end();
  });

  test('has to begin with INIT', async () => {
    const client = await RawClient.connect(door, alice, false);
    client.request(MESSAGE.REALPATH, string('.'));
    await client.closed;
    expect(client.stderr).toContain('has to be INIT');
    expect(client.replies).toEqual([]);
  });

  test('may come in any pieces', async () => {
    const bytes = packet(MESSAGE.REALPATH, Buffer.concat([uint32(7777), string('a/../b')]));
    for (const byte of bytes) {
      raw.sendBytes(Buffer.from([byte]));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect((await raw.reply(7777)).body.toString()).toContain('/arrivals/b');
  });

  test('announces its extensions', async () => {
    const client = await RawClient.connect(door, alice);
    const [version] = client.replies;
    expect(version).toMatchObject({ type: MESSAGE.VERSION, id: 3 });
    const text = version?.body.toString() ?? '';
    for (const name of [
      'limits@openssh.com',
      'fsync@openssh.com',
      'posix-rename@openssh.com',
      'statvfs@openssh.com',
    ]) {
      expect(text).toContain(name);
    }
    const limits = await client.ask(MESSAGE.EXTENDED, string('limits@openssh.com'));
    expect([0, 8, 16].map((at) => Number(limits.body.readBigUInt64BE(at)))).toEqual([
      263_168, 261_120, 261_120,
    ]);
    await client[Symbol.asyncDispose]();
  });

  test('goes on after a second INIT, an unknown message, an unknown extension, and fields that are cut short', async () => {
    const init = raw.ask(MESSAGE.INIT);
    expect(await init).toMatchObject({ code: STATUS.BAD_MESSAGE, message: 'the session has begun already' });
    for (const type of [0, 21, 77, MESSAGE.STATUS, MESSAGE.DATA, 201, 255]) {
      expect(await raw.ask(type, string('?')), String(type)).toMatchObject({ code: STATUS.OP_UNSUPPORTED });
    }
    expect(await raw.ask(MESSAGE.EXTENDED, string('nobody@example.org'))).toMatchObject({
      code: STATUS.OP_UNSUPPORTED,
    });
    expect(await raw.ask(MESSAGE.OPEN, uint32(99))).toMatchObject({ code: STATUS.BAD_MESSAGE });
    expect(await raw.ask(MESSAGE.WRITE, string('x'), uint64(0), uint32(5))).toMatchObject({
      code: STATUS.BAD_MESSAGE,
    });
    expect(await raw.ask(MESSAGE.RENAME, string('only one'))).toMatchObject({ code: STATUS.BAD_MESSAGE });
    expect((await raw.ask(MESSAGE.REALPATH, string('.'))).type).toBe(MESSAGE.NAME);
  });
});

describe('extensions', () => {
  test('are answered', async () => {
    const path = async (name: string, ...fields: Buffer[]): Promise<string> => {
      const { body } = await raw.ask(MESSAGE.EXTENDED, string(name), ...fields);
      return body.toString('utf8', 8, 8 + body.readUInt32BE(4));
    };
    expect(await path('expand-path@openssh.com', string('~'))).toBe('/arrivals');
    expect(await path('expand-path@openssh.com', string('~/a/../b'))).toBe('/arrivals/b');
    expect(await path('expand-path@openssh.com', string('~root'))).toBe('/arrivals/~root');
    expect(await path('home-directory', string('anybody'))).toBe('/arrivals');
    const handle = await raw.open('synced');
    await raw.write(handle, 0, 'x');
    const free = await raw.ask(MESSAGE.EXTENDED, string('statvfs@openssh.com'), string('/arrivals'));
    expect(Number(free.body.readBigUInt64BE(32))).toBeGreaterThan(1000);
    expect(
      (await raw.ask(MESSAGE.EXTENDED, string('fstatvfs@openssh.com'), string(handle))).body,
    ).toHaveLength(88);
    expect(await raw.ask(MESSAGE.EXTENDED, string('fsync@openssh.com'), string(handle))).toMatchObject({
      code: STATUS.OK,
    });
    await raw.close(handle);
    const names = [string('synced'), string('synced-and-renamed')];
    expect(await raw.ask(MESSAGE.EXTENDED, string('posix-rename@openssh.com'), ...names)).toMatchObject({
      code: STATUS.OK,
    });
  });
});

describe('handles', () => {
  test('that were never given, or given to another session, or closed, are refused', async () => {
    const other = await RawClient.connect(door, alice);
    const foreign = await other.open('foreign');
    const closed = await raw.open('closed');
    await raw.close(closed);
    for (const handle of [
      foreign,
      closed,
      Buffer.alloc(0),
      Buffer.from('0'),
      Buffer.alloc(16),
      randomBytes(300),
    ]) {
      for (const type of [MESSAGE.CLOSE, MESSAGE.FSTAT, MESSAGE.READDIR]) {
        expect(await raw.ask(type, string(handle))).toMatchObject({ code: STATUS.FAILURE });
      }
      expect(await raw.ask(MESSAGE.READ, string(handle), uint64(0), uint32(1))).toMatchObject({
        code: STATUS.FAILURE,
      });
      expect((await raw.write(handle, 0, 'x')).message).toContain('the handle is not open');
    }
    expect(await other.write(foreign, 0, 'still mine')).toMatchObject({ code: STATUS.OK });
    await other[Symbol.asyncDispose]();
  });

  test('are for a file or for a folder, not for both', async () => {
    const folder = (await raw.ask(MESSAGE.OPENDIR, string('.'))).body.subarray(4);
    const file = await raw.open('a-file');
    expect(await raw.write(folder, 0, 'x')).toMatchObject({ code: STATUS.FAILURE });
    expect(await raw.ask(MESSAGE.READDIR, string(file))).toMatchObject({ code: STATUS.FAILURE });
    expect(await raw.ask(MESSAGE.FSETSTAT, string(folder), uint32(0))).toMatchObject({
      code: STATUS.FAILURE,
    });
    expect((await raw.ask(MESSAGE.READ, string(file), uint64(0), uint32(1))).message).toContain(
      'cannot be read back',
    );
    await raw.close(folder);
    await raw.close(file);
  });

  test('are limited in number, and free again when they are closed', async () => {
    const handles: Buffer[] = [];
    for (let i = 0; i < 16; i++) handles.push(await raw.open(`many-${i}`));
    await expect(raw.open('one-more')).rejects.toThrow('too many files');
    expect(await raw.ask(MESSAGE.OPENDIR, string('.'))).toMatchObject({ code: STATUS.FAILURE });
    for (const handle of handles) await raw.close(handle);
    await raw.close(await raw.open('one-more'));
  });
});

describe('writes', () => {
  test('out of order and over each other give the bytes of the last of them', async () => {
    const handle = await raw.open('shuffled');
    const expected = Buffer.alloc(200_000);
    const ids: number[] = [];
    for (let i = 0; i < 400; i++) {
      const at = Math.floor(Math.random() * 190_000);
      const data = randomBytes(1 + Math.floor(Math.random() * 9_000));
      data.copy(expected, at);
      ids.push(raw.request(MESSAGE.WRITE, string(handle), uint64(at), string(data)));
    }
    for (let at = 0; at < 200_000; at += 50_000) {
      const data = randomBytes(50_000);
      data.copy(expected, at);
      ids.push(raw.request(MESSAGE.WRITE, string(handle), uint64(at), string(data)));
    }
    const closing = raw.close(handle);
    for (const id of ids) expect(await raw.reply(id)).toMatchObject({ code: STATUS.OK });
    expect(await closing).toMatchObject({ code: STATUS.OK });
    expect((await door.bytes(await door.file(alice, 'shuffled'))).equals(expected)).toBe(true);
  });

  test('are done before the FSTAT, the truncation and the CLOSE that were sent after them', async () => {
    const handle = await raw.open('ordered');
    raw.request(MESSAGE.WRITE, string(handle), uint64(0), string('0123456789'));
    const before = raw.ask(MESSAGE.FSTAT, string(handle));
    raw.request(MESSAGE.FSETSTAT, string(handle), uint32(1), uint64(4));
    raw.request(MESSAGE.WRITE, string(handle), uint64(4), string('abc'));
    const after = raw.ask(MESSAGE.FSTAT, string(handle));
    const closed = raw.close(handle);
    const renamed = raw.ask(MESSAGE.RENAME, string('ordered'), string('ordered-then-renamed'));
    expect((await before).body.readUInt32BE(8)).toBe(10);
    expect((await after).body.readUInt32BE(8)).toBe(7);
    expect(await closed).toMatchObject({ code: STATUS.OK });
    expect(await renamed).toMatchObject({ code: STATUS.OK });
    expect(await contentOf('ordered-then-renamed')).toBe('0123abc');
  });

  test('at offsets that no file has are refused, and do no harm', async () => {
    const handle = await raw.open('far');
    for (const offset of [2n ** 53n, 2n ** 53n - 1n, 2n ** 63n, 2n ** 64n - 1n]) {
      expect((await raw.write(handle, offset, 'x')).message, String(offset)).toContain('2^53-1');
    }
    expect(await raw.write(handle, 0, 'near')).toMatchObject({ code: STATUS.OK });
    expect(await raw.close(handle)).toMatchObject({ code: STATUS.OK });
    expect(await contentOf('far')).toBe('near');
  });

  test('beyond what the site takes are refused, and the upload stays unfinished', async () => {
    const handle = await raw.open('too-far');
    await raw.write(handle, 0, 'begun');
    expect((await raw.write(handle, 2 ** 40, 'x')).message).toContain('larger than this service takes');
    expect((await raw.write(handle, 5, 'x')).message).toContain('larger than this service takes');
    expect((await raw.close(handle)).code).toBe(STATUS.FAILURE);
    expect(await door.file(alice, 'too-far')).toMatchObject({ state: 'receiving', size: 5 });
    const truncated = await raw.open('truncated');
    expect((await raw.ask(MESSAGE.FSETSTAT, string(truncated), uint32(1), uint64(2 ** 50))).code).toBe(
      STATUS.FAILURE,
    );
    expect(await raw.close(truncated)).toMatchObject({ code: STATUS.OK });
  });

  test('a tebibyte further on need room for all of it, and are no part of what can be resumed', async () => {
    const tebibyte = 2 ** 40;
    let room = tebibyte / 2;
    const wide = await openOutsideDoor({
      custody: { largest: 4 * tebibyte },
      zones: (zones) => ({ ...zones, airlock: { ...zones.airlock, room: async () => room } }),
    });
    const bob = await wide.addPerson('bob');
    const client = await RawClient.connect(wide, bob);
    const handle = await client.open('holed');
    await client.write(handle, 0, 'begun');
    expect((await client.write(handle, tebibyte, 'x')).message).toContain('what has been sent is kept');
    await client.close(handle);
    room = 2 * tebibyte;
    const again = await client.open('holed', WRITE_ONLY);
    expect((await client.write(again, tebibyte, 'x')).code).toBe(STATUS.OK);
    const { body } = await client.ask(MESSAGE.FSTAT, string(again));
    expect(body.readBigUInt64BE(4)).toBe(BigInt(tebibyte) + 1n);
    client.cut();
    await expect
      .poll(() => wide.file(bob, 'holed'))
      .toMatchObject({ state: 'receiving', size: 5, gap: false });
    expect((await wide.bytes(await wide.file(bob, 'holed'))).toString()).toBe('begun');
    await wide[Symbol.asyncDispose]();
  });

  test('through an appending handle go to the end, whatever their offsets', async () => {
    const first = await raw.open('appended');
    await raw.write(first, 0, 'one ');
    await raw.close(first);
    const handle = await raw.open('appended', WRITE_ONLY | APPEND);
    const ids = ['two ', 'three '].map((data) =>
      raw.request(MESSAGE.WRITE, string(handle), uint64(0), string(data)),
    );
    for (const id of ids) await raw.reply(id);
    await raw.write(handle, 9999, 'four');
    await raw.close(handle);
    expect(await contentOf('appended')).toBe('one two three four');
  });

  test('fail for good once the disk is full, and the upload can be gone on with', async () => {
    let isFull = false;
    const full = await openOutsideDoor({
      zones: (zones) => ({
        ...zones,
        airlock: {
          ...zones.airlock,
          async begin(file) {
            const handle = await zones.airlock.begin(file);
            return {
              ...handle,
              write: (buffers, position) =>
                isFull
                  ? Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }))
                  : handle.write(buffers, position),
            };
          },
        },
      }),
    });
    const bob = await full.addPerson('bob');
    const client = await RawClient.connect(full, bob);
    const handle = await client.open('half');
    await client.write(handle, 0, 'first half, ');
    await client.ask(MESSAGE.STAT, string('half'));
    isFull = true;
    expect((await client.write(handle, 12, 'lost')).message).toContain(
      'the disk is full; what has been sent is kept',
    );
    isFull = false;
    expect((await client.write(handle, 16, 'beyond')).code).toBe(STATUS.FAILURE);
    // What OpenSSH's client asks for: the size up to which it has had answers, good or not.
    const answered = await client.ask(MESSAGE.FSETSTAT, string(handle), uint32(1), uint64(22));
    expect(answered.code).toBe(STATUS.FAILURE);
    expect((await client.close(handle)).message).toContain('can be resumed');
    expect(await full.file(bob, 'half')).toMatchObject({ state: 'receiving', size: 12 });
    const again = await client.open('half', WRITE_ONLY);
    await client.write(again, 12, 'second half');
    expect(await client.close(again)).toMatchObject({ code: STATUS.OK });
    expect((await full.bytes(await full.file(bob, 'half'))).toString()).toBe('first half, second half');
    await client[Symbol.asyncDispose]();
    await full[Symbol.asyncDispose]();
  });
});

describe('opening', () => {
  test('follows its flags', async () => {
    await raw.close(await raw.open('flags'));
    await expect(raw.open('flags', WRITE_ONLY | CREATE | EXCLUSIVE)).rejects.toThrow('the name is taken');
    await expect(raw.open('absent', WRITE_ONLY)).rejects.toThrow('no such file');
    await expect(raw.open('absent', 0x01)).rejects.toThrow('no such file');
    await expect(raw.open('flags', 0x01)).rejects.toThrow(
      'cannot be read back here; they are on the other side once they are checked',
    );
    await expect(raw.open('no/folder')).rejects.toThrow('make it first (mkdir)');
    await expect(raw.open('/arrivals')).rejects.toThrow('put files and folders into /arrivals');
    await expect(raw.open('/other')).rejects.toThrow('put files and folders into /arrivals');
    const resumed = await raw.open('flags', WRITE_ONLY | CREATE);
    await raw.write(resumed, 0, 'longer');
    await raw.close(resumed);
    expect((await door.file(alice, 'flags'))?.generation).toBe(2);
    const cut = await raw.open('flags', WRITE_ONLY | TRUNCATE);
    await raw.close(cut);
    expect(await contentOf('flags')).toBe('');
    await raw.close(await raw.open('both', 0x01 | WRITE_ONLY | CREATE | TRUNCATE));
  });

  test('a name that another session is writing is refused, until that session is gone', async () => {
    const other = await RawClient.connect(door, alice);
    const theirs = await other.open('contested');
    await other.write(theirs, 0, 'theirs');
    await expect(raw.open('contested')).rejects.toThrow('another session is writing');
    await expect(raw.open('contested', WRITE_ONLY)).rejects.toThrow('another session is writing');
    expect((await raw.ask(MESSAGE.STAT, string('contested'))).body.readUInt32BE(8)).toBe(6);
    other.cut();
    await expect
      .poll(() => raw.open('contested', WRITE_ONLY).then(() => 'open', String), { timeout: 5000 })
      .toBe('open');
  });
});

describe('names', () => {
  const longest = 'n'.repeat(255);

  test('are kept as they were sent, up to 255 bytes', async () => {
    for (const name of [
      longest,
      'é'.repeat(127),
      'e\u0301.csv',
      '\ufeffbom',
      'CON',
      '$(id)',
      '%s',
      '<script>',
      'a\u202eb',
      '...',
      ' ',
    ]) {
      await raw.close(await raw.open(name));
      expect(await door.file(alice, name), name).toMatchObject({ state: 'received' });
    }
    const folder = (await raw.ask(MESSAGE.OPENDIR, string('.'))).body.subarray(4);
    const listed: string[] = [];
    for (;;) {
      const page = await raw.ask(MESSAGE.READDIR, string(folder));
      if (page.type === MESSAGE.STATUS) break;
      listed.push(page.body.toString());
    }
    expect(listed.join('')).toContain(longest);
    await raw.close(folder);
  });

  test.each<[string, Buffer]>([
    ['256 bytes', Buffer.from('n'.repeat(256))],
    ['86 letters of 3 bytes', Buffer.from('€'.repeat(86))],
    ['a NUL', Buffer.from('a\0b')],
    ['a line end', Buffer.from('a\nb')],
    ['an escape', Buffer.from('a\u001b[31m')],
    ['a C1 control', Buffer.from('a\u0085b')],
    ['Latin-1', Buffer.from('caf\u00e9', 'latin1')],
    ['a surrogate', Buffer.from([0xed, 0xa0, 0x80])],
    ['an overlong slash', Buffer.from([0x61, 0xc0, 0xaf])],
  ])('with %s are refused, in words, whatever is asked', async (_, name) => {
    await expect(raw.open(name)).rejects.toThrow(/name/);
    for (const type of [MESSAGE.STAT, MESSAGE.MKDIR, MESSAGE.REMOVE, MESSAGE.OPENDIR, MESSAGE.REALPATH]) {
      expect(await raw.ask(type, string(name), uint32(0))).toMatchObject({ code: STATUS.FAILURE });
    }
    await raw.close(await raw.open('renamed-from'));
    expect(await raw.ask(MESSAGE.RENAME, string('renamed-from'), string(name))).toMatchObject({
      code: STATUS.FAILURE,
    });
  });

  test.each([
    ['.', '/arrivals'],
    ['', '/arrivals'],
    ['..', '/'],
    ['../../../..', '/'],
    ['/../../etc/passwd', '/etc/passwd'],
    ['a/./b/../c//d/', '/arrivals/a/c/d'],
    ['/arrivals/x/../../..', '/'],
  ])('the path %j leads to %j and never above the root', async (path, real) => {
    const { body } = await raw.ask(MESSAGE.REALPATH, string(path));
    expect(body.toString('utf8', 8, 8 + body.readUInt32BE(4))).toBe(real);
  });

  test('what is outside of arrivals is not there and cannot be made', async () => {
    expect(await raw.ask(MESSAGE.STAT, string('/etc/passwd'))).toMatchObject({ code: STATUS.NO_SUCH_FILE });
    expect(await raw.ask(MESSAGE.OPENDIR, string('../../etc'))).toMatchObject({ code: STATUS.NO_SUCH_FILE });
    for (const path of ['/x', '../x', '/arrivals', '/']) {
      expect(await raw.ask(MESSAGE.MKDIR, string(path), uint32(0))).toMatchObject({
        code: STATUS.PERMISSION_DENIED,
      });
      expect(await raw.ask(MESSAGE.RMDIR, string(path))).toMatchObject({ code: STATUS.PERMISSION_DENIED });
    }
  });

  test('folders nest, to a depth', async () => {
    let path = '/arrivals';
    let depth = 0;
    for (; depth < 200; depth++) {
      path += '/d';
      if ((await raw.ask(MESSAGE.MKDIR, string(path), uint32(0))).code !== STATUS.OK) break;
    }
    expect(depth).toBeGreaterThan(50);
    expect(depth).toBeLessThan(200);
  });
});

describe('changing', () => {
  test('a partial name is renamed when it is complete', async () => {
    const handle = await raw.open('report.pdf.filepart');
    await raw.write(handle, 0, 'whole');
    await raw.close(handle);
    expect(await door.file(alice, 'report.pdf.filepart')).toMatchObject({ settlesAt: null });
    const renamed = await raw.ask(MESSAGE.RENAME, string('report.pdf.filepart'), string('report.pdf'));
    expect(renamed).toMatchObject({ code: STATUS.OK });
    expect((await door.file(alice, 'report.pdf'))?.settlesAt).toBeLessThanOrEqual(Date.now());
    const taken = await raw.ask(MESSAGE.REMOVE, string('report.pdf'));
    expect(taken).toMatchObject({
      code: STATUS.PERMISSION_DENIED,
      message: expect.stringContaining('on its way'),
    });
  });

  test('times are kept, modes and owners are taken and ignored', async () => {
    await raw.close(await raw.open('dated'));
    const all = Buffer.concat([
      uint32(0x0e),
      uint32(0),
      uint32(0),
      uint32(0o777),
      uint32(1),
      uint32(1_600_000_000),
    ]);
    expect(await raw.ask(MESSAGE.SETSTAT, string('dated'), all)).toMatchObject({ code: STATUS.OK });
    const { body } = await raw.ask(MESSAGE.STAT, string('dated'));
    expect(body.readUInt32BE(body.length - 4)).toBe(1_600_000_000);
    expect(body.readUInt32BE(12)).toBe(0o100600);
  });

  test('an upload is cut by its path', async () => {
    const handle = await raw.open('cut');
    await raw.write(handle, 0, '0123456789');
    await raw.close(handle);
    expect(await raw.ask(MESSAGE.SETSTAT, string('cut'), uint32(1), uint64(3))).toMatchObject({
      code: STATUS.OK,
    });
    expect(await contentOf('cut')).toBe('012');
    expect(await door.file(alice, 'cut')).toMatchObject({ state: 'received' });
  });

  test('links are neither made nor followed', async () => {
    const refused = {
      code: STATUS.PERMISSION_DENIED,
      message: 'links are neither made nor followed here; nothing was changed; use the file itself',
    };
    expect(await raw.ask(MESSAGE.SYMLINK, string('a'), string('b'))).toMatchObject(refused);
    expect(await raw.ask(MESSAGE.READLINK, string('a'))).toMatchObject(refused);
    expect(
      await raw.ask(MESSAGE.EXTENDED, string('hardlink@openssh.com'), string('a'), string('b')),
    ).toMatchObject(refused);
  });

  test('a person sees their own files and nobody else\u2019s', async () => {
    const bob = await door.addPerson('bob');
    const his = await RawClient.connect(door, bob);
    await raw.close(await raw.open('private'));
    expect(await his.ask(MESSAGE.STAT, string('private'))).toMatchObject({ code: STATUS.NO_SUCH_FILE });
    expect(await his.ask(MESSAGE.REMOVE, string('private'))).toMatchObject({ code: STATUS.NO_SUCH_FILE });
    await his[Symbol.asyncDispose]();
  });
});
