import { randomFillSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, readFile, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MIB } from '../../src/core/kit/bytes.ts';
import type { Bench, Benchmark } from './bench.ts';
import type { Options } from './options.ts';

/** Where bytes lie: in memory, for what the CPU bounds, or on disk. */
export type Place = 'tmpfs' | 'disk';

const TMPFS = '/dev/shm';

/** What stays free beyond what a benchmark needs. */
const RESERVE = 512 * MIB;

/** Why there is no room for a benchmark on this machine; null when there is. */
export async function whyNoRoom(benchmark: Benchmark, options: Options): Promise<string | null> {
  const needs = benchmark.needs(options);
  if (!existsSync(TMPFS)) return `there is no ${TMPFS}: this needs Linux`;
  for (const place of ['tmpfs', 'disk'] as const) {
    const free = await roomIn(place);
    if (needs[place] > 0 && needs[place] + RESERVE > free) {
      const folder = folderOf(place);
      return `it needs ${toMib(needs[place])} MiB in ${folder}, where ${toMib(free)} are free: try --size 256MiB`;
    }
  }
  return null;
}

/** Makes a folder that goes away with the benchmark. Its path is short enough for sockets in it. */
export async function makeFolder(bench: Bench, place: Place): Promise<string> {
  const folder = await mkdtemp(join(folderOf(place), 'havengate-bench-'));
  bench.cleanup.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** Makes a file of random bytes, which no layer can make smaller. */
export async function makeRandomFile(path: string, size: number): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await fillRandomly(file, size);
  } finally {
    await file.close();
  }
}

async function fillRandomly(file: FileHandle, size: number): Promise<void> {
  const piece = Buffer.alloc(Math.min(size, 8 * MIB));
  for (let written = 0; written < size; written += piece.byteLength) {
    randomFillSync(piece);
    await file.write(piece, 0, Math.min(piece.byteLength, size - written));
  }
}

/** tmpfs takes its room from memory, so there is never more than the machine can spare. */
async function roomIn(place: Place): Promise<number> {
  const { bavail, bsize } = await statfs(folderOf(place));
  if (place === 'disk') return bavail * bsize;
  const available = /^MemAvailable:\s*(\d+) kB$/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1];
  return Math.min(bavail * bsize, Number(available ?? 0) * 1024);
}

function folderOf(place: Place): string {
  return place === 'tmpfs' ? TMPFS : tmpdir();
}

function toMib(bytes: number): string {
  return (bytes / MIB).toFixed(0);
}
