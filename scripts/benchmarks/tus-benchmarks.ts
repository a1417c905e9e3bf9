import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GIB, MIB } from '../../src/core/kit/bytes.ts';
import { NODE } from '../../test/support/installation.ts';
import type { Bench, Benchmark } from './bench.ts';
import { measureInTurn, type Side } from './in-turn.ts';
import { startOurServer } from './our-server.ts';
import { makeFolder, makeRandomFile, type Place } from './places.ts';
import type { SendJob, Sent } from './send-file-child.ts';
import { runChild } from './timed-program.ts';

const CLIENT = join(import.meta.dirname, 'send-file-child.ts');
const BARE_SERVER = join(import.meta.dirname, 'bare-http-server-child.ts');

/** Uploads over tus against a Node http server that does nothing but write and fsync. */
export const TUS_BENCHMARKS: readonly Benchmark[] = [
  upload('tus-up', 'tmpfs'),
  upload('tus-up-disk', 'disk'),
];

function upload(name: string, place: Place): Benchmark {
  return {
    name,
    needs: ({ size }) =>
      place === 'tmpfs' ? { tmpfs: 3 * size, disk: 0 } : { tmpfs: size + 64 * MIB, disk: 2 * size },
    async run(bench) {
      const { size } = bench.options;
      const file = join(await makeFolder(bench, 'tmpfs'), 'source.bin');
      await makeRandomFile(file, size);
      const send = async (job: Omit<SendJob, 'file'>): Promise<number> => {
        const { seconds } = await runChild<Sent>(bench.signal, CLIENT, { ...job, file } satisfies SendJob);
        return size / MIB / seconds;
      };
      const server = await startOurServer(bench, place);
      const headers = { authorization: `Bearer ${await server.site.secret('alice', 'token')}` };
      const uploads = `${server.portal}/api/v1/uploads`;
      const ours: Side = {
        run: (run) => send({ create: { url: uploads, name: `${name}-${run}.bin` }, headers }),
        settle: () => server.settle(),
      };
      const bare = await startBareServer(bench, join(await makeFolder(bench, place), 'received.bin'));
      const theirs: Side = {
        run: () => send({ url: bare.url, headers: {} }),
        settle: () => rm(bare.target),
      };
      const subject = {
        name,
        work: `tus upload of ${size / GIB} GiB in one PATCH, until its answer, ${place}`,
        peer: 'bare Node http server piping to a file, then fsync',
        unit: 'MiB/s',
        aim: { of: 'ratio', bound: 'at-least', limit: 0.9 },
      } as const;
      const notes = [
        'the same client for both, as a process of its own; ours includes the POST that begins the upload',
      ];
      return [await measureInTurn(bench, subject, ours, theirs, notes)];
    },
  };
}

async function startBareServer(bench: Bench, target: string): Promise<{ url: string; target: string }> {
  const child = spawn(NODE, [BARE_SERVER, target], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: bench.signal,
  });
  child.on('error', () => undefined);
  bench.cleanup.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  });
  const [port] = (await once(child.stdout, 'data', { signal: bench.signal })) as [Buffer];
  return { url: `http://127.0.0.1:${port.toString().trim()}/`, target };
}
