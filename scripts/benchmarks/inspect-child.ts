/** Our side of the inspection rows: takes an InspectJob on stdin, inspects the file once, prints how long it took. */
import { link } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { systemClock } from '../../src/app/system-clock.ts';
import { parseFileName } from '../../src/core/custody/names.ts';
import { newId } from '../../src/core/kit/ids.ts';
import type { Logger } from '../../src/core/kit/logger.ts';
import { createInspector } from '../../src/inspect/inspector.ts';
import { openZones } from '../../src/stores/zones/open-zones.ts';

/** A file, and an empty folder for zones on the same file system. */
export interface InspectJob {
  readonly source: string;
  readonly data: string;
  readonly size: number;
  /** clamd's socket; null for no scan. */
  readonly clamd: string | null;
}

/** How long the inspection took, from the opening of the file to the last verdict. */
export interface Inspected {
  readonly seconds: number;
}

const job = JSON.parse(await text(process.stdin)) as InspectJob;
const attributes = { mode: 0o440, gid: null };
const { airlock } = await openZones({
  data: job.data,
  keepFree: 0,
  published: attributes,
  shares: { attributesOf: () => attributes },
});
const file = newId('file', Date.now());
await link(job.source, join(job.data, 'airlock', 'files', file));
const name = parseFileName('source.bin');
if (!name.ok) throw new Error(name.refusal);
const quiet = (): void => undefined;
const log: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const inspector = createInspector({
  scan: job.clamd === null ? 'off' : { clamd: job.clamd },
  clock: systemClock,
  log,
});
const start = performance.now();
const answer = await inspector.inspect(airlock.read(file), { name: name.value, size: job.size });
const inspected: Inspected = { seconds: (performance.now() - start) / 1000 };
await inspector.close();
if (!answer.answered) throw new Error(`not inspected: ${answer.notYet.why}`);
console.log(JSON.stringify(inspected));
