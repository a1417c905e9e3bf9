import { crc32, deflateRawSync } from 'node:zlib';
import { i32, join, u8, u16, u32 } from './bytes.ts';

/** The empty block that ends BGZF. */
export const BGZF_END: Buffer = Buffer.from(
  '1f8b08040000000000ff0600424302001b0003000000000000000000',
  'hex',
);

/** A block of BGZF; `behind` are bytes that it hides behind its data. */
export function bgzfBlock(content: Buffer, behind = ''): Buffer {
  const packed = join(deflateRawSync(content), behind);
  const head = Buffer.from('1f8b08040000000000ff060042430200', 'hex');
  return join(head, u16(packed.byteLength + 25), packed, u32(crc32(content), content.byteLength));
}

/** BGZF with blocks of `size` bytes, and its end marker. */
export function bgzf(content: Buffer, size = 1000): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < content.byteLength; at += size)
    blocks.push(bgzfBlock(content.subarray(at, at + size)));
  return Buffer.concat([...blocks, BGZF_END]);
}

/** One record of BAM with a read of four bases. */
export function bamRecord(reference = 0, nextReference = -1): Buffer {
  const body = join(
    i32(reference, 100),
    u8(3, 60),
    u16(4681, 1, 0),
    i32(4, nextReference, -1, 0),
    'r1\0',
    u32((4 << 4) | 0),
    u8(0x12, 0x48, 30, 30, 30, 30),
  );
  return join(i32(body.byteLength), body);
}

/** BAM as it is inside its blocks. */
export function bamContent(
  records: readonly Buffer[] = Array.from({ length: 200 }, () => bamRecord()),
): Buffer {
  const text = '@HD\tVN:1.6\n@SQ\tSN:chr1\tLN:1000\n';
  return join('BAM\x01', i32(text.length), text, i32(1, 5), 'chr1\0', i32(1000), ...records);
}

export function vcf(samples = 2, records = 100): Buffer {
  const columns = '#CHROM POS ID REF ALT QUAL FILTER INFO'.split(' ');
  const genotypes = Array.from({ length: samples }, () => '0/1');
  const lines = Array.from({ length: records }, (_, n) =>
    ['chr1', n + 1, '.', 'A', 'C,<DEL>', '29.5', 'PASS', 'DP=10;NOTE=größe', 'GT', ...genotypes].join('\t'),
  );
  const names = genotypes.map((_, n) => `sample${n}`);
  const text = [
    '##fileformat=VCFv4.3',
    '##source="a test"',
    [...columns, 'FORMAT', ...names].join('\t'),
    ...lines,
  ];
  return Buffer.from(`${text.join('\n')}\n`);
}

export function fastq(reads = 100): Buffer {
  return Buffer.from(
    Array.from(
      { length: reads },
      (_, n) => `@read${n} 1:N:0\nACGTN\n+${n % 2 ? `read${n} 1:N:0` : ''}\nII#~!\n`,
    ).join(''),
  );
}

const itf8 = (value: number): Buffer => {
  if (value >= 0 && value < 0x80) return u8(value);
  if (value >= 0 && value < 0x4000) return u8(0x80 | (value >> 8), value & 0xff);
  const low = [(value >> 20) & 0xff, (value >> 12) & 0xff, (value >> 4) & 0xff, value & 0x0f];
  return u8(0xf0 | ((value >>> 28) & 0x0f), ...low);
};

function cramBlock(contentType: number, data: Buffer): Buffer {
  const block = join(u8(0, contentType, 0), itf8(data.byteLength), itf8(data.byteLength), data);
  return join(block, u32(crc32(block)));
}

/** A container of CRAM 3 with its blocks; `reach` adds to the length that it says. */
function cramContainer(
  blocks: readonly Buffer[],
  { reference = 0, start = 1, records = 1, reach = 0 } = {},
): Buffer {
  const body = Buffer.concat(blocks);
  const head = join(
    i32(body.byteLength + reach),
    ...[reference, start, 300, records].map(itf8),
    u8(0, 0),
    itf8(blocks.length),
    u8(1, 0),
  );
  return join(head, u32(crc32(head)), body);
}

/** The end of CRAM 3, as every writer has it. */
export const CRAM_END: Buffer = Buffer.from(
  '0f000000ffffffff0fe0454f46000000000100 05bdd94f0001000606010001000100ee63014b'.replace(' ', ''),
  'hex',
);

export function cram({ minor = 0, end = CRAM_END, reach = 0 } = {}): Buffer {
  const text = '@HD\tVN:1.6\n';
  const header = cramContainer([cramBlock(0, join(i32(text.length), text))], { records: 0, start: 0 });
  const data = [
    cramBlock(1, Buffer.alloc(40, 3)),
    cramBlock(2, Buffer.alloc(30, 4)),
    cramBlock(4, Buffer.alloc(500, 5)),
  ];
  return join('CRAM', u8(3, minor), Buffer.alloc(20, 'i'), header, cramContainer(data, { reach }), end);
}
