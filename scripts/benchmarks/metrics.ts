import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Daemon } from '../../test/support/daemon.ts';
import type { Installation } from '../../test/support/installation.ts';

/** The metrics of a daemon. */
export interface Metrics {
  /** One metric, by the text of its labels (`state="arrived"`, or empty). */
  read(name: string): Promise<ReadonlyMap<string, number>>;
  /** The greatest delays of the event loop, in milliseconds, since this was asked before. */
  loopDelay(): Promise<{ readonly p99: number; readonly max: number }>;
}

/** Finds the daemon's listener for operators and its password. */
export async function openMetrics(site: Installation, daemon: Daemon): Promise<Metrics> {
  const password = (await readFile(join(site.dir, 'keys', 'ops-password'), 'utf8')).trim();
  const authorization = `Basic ${Buffer.from(`ops:${password}`).toString('base64')}`;
  const url = `http://127.0.0.1:${daemon.opsPort}/metrics`;
  const readAll = async (): Promise<string> => {
    const response = await fetch(url, { headers: { authorization }, signal: AbortSignal.timeout(15_000) });
    if (!response.ok) throw new Error(`the daemon's metrics gave ${response.status}`);
    return response.text();
  };
  return {
    read: async (name) => valuesOf(await readAll(), name),
    async loopDelay() {
      // The daemon's histogram starts anew with every reading.
      const text = await readAll();
      const milliseconds = (name: string) => (valuesOf(text, name).get('') ?? Number.NaN) * 1000;
      return {
        p99: milliseconds('nodejs_eventloop_lag_p99_seconds'),
        max: milliseconds('nodejs_eventloop_lag_max_seconds'),
      };
    },
  };
}

function valuesOf(text: string, name: string): ReadonlyMap<string, number> {
  const lines = text.matchAll(/^([a-zA-Z0-9_]+)(?:\{(.*)\})? (\S+)$/gm);
  const found = [...lines].filter((line) => line[1] === name);
  return new Map(found.map(([, , labels = '', value]) => [labels, Number(value)]));
}
