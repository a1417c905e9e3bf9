/**
 * The process that goes through hostile bytes: it has no keys, an empty environment, no descriptors but its three
 * pipes, and may read no file but its own code. It reads one file from standard input and answers one line of JSON,
 * `{ format, fault, bytes }`, as soon as it knows: `fault` is null for a file whose structure is whole, and `bytes` is
 * how many it has seen. Its argument names the formats that are admitted, separated by commas.
 */
import type { ResearchFormat } from '../core/custody/verdict.ts';
import { FormatFault } from './formats/format-parser.ts';
import { createStructureCheck } from './formats/structure.ts';

const check = createStructureCheck((process.argv[2] ?? '').split(',') as ResearchFormat[]);
let bytes = 0;
const fault = await findFault();
process.stdout.write(`${JSON.stringify({ format: check.format(), fault, bytes })}\n`, () => process.exit());

async function findFault(): Promise<string | null> {
  try {
    for await (const piece of process.stdin as AsyncIterable<Buffer>) {
      bytes += piece.byteLength;
      await check.feed(piece);
    }
    await check.end();
    return null;
  } catch (error) {
    if (error instanceof FormatFault) return error.message;
    throw error;
  }
}
