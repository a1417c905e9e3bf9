import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Sha256 } from '../../src/core/kit/digest.ts';
import type { FormatAnswer, FormatCheck } from '../../src/inspect/format-check.ts';
import { createInspector } from '../../src/inspect/inspector.ts';
import type { ScanOptions } from '../../src/inspect/malware-check.ts';
import {
  answered,
  clock,
  digest,
  fileName,
  noise,
  noTypes,
  pieces,
  quiet,
  verdictOf,
} from './inspect-fixtures.ts';

const LARGEST = 1024 * 1024;

let folder: string;
let clamd: string;
let server: Server;

/** A scanner that finds everything clean. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'havengate-unscanned-'));
  clamd = join(folder, 'clamd.sock');
  server = createServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      if (received.toString('latin1', 0, 8) === 'zVERSION') socket.end('ClamAV 9.9.9/1/now\0');
      else if (received.subarray(-4).equals(Buffer.alloc(4))) socket.end('stream: OK\0');
    });
  });
  await new Promise<void>((resolve) => server.listen(clamd, resolve));
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

/** What was asked of the check of structures, which answers as told. */
let seen: { bytes: Buffer[]; digests: Sha256[]; begun: number; aborted: number };
let answer: FormatAnswer;

beforeEach(() => {
  seen = { bytes: [], digests: [], begun: 0, aborted: 0 };
  answer = { answered: true, said: { outcome: 'pass', detail: 'vcf', version: '1' } };
});

const formats: FormatCheck = {
  begin() {
    seen.begun++;
    return {
      send: async (piece) => void seen.bytes.push(Buffer.from(piece)),
      finish: async (sha256) => {
        seen.digests.push(sha256);
        return answer;
      },
      abort: () => void seen.aborted++,
    };
  },
  close: () => undefined,
};

function inspect(bytes: Buffer, scan: Partial<ScanOptions> | 'off' = {}, size = bytes.byteLength) {
  const options = scan === 'off' ? scan : { clamd, maxStream: LARGEST, ...scan };
  const inspector = createInspector({ scan: options, clock, log: quiet, types: noTypes, formats });
  return inspector.inspect(pieces(bytes, 300_000), { name: fileName('a.bin'), size });
}

const LARGE = noise(LARGEST + 1);

describe('a file that is too large for the scanner', () => {
  test('is given to the check of structures whole, and has its verdict on the same digest', async () => {
    const inspection = answered(await inspect(LARGE));
    expect(inspection.verdicts.map(({ check, outcome }) => [check, outcome])).toEqual([
      ['digest', 'pass'],
      ['type', 'pass'],
      ['malware', 'too-large'],
      ['format', 'pass'],
    ]);
    expect(verdictOf(inspection, 'format')).toMatchObject({
      detail: 'vcf',
      version: '1',
      sha256: digest(LARGE),
    });
    expect(Buffer.concat(seen.bytes).equals(LARGE)).toBe(true);
    expect(seen.digests).toEqual([digest(LARGE)]);
  });

  test('waits when its structure is not known', async () => {
    answer = { answered: false, why: 'it crashed' };
    expect(await inspect(LARGE)).toEqual({ answered: false, notYet: { check: 'format', why: 'it crashed' } });
  });

  test('ends the check when it is not what was received', async () => {
    expect((await inspect(LARGE, {}, LARGEST + 2)).answered).toBe(false);
    expect(seen).toMatchObject({ digests: [], aborted: 1 });
  });
});

describe('no structure is checked', () => {
  test.each<[string, Buffer, Partial<ScanOptions> | 'off']>([
    ['of a file that the scanner takes', LARGE.subarray(1), {}],
    ['of an empty file', Buffer.alloc(0), {}],
    ['where scanning is off', LARGE, 'off'],
  ])('%s', async (_, bytes, scan) => {
    const inspection = answered(await inspect(bytes, scan));
    expect(inspection.verdicts.map(({ check }) => check)).toEqual(['digest', 'type', 'malware']);
    expect(seen.begun).toBe(0);
  });

  test.each([[undefined], [[]]])('where no formats are listed (%j)', async (unscanned) => {
    const scan = { clamd, maxStream: LARGEST, ...(unscanned && { unscanned }) };
    const inspector = createInspector({ scan, clock, log: quiet, types: noTypes });
    const about = { name: fileName('a.bin'), size: LARGE.byteLength };
    const inspection = answered(await inspector.inspect(pieces(LARGE), about));
    expect(inspection.verdicts.map(({ check }) => check)).toEqual(['digest', 'type', 'malware']);
  });
});
