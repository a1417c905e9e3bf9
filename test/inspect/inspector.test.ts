import { describe, expect, test } from 'vitest';
import type { TypeReading } from '../../src/inspect/content-type.ts';
import { createInspector } from '../../src/inspect/inspector.ts';
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

const inspector = createInspector({ scan: 'off', clock, log: quiet, types: noTypes });
const about = (size: number) => ({ name: fileName('a.bin'), size });

test.each([0, 1, 65_535, 65_536, 65_537, 1_048_576, 3_000_000])('digests %i bytes', async (size) => {
  const bytes = noise(size);
  const inspection = answered(await inspector.inspect(pieces(bytes), about(size)));
  expect(inspection).toMatchObject({ size, sha256: digest(bytes) });
});

test('says of every file that the scan is off', async () => {
  const inspection = answered(await inspector.inspect(pieces(noise(10)), about(10)));
  expect(verdictOf(inspection, 'malware')).toMatchObject({ outcome: 'off', version: 'off', detail: null });
});

describe('bytes that are not what was received', () => {
  test.each([
    ['fewer', 999_999, '1000000 bytes were received, there are only 999999'],
    ['none', 0, '1000000 bytes were received, there are only 0'],
    ['more', 1_000_001, '1000000 bytes were received, there are more'],
  ])('%s: not answered', async (_, size, why) => {
    const inspected = await inspector.inspect(pieces(noise(size)), about(1_000_000));
    expect(inspected).toEqual({ answered: false, notYet: { check: 'digest', why } });
  });

  test('stop the reading, which closes the file', async () => {
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield noise(1000);
      } finally {
        closed = true;
      }
    }
    expect((await inspector.inspect(endless(), about(5000))).answered).toBe(false);
    expect(closed).toBe(true);
  });

  test('an error of the disk is thrown, with its code', async () => {
    const broken = pieces(noise(1_000_000), 100_000, 300_000);
    await expect(inspector.inspect(broken, about(1_000_000))).rejects.toMatchObject({ code: 'EIO' });
  });
});

describe('the content type', () => {
  function reading(answer: TypeReading) {
    const heads: Uint8Array[] = [];
    const types = {
      read: async (head: Uint8Array) => {
        heads.push(head);
        return answer;
      },
      close: () => undefined,
    };
    return { heads, inspector: createInspector({ scan: 'off', clock, log: quiet, types }) };
  }

  test('is asked once, of the first 64 KiB', async () => {
    const { heads, inspector: one } = reading({ known: true, type: { ext: 'pdf', mime: 'application/pdf' } });
    const bytes = noise(300_000);
    const inspection = answered(
      await one.inspect(pieces(bytes, 10_000), { name: fileName('a.pdf'), size: 300_000 }),
    );
    expect(inspection.contentType).toBe('application/pdf');
    expect(heads.map(digest)).toEqual([digest(bytes.subarray(0, 65_536))]);
  });

  test('that is not known is a finding, and the file has its other verdicts', async () => {
    const { inspector: one } = reading({ known: false, why: 'it crashed' });
    const inspection = answered(await one.inspect(pieces(noise(10)), about(10)));
    expect(inspection.verdicts.map(({ outcome }) => outcome)).toEqual(['pass', 'finding', 'off']);
    expect(inspection.contentType).toBeNull();
  });
});

test.each(['clamd.ctl', 'localhost', 'localhost:0', 'localhost:99999', 'http://localhost:3310', ''])(
  'refuses %j as the address of clamd',
  (clamd) => {
    expect(() => createInspector({ scan: { clamd }, clock, log: quiet })).toThrow(
      /absolute path or host:port/,
    );
  },
);
