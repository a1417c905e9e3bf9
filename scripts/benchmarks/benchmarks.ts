import type { Benchmark } from './bench.ts';
import { DOWNLOAD_BENCHMARKS } from './download-benchmarks.ts';
import { INSPECT_BENCHMARKS } from './inspect-benchmarks.ts';
import { LEDGER_BENCHMARKS } from './ledger-benchmarks.ts';
import { LIST_BENCHMARK } from './list-benchmark.ts';
import { LOAD_BENCHMARKS } from './load-benchmarks.ts';
import { MOVE_BENCHMARKS } from './move-benchmarks.ts';
import { PORTAL_BENCHMARKS } from './portal-benchmarks.ts';
import { PURGE_BENCHMARK } from './purge-benchmark.ts';
import { SFTP_BENCHMARKS } from './sftp-benchmarks.ts';
import { START_BENCHMARK } from './start-benchmark.ts';
import { TUS_BENCHMARKS } from './tus-benchmarks.ts';

/** Every benchmark, in the order of the table. */
export const BENCHMARKS: readonly Benchmark[] = [
  ...SFTP_BENCHMARKS,
  ...DOWNLOAD_BENCHMARKS,
  ...MOVE_BENCHMARKS,
  LIST_BENCHMARK,
  ...TUS_BENCHMARKS,
  ...PORTAL_BENCHMARKS,
  ...INSPECT_BENCHMARKS,
  ...LOAD_BENCHMARKS,
  ...LEDGER_BENCHMARKS,
  START_BENCHMARK,
  PURGE_BENCHMARK,
];
