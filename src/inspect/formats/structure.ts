import type { ResearchFormat } from '../../core/custody/verdict.ts';
import { createBgzfUnpacker, isBgzf } from './bgzf.ts';
import { createByteTail } from './byte-tail.ts';
import { FormatFault, type FormatParser } from './format-parser.ts';
import { createGzipUnpacker, type Unpacker } from './gzip.ts';
import { type Packing, parserOf, recognise, TELLING_BYTES } from './recognise.ts';
import { endsWithZip, ZIP_END } from './zip-end.ts';

/** Holds one file against the formats that a site admits unscanned. Wait for each call before the next. */
export interface StructureCheck extends Unpacker {
  /** What the file begins as; null when that is none of the formats, or not known yet. */
  format(): ResearchFormat | null;
}

/** A check of the formats in `listed`, as they are or in gzip. Its calls reject with a `FormatFault`. */
export function createStructureCheck(listed: readonly ResearchFormat[]): StructureCheck {
  const tail = createByteTail(ZIP_END);
  const outer = createChooser(choosePacking);
  let format: ResearchFormat | null = null;

  function choosePacking(head: Buffer): Unpacker {
    if (isBgzf(head)) return asUnpacker(createBgzfUnpacker(content('bgzf')));
    if (head.byteLength >= 2 && head.readUInt16BE(0) === 0x1f8b) return createGzipUnpacker(content('gzip'));
    return asUnpacker(content('none'));
  }

  /** Waits until the first bytes tell the format, and is its parser from then on. */
  function content(packing: Packing): FormatParser {
    let head = Buffer.alloc(0);
    let parser: FormatParser | null = null;
    const begin = (): FormatParser => {
      format = recognise(head, packing);
      if (format === null)
        throw new FormatFault('it begins as none of the formats that are admitted unscanned');
      if (!listed.includes(format))
        throw new FormatFault('its format is not among those that are admitted unscanned');
      const begun = parserOf(format);
      begun.feed(head);
      return begun;
    };
    return {
      feed(bytes) {
        if (parser !== null) return parser.feed(bytes);
        head = Buffer.concat([head, bytes]);
        if (head.byteLength >= TELLING_BYTES) parser = begin();
      },
      end() {
        parser ??= begin();
        parser.end();
      },
    };
  }

  return {
    async feed(bytes) {
      tail.add(bytes);
      await outer.feed(bytes);
    },
    async end() {
      await outer.end();
      if (endsWithZip(tail.bytes())) throw new FormatFault('a zip archive ends at its end');
    },
    format: () => format,
  };
}

/** Keeps the first bytes until there are enough to `choose` what takes them. */
function createChooser(choose: (head: Buffer) => Unpacker): Unpacker {
  let head = Buffer.alloc(0);
  let chosen: Unpacker | null = null;
  const begin = async (): Promise<Unpacker> => {
    const unpacker = choose(head);
    await unpacker.feed(head);
    return unpacker;
  };
  return {
    async feed(bytes) {
      if (chosen !== null) return await chosen.feed(bytes);
      head = Buffer.concat([head, bytes]);
      if (head.byteLength >= TELLING_BYTES) chosen = await begin();
    },
    async end() {
      chosen ??= await begin();
      await chosen.end();
    },
  };
}

function asUnpacker(parser: FormatParser): Unpacker {
  return { feed: async (bytes) => parser.feed(bytes), end: async () => parser.end() };
}
