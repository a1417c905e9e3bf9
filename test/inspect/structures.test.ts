import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { RESEARCH_FORMATS, type ResearchFormat } from '../../src/core/custody/verdict.ts';
import { FormatFault } from '../../src/inspect/formats/format-parser.ts';
import { createStructureCheck } from '../../src/inspect/formats/structure.ts';
import { flipped, i32, join, patched, u8, u16, u32 } from './formats/bytes.ts';
import {
  BGZF_END,
  bamContent,
  bamRecord,
  bgzf,
  bgzfBlock,
  CRAM_END,
  cram,
  fastq,
  vcf,
} from './formats/genomes.ts';
import {
  dicomExplicit,
  dicomFile,
  dicomFragments,
  dicomImplicit,
  element,
  item,
  nifti1,
  nifti2,
} from './formats/images.ts';
import { hdf5Newer, hdf5Older, parquet } from './formats/tables.ts';
import { noise, pieces, zip } from './inspect-fixtures.ts';

/** What a check finds: the format, and the fault or null. */
async function found(bytes: Buffer, piece = 65_536, listed: readonly ResearchFormat[] = RESEARCH_FORMATS) {
  const check = createStructureCheck(listed);
  try {
    for await (const part of pieces(bytes, piece)) await check.feed(Buffer.from(part));
    await check.end();
    return { format: check.format(), fault: null };
  } catch (error) {
    if (!(error instanceof FormatFault)) throw error;
    return { format: check.format(), fault: error.message };
  }
}

const fault = async (bytes: Buffer): Promise<string | null> => (await found(bytes)).fault;

const BAM = bgzf(bamContent());
const VCF = vcf();

const WHOLE: readonly (readonly [string, ResearchFormat, Buffer])[] = [
  ['BAM', 'bam', BAM],
  ['BAM without records', 'bam', bgzf(bamContent([]))],
  ['BAM with an empty block inside', 'bam', join(BGZF_END, BAM)],
  ['CRAM 3.0', 'cram', cram()],
  ['CRAM 3.1', 'cram', cram({ minor: 1 })],
  ['VCF', 'vcf', VCF],
  ['VCF with the line ends of Windows', 'vcf', Buffer.from(VCF.toString().replaceAll('\n', '\r\n'))],
  ['VCF in gzip', 'vcf', gzipSync(VCF)],
  ['VCF in BGZF', 'vcf', bgzf(VCF)],
  ['FASTQ', 'fastq', fastq()],
  ['FASTQ in gzip', 'fastq', gzipSync(fastq())],
  ['FASTQ in gzip of many members', 'fastq', join(...[1, 2, 3].map((n) => gzipSync(fastq(n))))],
  ['DICOM, explicit', 'dicom', dicomExplicit()],
  ['DICOM, implicit', 'dicom', dicomImplicit()],
  ['DICOM in fragments', 'dicom', dicomFragments()],
  ['DICOM that is TIFF too', 'dicom', patched(dicomExplicit(), 0, 'II*\0')],
  ['NIfTI-1 with an extension', 'nifti', nifti1()],
  ['NIfTI-1 without', 'nifti', nifti1({ extension: false })],
  ['NIfTI-1, big endian', 'nifti', nifti1({ extension: false, littleEndian: false })],
  ['NIfTI-2', 'nifti', nifti2()],
  ['NIfTI in gzip', 'nifti', gzipSync(nifti1())],
  ['Parquet', 'parquet', parquet()],
  ['HDF5 of version 0', 'hdf5', hdf5Older(0)],
  ['HDF5 of version 1', 'hdf5', hdf5Older(1)],
  ['HDF5 of version 2', 'hdf5', hdf5Newer(2)],
  ['HDF5 of version 3', 'hdf5', hdf5Newer(3)],
  ['HDF5 in gzip', 'hdf5', gzipSync(hdf5Newer())],
];

const ELF = join('\x7fELF\x02\x01\x01', Buffer.alloc(57));

describe.each(WHOLE)('%s', (_, format, bytes) => {
  test('is whole, in whatever pieces it comes', async () => {
    for (const piece of [1, 7, 1000, 65_536])
      expect(await found(bytes, piece)).toEqual({ format, fault: null });
  });

  test.each([
    ['cut by a byte', bytes.subarray(0, -1)],
    ['cut in half', bytes.subarray(0, bytes.byteLength >> 1)],
    ['with a byte behind it', join(bytes, 'x')],
    ['with zeros behind it', join(bytes, Buffer.alloc(100))],
    ['with a program behind it', join(bytes, ELF)],
    ['with a zip archive behind it', join(bytes, zip('a.exe', noise(500)))],
    ['behind a program', join(ELF, bytes)],
    ['behind a zip archive', join(zip('a.exe', noise(500)), bytes)],
  ])('%s is not', async (_name, broken) => {
    expect(await fault(broken)).not.toBeNull();
  });
});

describe('a byte that was turned over is found at every place', () => {
  test.each<[string, Buffer, (at: number) => boolean]>([
    // Time, level and system of a gzip header mean nothing; neither does the id in a CRAM file's definition.
    ['BAM', bgzf(bamContent([bamRecord()]), 50), (at) => at >= 10],
    ['VCF in gzip', gzipSync(vcf(1, 2)), (at) => at >= 10],
    ['CRAM', cram(), (at) => at < 6 || at >= 26],
  ])('%s', async (_, bytes, counts) => {
    const unfound: number[] = [];
    for (let at = 0; at < bytes.byteLength; at++)
      if (counts(at) && (await fault(flipped(bytes, at))) === null) unfound.push(at);
    // The same three fields of the blocks that follow the first.
    const ignored = unfound.filter((at) => isGzipTrivia(bytes, at));
    expect(unfound).toEqual(ignored);
  });

  test('in the superblock of HDF5', async () => {
    for (let at = 0; at < 48; at++) expect(await fault(flipped(hdf5Newer(), at)), String(at)).not.toBeNull();
  });
});

function isGzipTrivia(bytes: Buffer, at: number): boolean {
  const start = bytes.lastIndexOf('1f8b0804', at, 'hex');
  return start >= 0 && at - start >= 4 && at - start < 10;
}

describe('what is wrong is said in words', () => {
  const lines = VCF.toString().split('\n');
  const vcfWith = (number: number, text: string): Buffer => Buffer.from(lines.with(number, text).join('\n'));
  const record = lines[5] ?? '';
  const dicomWith = (...elements: Buffer[]): Buffer => dicomFile('1.2.840.10008.1.2.1', join(...elements));
  const deep = (depth: number): Buffer =>
    depth === 0 ? Buffer.alloc(0) : element(8, 0x1140, 'SQ', item(deep(depth - 1)));

  test.each<[string, Buffer, RegExp]>([
    ['BAM without its end marker', BAM.subarray(0, -BGZF_END.byteLength), /end marker is missing/],
    ['BAM in plain gzip', gzipSync(bamContent()), /none of the formats/],
    ['a record on a reference that is not there', bgzf(bamContent([bamRecord(1)])), /reference 1 of 1/],
    ['a mate on a reference that is not there', bgzf(bamContent([bamRecord(0, 7)])), /reference 7 of 1/],
    ['a record that is too short', bgzf(bamContent([patched(bamRecord(), 20, i32(4000))])), /smaller than/],
    ['a record with a negative size', bgzf(bamContent([patched(bamRecord(), 0, i32(-5))])), /negative/],
    ['a header with more references than there are', bgzf(patched(bamContent(), 44, i32(9))), /reference/],
    ['a header text with control characters', bgzf(patched(bamContent(), 12, '\x01')), /control characters/],
    ['a block with the wrong size', join(patched(bgzfBlock(bamContent()), -4, u32(5)), BGZF_END), /unpacked/],
    [
      'a block that claims 4 GiB',
      join(patched(bgzfBlock(bamContent()), -4, u32(0xffff_ffff)), BGZF_END),
      /more than 64 KiB/,
    ],
    [
      'a block that hides something behind its data',
      join(bgzfBlock(bamContent(), 'MZ'), BGZF_END),
      /behind its data/,
    ],
    ['CRAM without its end', cram({ end: Buffer.alloc(0) }), /cut short/],
    ['CRAM with two ends', cram({ end: join(CRAM_END, CRAM_END) }), /behind its end/],
    ['a container longer than its blocks', cram({ reach: 5 }), /more bytes than its blocks/],
    ['a container shorter than its blocks', cram({ reach: -5 }), /longer than its container/],
    ['CRAM of an unknown version', patched(cram(), 4, u8(4)), /version 4.0/],
    ['VCF with a column too many', vcfWith(5, `${record}\tx`), /line 6 has 12 columns.*has 11/],
    [
      'VCF with a column too few',
      vcfWith(5, record.slice(0, record.lastIndexOf('\t'))),
      /line 6 has 10 columns/,
    ],
    ['VCF with an empty column', vcfWith(5, record.replace('PASS', '')), /line 6 has an empty column/],
    ['VCF with NUL', vcfWith(5, record.replace('PASS', 'PA\0S')), /line 6 has byte 0x00/],
    ['VCF with an escape sequence', vcfWith(1, '##source=\x1b[2J'), /line 2 has byte 0x1b/],
    [
      'VCF with a position that is none',
      vcfWith(5, record.replace('chr1\t3', 'chr1\t3x')),
      /"x" in column 2/,
    ],
    ['VCF with bases that are none', vcfWith(5, record.replace('\tA\t', '\t/bin/sh\t')), /"\/" in column 4/],
    ['VCF that is not UTF-8', join(VCF.subarray(0, -2), '\xff\n'), /not UTF-8/],
    ['VCF without a line of columns', Buffer.from(`${lines.slice(0, 2).join('\n')}\n`), /no line of columns/],
    ['VCF with a line of other columns', vcfWith(2, '#CHROM\tPOS'), /line 3 is not the line of columns/],
    ['VCF of an unknown version', vcfWith(0, '##fileformat=VCFv9'), /line 1/],
    ['FASTQ with fewer qualities', join(fastq(), '@r\nACG\n+\nII\n'), /2 qualities for 3 bases/],
    ['FASTQ with bases that are none', join(fastq(), '@r\nAC!\n+\nIII\n'), /"!" among the bases/],
    ['FASTQ with another name below', join(fastq(), '@r\nACG\n+q\nIII\n'), /line 403/],
    ['FASTQ with NUL', join(fastq(), '@r\0\nACG\n+\nIII\n'), /byte 0x00/],
    ['FASTQ without a name', join('@\n', fastq()), /without a name/],
    ['a read that stops', join(fastq(), '@r\nACG\n'), /cut short/],
    ['DICOM with a program as its preamble', patched(dicomExplicit(), 0, 'MZ'), /preamble/],
    ['DICOM with a script as its preamble', patched(dicomExplicit(), 0, '#!/bin/sh\n'), /preamble/],
    [
      'tags that do not ascend',
      dicomWith(element(8, 0x60, 'CS', 'MR'), element(8, 0x16, 'CS', 'MR')),
      /follow/,
    ],
    ['a kind that there is not', dicomWith(element(8, 0x60, 'ZZ', 'MR')), /unknown kind/],
    ['an odd length', dicomWith(element(8, 0x60, 'CS', 'MRI')), /odd length/],
    [
      'an element longer than its item',
      dicomWith(element(8, 0x1140, 'SQ', item(element(8, 1, 'CS', 'A ', 90)))),
      /longer/,
    ],
    [
      'an item longer than its sequence',
      dicomWith(element(8, 0x1140, 'SQ', item(Buffer.alloc(2), 90))),
      /longer/,
    ],
    ['sequences without end', dicomWith(deep(40)), /too deeply/],
    ['a deflated dataset', dicomFile('1.2.840.10008.1.2.1.99', Buffer.alloc(10)), /deflated/],
    ['an unknown transfer syntax', dicomFile('1.2.3', Buffer.alloc(0)), /transfer syntax/],
    ['NIfTI with values too few', nifti1({ values: 23 }), /cut short/],
    ['NIfTI with values too many', nifti1({ values: 25 }), /more bytes/],
    ['NIfTI with a type of another size', nifti1({ bits: 8 }), /does not have 8 bits/],
    ['NIfTI without dimensions', patched(nifti1(), 40, u16(0)), /0 dimensions/],
    ['NIfTI with a negative dimension', patched(nifti1(), 42, u16(0xffff)), /negative/],
    ['NIfTI with an extension of no length', patched(nifti1(), 352, i32(0)), /extension of 0 bytes/],
    ['NIfTI with something before the image', patched(nifti1(), 348, u8(0)), /room before the image/],
    ['NIfTI whose image is in the header', patched(nifti2(), 168, u32(12)), /inside the header/],
    ['Parquet with a chunk behind its data', parquet({ offset: 1500 }), /outside the data/],
    ['Parquet with a chunk before its data', parquet({ offset: 0 }), /outside the data/],
    ['Parquet with a chunk that is too long', parquet({ length: 2001 }), /outside the data/],
    ['Parquet with a chunk elsewhere', parquet({ path: '/etc/passwd' }), /another file/],
    ['Parquet with other rows', parquet({ rows: 8 }), /7 rows, and it says 8/],
    ['Parquet with a footer of 4 GiB', patched(parquet(), -8, u32(0xffff_fff0)), /not plausible/],
    ['Parquet with more than its footer', parquet({ footer: (right) => join(right, 'x') }), /more bytes/],
    ['Parquet with half a footer', parquet({ footer: (right) => right.subarray(0, 30) }), /too early/],
    ['Parquet with a footer of structs', parquet({ footer: () => Buffer.alloc(5000, 0x1c) }), /too deeply/],
    [
      'Parquet with a footer of lists',
      parquet({ footer: () => Buffer.alloc(5000, 0x19) }),
      /too deeply|list/,
    ],
    [
      'Parquet with a list without end',
      parquet({ footer: () => u8(0x29, 0xfc, 0xff, 0xff, 0xff, 0x7f, 0) }),
      /list/,
    ],
    ['HDF5 that says another end', hdf5Newer(3, { said: 10 }), /ends at 3066, and has 3056/],
    ['HDF5 that was not closed', hdf5Newer(3, { flags: 1 }), /not closed/],
    ['HDF5 with something in front', hdf5Newer(3, { base: 512 }), /base address/],
    ['HDF5 without a root', patched(hdf5Newer(), 48, 'XXXX'), /no object header/],
    ['a program', ELF, /none of the formats/],
    ['nothing', Buffer.alloc(0), /none of the formats/],
    ['gzip in gzip', gzipSync(gzipSync(VCF)), /none of the formats/],
    ['gzip of nothing that we know', gzipSync(noise(10_000)), /none of the formats/],
    ['gzip with the wrong length', patched(gzipSync(VCF), -4, u32(5)), /length that it says/],
    ['gzip with an extra field', patched(gzipSync(VCF), 3, u8(4)), /extra field/],
    [
      'gzip with zeros and an archive behind',
      join(gzipSync(VCF), Buffer.alloc(9), zip('a', noise(9))),
      /not gzip/,
    ],
    ['gzip with a second member of something else', join(gzipSync(VCF), gzipSync(ELF)), /byte 0x7f|columns/],
  ])('%s', async (_, bytes, words) => {
    expect(await fault(bytes)).toMatch(words);
  });
});

test.each(WHOLE)('%s that was damaged anyhow is only ever faulty or whole', async (_, _format, bytes) => {
  // Positions, lengths and values that are the same at every run.
  const random = noise(4000);
  for (let n = 0; n + 12 <= random.byteLength; n += 40) {
    const at = random.readUInt32LE(n) % bytes.byteLength;
    const change = random.subarray(n + 8, n + 9 + (random.readUInt8(n + 4) % 8));
    const broken = Buffer.from(bytes);
    change.copy(broken, at);
    await expect(found(broken)).resolves.toHaveProperty('fault');
  }
});

test('a zip archive that is hidden in the data of a format is found by its end', async () => {
  const archive = zip('a.exe', noise(500));
  const image = nifti1({ extension: false, values: 24 });
  expect(await fault(join(image.subarray(0, -48), archive.subarray(-48)))).toMatch(/zip archive/);
});

test('a format that is not listed is not checked', async () => {
  expect(await found(VCF, 1000, ['bam', 'fastq'])).toEqual({
    format: 'vcf',
    fault: expect.stringContaining('not among those'),
  });
});

describe('what unpacks without end', () => {
  const bomb = (content: Buffer): Buffer => {
    const member = gzipSync(content, { level: 9 });
    return join(...Array.from({ length: Math.ceil((2 * 2 ** 20) / member.byteLength) }, () => member));
  };

  test('is refused at 500 times its size, with no more memory than before', async () => {
    const name = `@r\n${'A'.repeat(60_000)}\n+\n${'I'.repeat(60_000)}\n`;
    const bytes = bomb(Buffer.from(name.repeat(500)));
    const before = process.memoryUsage().rss;
    expect(await fault(bytes)).toMatch(/more than 500 times its size/);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
  });

  test('is refused at once when it is of no format', async () => {
    expect(await fault(gzipSync(Buffer.alloc(50 * 2 ** 20)))).toMatch(/none of the formats/);
  });
});
