import type { ResearchFormat } from '../../core/custody/verdict.ts';
import { createBamParser } from './bam.ts';
import { createCramParser } from './cram.ts';
import { createDicomParser } from './dicom.ts';
import { createFastqParser } from './fastq.ts';
import type { FormatParser } from './format-parser.ts';
import { createHdf5Parser } from './hdf5.ts';
import { createNiftiParser } from './nifti.ts';
import { createParquetParser } from './parquet.ts';
import { createVcfParser } from './vcf.ts';

/** How the bytes of a format are packed: as they are, by gzip, or in the blocks of BGZF. */
export type Packing = 'none' | 'gzip' | 'bgzf';

/** How many bytes, from the first on, tell the format: NIfTI-1 has its magic at 344. */
export const TELLING_BYTES = 348;

interface Format {
  readonly begins: (head: Buffer, packing: Packing) => boolean;
  readonly parser: () => FormatParser;
}

const startsWith =
  (magic: string, at = 0) =>
  (head: Buffer): boolean =>
    head.toString('latin1', at, at + magic.length) === magic;

const FORMATS: Readonly<Record<ResearchFormat, Format>> = {
  // SAM specification, section 4: BAM is always in BGZF, and gzip that only looks alike is not seekable.
  bam: {
    begins: (head, packing) => packing === 'bgzf' && startsWith('BAM\x01')(head),
    parser: createBamParser,
  },
  cram: { begins: startsWith('CRAM'), parser: createCramParser },
  vcf: { begins: startsWith('##fileformat=VCF'), parser: createVcfParser },
  fastq: { begins: startsWith('@'), parser: createFastqParser },
  dicom: { begins: startsWith('DICM', 128), parser: createDicomParser },
  nifti: {
    begins: (head) => startsWith('n+1\0', 344)(head) || startsWith('n+2\0', 4)(head),
    parser: createNiftiParser,
  },
  parquet: { begins: startsWith('PAR1'), parser: createParquetParser },
  hdf5: { begins: startsWith('\x89HDF'), parser: createHdf5Parser },
};

/** The format that bytes begin as, given their first `TELLING_BYTES` (or all, when there are fewer); null for none. */
export function recognise(head: Buffer, packing: Packing): ResearchFormat | null {
  const names = Object.keys(FORMATS) as ResearchFormat[];
  return names.find((name) => FORMATS[name].begins(head, packing)) ?? null;
}

/** A parser of a format, at its first byte. */
export function parserOf(format: ResearchFormat): FormatParser {
  return FORMATS[format].parser();
}
