import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createInspector } from '../../src/inspect/inspector.ts';
import { createTypeReader } from '../../src/inspect/type-reader.ts';
import { EICAR, startClamd, type TestClamd } from './clamd-for-tests.ts';
import { answered, clock, fileName, noTypes, pieces, quiet, verdictOf, zip } from './inspect-fixtures.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

let folder: string;
let clamd: TestClamd;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'havengate-hostile-'));
  clamd = await startClamd(join(folder, 'clamd'), { MaxScanSize: '20M', MaxFileSize: '10M' });
});

afterAll(async () => {
  await clamd?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function malwareIn(bytes: Uint8Array, name = 'a.zip') {
  const inspector = createInspector({ scan: { clamd: clamd.socket }, clock, log: quiet, types: noTypes });
  const inspected = await inspector.inspect(pieces(bytes), {
    name: fileName(name),
    size: bytes.byteLength,
  });
  return verdictOf(answered(inspected), 'malware');
}

/** The members of archives of one member each, in one archive (APPNOTE 6.3.10). */
function joined(archives: readonly Buffer[]): Buffer {
  const [locals, centrals]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const archive of archives) {
    const end = archive.length - 22;
    const start = archive.readUInt32LE(end + 16);
    const central = Buffer.from(archive.subarray(start, end));
    central.writeUInt32LE(at, 42);
    locals.push(archive.subarray(0, start));
    centrals.push(central);
    at += start;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(archives.length, 8);
  end.writeUInt16LE(archives.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, directory, end]);
}

describe('an archive', () => {
  test('that unpacks to far more than it is exceeds the limits, and is never clean', async () => {
    const member = zip('zeros.bin', Buffer.alloc(8 * MIB));
    const bomb = joined(Array.from({ length: 10 }, () => member));
    expect(bomb.length).toBeLessThan(MIB);
    const verdict = await malwareIn(bomb);
    expect(verdict.outcome).toBe('limits-exceeded');
  });

  test('of 10,001 members exceeds the limits, though every member is small', async () => {
    const members = Array.from({ length: 10_001 }, (_, i) => zip(`${i}.txt`, Buffer.from(`${i}`)));
    const verdict = await malwareIn(joined(members));
    expect(verdict.outcome).toBe('limits-exceeded');
  });

  test('whose members have names that lead elsewhere is looked into, and nothing of it is unpacked', async () => {
    const before = await readdir(folder);
    const names = ['../../../../tmp/havengate-slipped', '/etc/havengate-slipped', 'C:\\slipped', 'a/../../b'];
    const harmless = joined(names.map((name) => zip(name, Buffer.from('a,b\n'))));
    expect(await malwareIn(harmless)).toMatchObject({ outcome: 'pass' });
    const infected = joined(names.map((name) => zip(name, Buffer.from(EICAR))));
    expect(await malwareIn(infected)).toMatchObject({ outcome: 'infected' });
    expect(await readdir(folder)).toEqual(before);
    expect((await readdir('/tmp')).filter((name) => name.includes('slipped'))).toEqual([]);
  });
});

describe('a file that is two things at once', () => {
  test('an image with an infected archive behind it is infected, whatever it is called', async () => {
    const gif = Buffer.from('GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff;', 'latin1');
    const both = Buffer.concat([gif, zip('eicar.com', Buffer.from(EICAR))]);
    expect(await malwareIn(both, 'cat.gif')).toMatchObject({ outcome: 'infected' });
  });

  test('has one type, that of its beginning, and a finding where its name says another', async () => {
    const types = createTypeReader({ log: quiet });
    try {
      const inspector = createInspector({ scan: 'off', clock, log: quiet, types });
      const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n%\n'), zip('a.txt', Buffer.from('a'))]);
      const inspection = answered(
        await inspector.inspect(pieces(pdf), { name: fileName('archive.zip'), size: pdf.length }),
      );
      expect(inspection.contentType).toBe('application/pdf');
      expect(verdictOf(inspection, 'type')).toMatchObject({ outcome: 'finding' });
    } finally {
      types.close();
    }
  });
});

test.each([
  ['over 2 GiB', 2 * GIB + 1, 'b8030a8ab89280935633d8d991da3d9907c0f12e8b6fc3bfc515f4d440872b6e'],
  ['over 4 GiB', 4 * GIB + 1, 'fbb82f7b353676bb562eb82157fcf0ea42c36492ca13ee56dbf82c08b6802c5c'],
])(
  'a sparse file of %s has its digest, and is too large for the scanner',
  { timeout: 300_000 },
  async (_, size, sha256) => {
    const path = join(folder, 'sparse');
    const file = await open(path, 'w+');
    try {
      await file.truncate(size);
      const inspector = createInspector({ scan: { clamd: clamd.socket }, clock, log: quiet, types: noTypes });
      const bytes = file.createReadStream({ start: 0, highWaterMark: MIB, autoClose: false });
      const inspection = answered(
        await inspector.inspect(bytes as AsyncIterable<Uint8Array>, { name: fileName('big.bin'), size }),
      );
      expect(inspection).toMatchObject({ size, sha256 });
      expect(verdictOf(inspection, 'malware').outcome).toBe('too-large');
    } finally {
      await file.close();
      await rm(path);
    }
  },
);
