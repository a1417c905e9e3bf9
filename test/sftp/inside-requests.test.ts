import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeShare } from '../../src/core/projects/close-share.ts';
import { MESSAGE, STATUS } from '../../src/doors/sftp/wire/message-types.ts';
import { type Haven, makeHaven } from './haven.ts';
import { dataOf, packet, RawClient, type RawReply, string, uint32, uint64 } from './raw-client.ts';

let haven: Haven;
let alice: RawClient;
let bob: RawClient;
let bytes: Buffer;

beforeAll(async () => {
  haven = await makeHaven({ limits: { handles: 16 } });
  alice = await RawClient.connect(haven.inside, haven.alice);
  bob = await RawClient.connect(haven.inside, haven.bob);
  bytes = randomBytes(9_000_001);
  await haven.arrive(haven.alice, 'scan.bin', bytes);
  await haven.arrive(haven.alice, 'empty', '');
});

afterAll(async () => {
  await alice[Symbol.asyncDispose]();
  await bob[Symbol.asyncDispose]();
  await haven[Symbol.asyncDispose]();
});

const READ = 0x01;
const WRITE = 0x02;
const APPEND = 0x04;
const CREATE = 0x08;
const TRUNCATE = 0x10;
const EXCLUSIVE = 0x20;

/** Longer than an answer of a check holds. */
const ANSWERS_LAPSE = 300;

const inShare = (...names: string[]): string => haven.data('shares', 'cohort', ...names);
const textOf = (name: string): string => readFileSync(inShare(name), 'utf8');

function rename(client: RawClient, from: string, to: string): Promise<RawReply> {
  return client.ask(MESSAGE.RENAME, string(from), string(to));
}

function renameOver(client: RawClient, from: string, to: string): Promise<RawReply> {
  return client.ask(MESSAGE.EXTENDED, string('posix-rename@openssh.com'), string(from), string(to));
}

async function sizeOf(client: RawClient, path: string): Promise<number> {
  const { body } = await client.ask(MESSAGE.STAT, string(path));
  return Number(body.readBigUInt64BE(4));
}

/** Reads a whole file with many requests under way, as clients do. */
async function readAll(client: RawClient, handle: Buffer, size: number, piece: number): Promise<Buffer> {
  const ids: number[] = [];
  for (let at = 0; at < size; at += piece) {
    ids.push(client.request(MESSAGE.READ, string(handle), uint64(at), uint32(piece)));
  }
  const pieces: Buffer[] = [];
  for (const id of ids) pieces.push(dataOf(await client.reply(id)) ?? Buffer.alloc(0));
  return Buffer.concat(pieces);
}

describe('reading', () => {
  test.each([4096, 32_768, 100_000, 261_120])(
    'in pieces of %i, all at once, gives every byte',
    async (piece) => {
      const handle = await alice.open('/arrivals/scan.bin', READ);
      expect((await readAll(alice, handle, bytes.length, piece)).equals(bytes)).toBe(true);
      expect(await alice.close(handle)).toMatchObject({ code: STATUS.OK });
    },
  );

  test('one piece after the other, and back and forth, gives the bytes of each place', async () => {
    const handle = await alice.open('/arrivals/scan.bin', READ);
    for (let at = 0; at < 3_000_000; at += 50_000) {
      const expected = bytes.subarray(at, at + 50_000);
      expect((await alice.read(handle, at, 50_000))?.equals(expected), `at ${at}`).toBe(true);
    }
    for (let i = 0; i < 100; i++) {
      const at = (i * 7_654_321) % (bytes.length - 5000);
      expect((await alice.read(handle, at, 5000))?.equals(bytes.subarray(at, at + 5000)), `at ${at}`).toBe(
        true,
      );
    }
    await alice.close(handle);
  });

  test('ends with the end of the file, and never beyond the longest transfer', async () => {
    const handle = await alice.open('/arrivals/scan.bin', READ);
    expect((await alice.read(handle, 0, 0xffffffff))?.length).toBe(261_120);
    expect((await alice.read(handle, bytes.length - 10, 100))?.length).toBe(10);
    expect(await alice.read(handle, bytes.length, 100)).toBeNull();
    expect(await alice.read(handle, bytes.length * 10, 100)).toBeNull();
    expect((await alice.read(handle, 5, 0))?.length).toBe(0);
    await expect(alice.read(handle, 2n ** 53n, 1)).rejects.toThrow('2^53-1');
    await alice.close(handle);
    await expect(alice.read(handle, 0, 1)).rejects.toThrow('the handle is not open');
  });

  test('an empty file has no bytes', async () => {
    const handle = await alice.open('/arrivals/empty', READ);
    expect(await alice.read(handle, 0, 100)).toBeNull();
    expect(await alice.close(handle)).toMatchObject({ code: STATUS.OK });
  });

  test('is refused on a handle for writing only, and writing on one for reading', async () => {
    const arrival = await alice.open('/arrivals/scan.bin', READ);
    expect((await alice.write(arrival, 0, 'x')).message).toContain('not opened for this');
    expect((await alice.ask(MESSAGE.FSETSTAT, string(arrival), uint32(1), uint64(0))).code).toBe(
      STATUS.PERMISSION_DENIED,
    );
    await alice.close(arrival);
    const written = await alice.open('/shares/cohort/written', WRITE | CREATE);
    await expect(alice.read(written, 0, 1)).rejects.toThrow('not opened for this');
    expect(await alice.close(written)).toMatchObject({ code: STATUS.OK });
    const read = await alice.open('/shares/cohort/written', READ);
    expect((await alice.write(read, 0, 'x')).message).toContain('not opened for this');
    expect(await alice.close(read)).toMatchObject({ code: STATUS.OK });
  });

  test('of a working file shows what others have written by then', async () => {
    const size = 6_000_000;
    writeFileSync(inShare('log'), 'a'.repeat(size));
    const handle = await bob.open('/shares/cohort/log', READ);
    for (let at = 0; at < 4_000_000; at += 250_000) await bob.read(handle, at, 250_000);
    writeFileSync(inShare('log'), 'b'.repeat(size), { flag: 'r+' });
    for (let at = 4_000_000; at < size; at += 250_000) {
      expect((await bob.read(handle, at, 250_000))?.toString()).toBe('b'.repeat(250_000));
    }
    expect(await bob.read(handle, size, 10)).toBeNull();
    writeFileSync(inShare('log'), 'more', { flag: 'a' });
    expect((await bob.read(handle, size, 10))?.toString()).toBe('more');
    await bob.close(handle);
  });

  test('and writing on one handle go in the order in which they came', async () => {
    const handle = await alice.open('/shares/cohort/both', READ | WRITE | CREATE);
    const requests = [
      alice.request(MESSAGE.WRITE, string(handle), uint64(0), string('first')),
      alice.request(MESSAGE.READ, string(handle), uint64(0), uint32(5)),
      alice.request(MESSAGE.WRITE, string(handle), uint64(5), string(' second')),
      alice.request(MESSAGE.WRITE, string(handle), uint64(0), string('FIRST')),
      alice.request(MESSAGE.READ, string(handle), uint64(5), uint32(100)),
      alice.request(MESSAGE.READ, string(handle), uint64(0), uint32(100)),
    ];
    const replies = await Promise.all(requests.map((id) => alice.reply(id)));
    const texts = [1, 4, 5].map((i) => dataOf(replies[i] as RawReply)?.toString());
    expect(texts).toEqual(['first', ' second', 'FIRST second']);
    await alice.close(handle);
  });

  test('and writing: a write between reads that came together is seen by those after it', async () => {
    writeFileSync(inShare('between'), 'a'.repeat(4_000_000));
    const handle = await alice.open('/shares/cohort/between', READ | WRITE);
    const ids: number[] = [];
    const write = 7000;
    const packets: Buffer[] = [];
    // In one piece, so that all of them have come before the first is done.
    for (let at = 0; at < 4_000_000; at += 250_000) {
      const data = string('b'.repeat(100_000));
      if (at === 2_000_000)
        packets.push(
          packet(MESSAGE.WRITE, Buffer.concat([uint32(write), string(handle), uint64(3_000_000), data])),
        );
      ids.push(write + 1 + ids.length);
      const read = [uint32(write + ids.length), string(handle), uint64(at), uint32(250_000)];
      packets.push(packet(MESSAGE.READ, Buffer.concat(read)));
    }
    alice.sendBytes(Buffer.concat(packets));
    expect((await alice.reply(write)).code).toBe(STATUS.OK);
    const pieces: (string | undefined)[] = [];
    for (const id of ids) pieces.push(dataOf(await alice.reply(id))?.toString());
    expect(pieces[12]).toBe('b'.repeat(100_000) + 'a'.repeat(150_000));
    expect(pieces.join('')).toBe(readFileSync(inShare('between'), 'utf8'));
    await alice.close(handle);
  });
});

describe('a right that is taken away', () => {
  test('refuses the next read of a file that is open, also of what was read ahead', async () => {
    await haven.allow(haven.bob, 'cohort', 'read', 'write');
    writeFileSync(inShare('secret.bin'), bytes);
    const handle = await bob.open('/shares/cohort/secret.bin', READ | WRITE);
    await bob.read(handle, 0, 100_000);
    await haven.allow(haven.bob, 'cohort');
    await setTimeout(ANSWERS_LAPSE);
    await expect(bob.read(handle, 100_000, 100_000)).rejects.toThrow('no share "cohort" for you');
    expect((await bob.write(handle, 0, 'x')).message).toContain('no share "cohort" for you');
    await bob.close(handle);
    expect(readFileSync(inShare('secret.bin')).equals(bytes)).toBe(true);
    expect((await bob.ask(MESSAGE.OPENDIR, string('/shares/cohort'))).message).toContain('no share "cohort"');
    await haven.allow(haven.bob, 'cohort', 'read');
  });

  test('a closed share is nobody’s any more', async () => {
    await haven.addShare('closing');
    await haven.allow(haven.alice, 'closing', 'read', 'write');
    const handle = await alice.open('/shares/closing/notes', WRITE | CREATE);
    await alice.write(handle, 0, 'kept');
    const { ledger, clock } = haven.inside.intake;
    await closeShare({ ledger, clock }, { kind: 'console' }, 'closing');
    await setTimeout(ANSWERS_LAPSE);
    expect((await alice.write(handle, 4, ' lost')).message).toContain('no share "closing" for you');
    expect((await alice.close(handle)).code).not.toBe(STATUS.OK);
    expect(readFileSync(haven.data('shares/closing/notes'), 'utf8')).toBe('kept');
  });

  test('a revoked release ends its download, also of what was read ahead, and is not collected', async () => {
    const file = await haven.release(haven.alice, 'cohort', 'revoked.bin', bytes);
    const outside = await RawClient.connect(haven.outside, haven.alice);
    const handle = await outside.open('/outbound/cohort/revoked.bin', READ);
    for (let at = 0; at < 2_000_000; at += 200_000) await outside.read(handle, at, 200_000);
    await haven.revoke(file);
    await setTimeout(ANSWERS_LAPSE);
    await expect(outside.read(handle, 2_000_000, 200_000)).rejects.toThrow('it was taken back');
    await outside.close(handle);
    await expect(outside.open('/outbound/cohort/revoked.bin', READ)).rejects.toThrow('no such file');
    expect((await haven.file(file.id)).collectedAt).toBeNull();
    await outside[Symbol.asyncDispose]();
  });

  test('somebody without the outbound right is told so before a byte is taken', async () => {
    for (const flags of [READ, WRITE | CREATE]) {
      await expect(bob.open('/outbound/cohort/x', flags)).rejects.toThrow(
        'you have no right to send anything out of the haven from cohort',
      );
    }
    await expect(bob.open('/outbound/elsewhere/x')).rejects.toThrow('no share "elsewhere" for you');
  });
});

describe('a released file', () => {
  test('is collected when all of it was asked for and closed, not when it was only read ahead', async () => {
    const file = await haven.release(haven.alice, 'cohort', 'collected.bin', bytes.subarray(0, 3_000_000));
    const outside = await RawClient.connect(haven.outside, haven.alice);
    const path = '/outbound/cohort/collected.bin';
    const first = await outside.open(path, READ);
    for (let at = 0; at < 2_000_000; at += 250_000) await outside.read(first, at, 250_000);
    await outside.close(first);
    expect((await haven.file(file.id)).collectedAt).toBeNull();
    const second = await outside.open(path, READ);
    await outside.read(second, 2_000_000, 261_120);
    for (let at = 2_261_120; at < 3_000_000; at += 261_120) await outside.read(second, at, 261_120);
    expect((await haven.file(file.id)).collectedAt).toBeNull();
    await outside.close(second);
    expect((await haven.file(file.id)).collectedAt).not.toBeNull();
    await outside[Symbol.asyncDispose]();
  });

  test('is not collected by a client that was lost before it closed, and is once it has closed', async () => {
    const file = await haven.release(haven.alice, 'cohort', 'lost.bin', bytes.subarray(0, 1_000_000));
    const path = '/outbound/cohort/lost.bin';
    for (const isLost of [true, false]) {
      const sessions = haven.outside.door.sessions();
      const outside = await RawClient.connect(haven.outside, haven.alice);
      const handle = await outside.open(path, READ);
      expect((await readAll(outside, handle, 1_000_000, 250_000)).length).toBe(1_000_000);
      if (isLost) outside.cut();
      else await outside.close(handle);
      if (!isLost) await outside[Symbol.asyncDispose]();
      await expect.poll(() => haven.outside.door.sessions()).toBe(sessions);
      await setTimeout(100);
      expect((await haven.file(file.id)).collectedAt === null).toBe(isLost);
    }
  });
});

describe('renaming', () => {
  test('from Arrivals never replaces, whichever way it is asked for', async () => {
    writeFileSync(inShare('taken.csv'), 'theirs');
    const file = await haven.arrive(haven.alice, 'taken.csv', 'mine');
    await haven.arrive(haven.alice, 'folder/x', 'x');
    for (const move of [rename, renameOver]) {
      expect((await move(alice, '/arrivals/taken.csv', '/shares/cohort/taken.csv')).message).toContain(
        'taken',
      );
      expect((await move(alice, '/arrivals/folder', '/shares/cohort/taken.csv')).code).toBe(STATUS.FAILURE);
    }
    expect(textOf('taken.csv')).toBe('theirs');
    expect((await haven.file(file.id)).state).toBe('arrived');
  });

  test('across rights is refused in words, and changes nothing', async () => {
    await haven.arrive(haven.bob, 'bobs.csv', 'b');
    writeFileSync(inShare('working.csv'), 'w');
    await haven.addShare('other');
    await haven.allow(haven.alice, 'other', 'read', 'write', 'outbound');
    const refusals: [RawClient, string, string, string][] = [
      [bob, '/arrivals/bobs.csv', '/shares/cohort/bobs.csv', 'no right to change anything in cohort'],
      [bob, '/shares/cohort/working.csv', '/shares/cohort/renamed', 'no right to change anything in cohort'],
      [bob, '/shares/cohort/working.csv', '/outbound/cohort/w', 'no right to send anything out'],
      [alice, '/arrivals/scan.bin', '/arrivals/scan2.bin', 'stay in Arrivals as they arrived'],
      [alice, '/arrivals/scan.bin', '/outbound/cohort/scan.bin', 'move it to a share first'],
      [alice, '/shares/cohort/working.csv', '/arrivals/w', 'comes from outside'],
      [alice, '/shares/cohort/working.csv', '/outbound/other/w', 'outbound folder of its own share'],
      [alice, '/shares/cohort', '/shares/mine', 'put working files into /shares'],
      [alice, '/arrivals/scan.bin', '/shares/none/scan.bin', 'no share "none" for you'],
    ];
    for (const [client, from, to, sentence] of refusals) {
      const reply = await rename(client, from, to);
      expect(reply.message, `${from} to ${to}`).toContain(sentence);
      expect(reply.code).not.toBe(STATUS.OK);
    }
    expect(textOf('working.csv')).toBe('w');
  });

  test('of a file that is open leaves the handle on the file', async () => {
    const arrival = await haven.arrive(haven.alice, 'open.bin', bytes.subarray(0, 500_000));
    const reading = await alice.open('/arrivals/open.bin', READ);
    await alice.read(reading, 0, 1000);
    expect(await rename(alice, '/arrivals/open.bin', '/shares/cohort/open.bin')).toMatchObject({
      code: STATUS.OK,
    });
    expect((await haven.file(arrival.id)).state).toBe('shared');
    await setTimeout(ANSWERS_LAPSE);
    await expect(alice.read(reading, 1000, 1000)).rejects.toThrow('it has left Arrivals');
    await alice.close(reading);
    const writing = await alice.open('/shares/cohort/draft', WRITE | CREATE);
    await alice.write(writing, 0, 'draft');
    expect(await rename(alice, '/shares/cohort/draft', '/shares/cohort/final')).toMatchObject({
      code: STATUS.OK,
    });
    await alice.write(writing, 5, ' and more');
    expect(await alice.close(writing)).toMatchObject({ code: STATUS.OK });
    expect(textOf('final')).toBe('draft and more');
  });
});

describe('what sshfs and editors do in a share', () => {
  test('write beside, and rename over; a plain rename never replaces', async () => {
    writeFileSync(inShare('report'), 'old');
    const handle = await alice.open('/shares/cohort/report.tmp', READ | WRITE | CREATE | EXCLUSIVE);
    await alice.write(handle, 0, 'new');
    expect(await alice.ask(MESSAGE.EXTENDED, string('fsync@openssh.com'), string(handle))).toMatchObject({
      code: STATUS.OK,
    });
    expect(await alice.close(handle)).toMatchObject({ code: STATUS.OK });
    expect((await rename(alice, '/shares/cohort/report.tmp', '/shares/cohort/report')).message).toContain(
      'taken',
    );
    expect(textOf('report')).toBe('old');
    expect(await renameOver(alice, '/shares/cohort/report.tmp', '/shares/cohort/report')).toMatchObject({
      code: STATUS.OK,
    });
    expect(textOf('report')).toBe('new');
  });

  test('open exclusively, append whatever the offset, cut by path and by handle, set times', async () => {
    const first = await alice.open('/shares/cohort/lock', WRITE | CREATE | EXCLUSIVE);
    await expect(alice.open('/shares/cohort/lock', WRITE | CREATE | EXCLUSIVE)).rejects.toThrow(
      'the name is taken',
    );
    await alice.close(first);
    writeFileSync(inShare('appended'), 'begin ');
    const handle = await alice.open('/shares/cohort/appended', WRITE | APPEND);
    await Promise.all([alice.write(handle, 0, 'one '), alice.write(handle, 0, 'two ')]);
    writeFileSync(inShare('appended'), 'desktop ', { flag: 'a' });
    await alice.write(handle, 1234, 'three');
    await alice.close(handle);
    expect(textOf('appended')).toBe('begin one two desktop three');
    const path = string('/shares/cohort/appended');
    expect(await alice.ask(MESSAGE.SETSTAT, path, uint32(1), uint64(5))).toMatchObject({ code: STATUS.OK });
    expect(await alice.ask(MESSAGE.SETSTAT, path, uint32(4), uint32(0o777))).toMatchObject({
      code: STATUS.OK,
    });
    expect(await alice.ask(MESSAGE.SETSTAT, path, uint32(8), uint32(7), uint32(1_500_000_000))).toMatchObject(
      {
        code: STATUS.OK,
      },
    );
    expect(textOf('appended')).toBe('begin');
    expect(statSync(inShare('appended')).mtimeMs).toBe(1_500_000_000_000);
    expect(await sizeOf(alice, '/shares/cohort/appended')).toBe(5);
  });

  test('ask for room, which every member may, and for links, which nobody may', async () => {
    const statvfs = string('statvfs@openssh.com');
    const free = await bob.ask(MESSAGE.EXTENDED, statvfs, string('/shares/cohort'));
    expect(Number(free.body.readBigUInt64BE(32))).toBeGreaterThan(1000);
    expect((await bob.ask(MESSAGE.EXTENDED, statvfs, string('/shares/other'))).code).toBe(
      STATUS.NO_SUCH_FILE,
    );
    symlinkSync('/etc/passwd', inShare('link'));
    const link = string('/shares/cohort/link');
    expect((await alice.ask(MESSAGE.READLINK, link)).message).toContain(
      'links are neither made nor followed',
    );
    for (const type of [MESSAGE.STAT, MESSAGE.LSTAT]) {
      const { body } = await alice.ask(type, link);
      expect(body.readUInt32BE(12) & 0o170000).toBe(0o120000);
    }
    await expect(alice.open('/shares/cohort/link', READ)).rejects.toThrow(
      'links are neither made nor followed',
    );
    await expect(alice.open('/shares/cohort/link', WRITE | TRUNCATE)).rejects.toThrow('links are neither');
    expect(await alice.ask(MESSAGE.REMOVE, link)).toMatchObject({ code: STATUS.OK });
    expect(statSync('/etc/passwd').size).toBeGreaterThan(0);
  });

  test('a close after bytes that the disk did not take is refused, and says so', async () => {
    let isFull = true;
    const full = await makeHaven({
      zones: (zones) => ({
        ...zones,
        shares: {
          ...zones.shares,
          async open(place, how) {
            const opened = await zones.shares.open(place, how);
            if (!opened.ok) return opened;
            const { value } = opened;
            const write: typeof value.write = async (buffers, position) => {
              if (isFull) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
              return value.write(buffers, position);
            };
            return { ok: true, value: { ...value, write } };
          },
        },
      }),
    });
    const client = await RawClient.connect(full.inside, full.alice);
    const handle = await client.open('/shares/cohort/full', WRITE | CREATE);
    expect((await client.write(handle, 0, 'lost')).message).toContain('the disk is full');
    isFull = false;
    expect((await client.write(handle, 4, 'kept')).code).toBe(STATUS.OK);
    expect((await client.close(handle)).message).toContain('not everything could be written');
    await client[Symbol.asyncDispose]();
    await full[Symbol.asyncDispose]();
  });
});

describe('limits', () => {
  test('readers count among the open files of a session', async () => {
    const client = await RawClient.connect(haven.inside, haven.alice);
    const handles: Buffer[] = [];
    for (let i = 0; i < 16; i++) handles.push(await client.open('/arrivals/scan.bin', READ));
    await expect(client.open('/arrivals/scan.bin', READ)).rejects.toThrow(
      'too many files and folders are open',
    );
    for (const handle of handles) {
      expect((await readAll(client, handle, 2_000_000, 250_000)).equals(bytes.subarray(0, 2_000_000))).toBe(
        true,
      );
    }
    for (const handle of handles) await client.close(handle);
    await client[Symbol.asyncDispose]();
  });

  test('a client that does not take what it asked for makes nobody read on and on', async () => {
    let read = 0;
    const slow = await makeHaven({
      zones: (zones) => ({
        ...zones,
        arrivals: {
          ...zones.arrivals,
          async open(name) {
            const reader = await zones.arrivals.open(name);
            if (reader === null) return null;
            const counted = async (buffer: Uint8Array, position: number): Promise<number> => {
              const bytes = await reader.read(buffer, position);
              read += bytes;
              return bytes;
            };
            return { size: reader.size, mtime: reader.mtime, read: counted, close: () => reader.close() };
          },
        },
      }),
    });
    const large = Buffer.alloc(100_000_000, 7);
    await slow.arrive(slow.alice, 'large.bin', large);
    const client = await RawClient.connect(slow.inside, slow.alice);
    const handle = await client.open('/arrivals/large.bin', READ);
    client.channel.pause();
    const ids: number[] = [];
    for (let at = 0; at < large.length; at += 250_000) {
      ids.push(client.request(MESSAGE.READ, string(handle), uint64(at), uint32(250_000)));
    }
    await setTimeout(1000);
    // What is ahead, what waits, and what the windows of channel and sockets took.
    expect(read).toBeLessThan(16_000_000);
    client.channel.resume();
    let got = 0;
    for (const id of ids) got += dataOf(await client.reply(id))?.length ?? 0;
    expect(got).toBe(large.length);
    await client[Symbol.asyncDispose]();
    await slow[Symbol.asyncDispose]();
  });

  test('a client that is gone in the middle leaves nothing open, and others go on', async () => {
    for (let i = 0; i < 5; i++) {
      const client = await RawClient.connect(haven.inside, haven.alice);
      const handle = await client.open('/arrivals/scan.bin', READ);
      for (let at = 0; at < bytes.length; at += 261_120) {
        client.request(MESSAGE.READ, string(handle), uint64(at), uint32(261_120));
      }
      client.cut();
    }
    await expect.poll(() => haven.inside.door.sessions()).toBe(2);
    const handle = await alice.open('/arrivals/scan.bin', READ);
    expect((await readAll(alice, handle, bytes.length, 261_120)).equals(bytes)).toBe(true);
    await alice.close(handle);
  });

  test('100,000 names are listed, each once, while another session is served', async () => {
    await haven.addShare('crowded');
    await haven.allow(haven.alice, 'crowded', 'read');
    for (let i = 0; i < 100_000; i++) writeFileSync(haven.data('shares/crowded', `name-${i}`), '');
    const folder = (await alice.ask(MESSAGE.OPENDIR, string('/shares/crowded'))).body.subarray(4);
    let served = 0;
    let isListed = false;
    const serving = (async () => {
      while (!isListed) {
        await bob.ask(MESSAGE.STAT, string('/shares/cohort'));
        bob.replies.length = 0;
        served++;
      }
    })();
    const names = new Set<string>();
    let pages = 0;
    for (;;) {
      const page = await alice.ask(MESSAGE.READDIR, string(folder));
      if (page.code === STATUS.EOF) break;
      pages++;
      for (const [name] of page.body.toString('latin1').matchAll(/name-\d+/g)) names.add(name);
      alice.replies.length = 0;
    }
    isListed = true;
    await serving;
    await alice.close(folder);
    expect(names.size).toBe(100_000);
    expect(served).toBeGreaterThan(pages / 4);
  });
});
