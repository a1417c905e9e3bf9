import { createByteTail } from './byte-tail.ts';
import { FormatFault, type FormatParser } from './format-parser.ts';
import { checkParquetFooter } from './parquet-footer.ts';

const MAGIC = 'PAR1';
const HEAD = 4;
const TAIL = 8;

/** Wide tables of many row groups have some MiB. */
const LONGEST_FOOTER = 32 * 1024 * 1024;

/**
 * Parquet (Apache Parquet format 2.10, "File format"): its magic at both ends, and a footer whose column chunks all lie
 * between. Files with an encrypted footer are refused: nobody can look into them.
 */
export function createParquetParser(): FormatParser {
  const tail = createByteTail(LONGEST_FOOTER + TAIL);
  let head = '';
  return {
    feed(bytes) {
      if (head.length < HEAD) head += bytes.toString('latin1', 0, HEAD - head.length);
      tail.add(bytes);
      if (!MAGIC.startsWith(head)) throw new FormatFault('it does not begin as Parquet');
    },
    end() {
      const last = tail.bytes();
      if (tail.total() < HEAD + TAIL || last.toString('latin1', last.byteLength - HEAD) !== MAGIC)
        throw new FormatFault('it does not end as Parquet');
      const length = last.readUInt32LE(last.byteLength - TAIL);
      if (length > LONGEST_FOOTER || length > tail.total() - HEAD - TAIL)
        throw new FormatFault(`its footer claims to have ${length} bytes, which is not plausible`);
      const footer = last.subarray(last.byteLength - TAIL - length, -TAIL);
      checkParquetFooter(footer, { from: HEAD, to: tail.total() - TAIL - length });
    },
  };
}
