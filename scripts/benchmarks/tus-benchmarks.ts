import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GIB, MIB } from '../../src/core/kit/bytes.ts';
import { NODE } from '../../test/support/installation.ts';
import { codeAt } from '../../test/support/soft-token.ts';
import type { Bench, Benchmark } from './bench.ts';
import { measureInTurn, type Side } from './in-turn.ts';
import { type OurServer, startOurServer } from './our-server.ts';
import { makeFolder, makeRandomFile, type Place } from './places.ts';
import type { SendJob, Sent } from './send-file-child.ts';
import { runChild } from './timed-program.ts';

const CLIENT = join(import.meta.dirname, 'send-file-child.ts');
const BARE_SERVER = join(import.meta.dirname, 'bare-http-server-child.ts');

/** Uploads over tus against a Node http server that does nothing but write and fsync. */
export const TUS_BENCHMARKS: readonly Benchmark[] = [
  upload('tus-up', 'tmpfs'),
  upload('tus-up-disk', 'disk'),
  portalUpload('portal-up', 1),
  portalUpload('portal-up-4', 4),
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

/** Files at once as the portal's page sends them: begun with a browser's session, sent with the grant of each. */
function portalUpload(name: string, atOnce: number): Benchmark {
  return {
    name,
    needs: ({ size }) => ({ tmpfs: (1 + 2 * atOnce) * size, disk: 0 }),
    async run(bench) {
      const { size } = bench.options;
      const file = join(await makeFolder(bench, 'tmpfs'), 'source.bin');
      await makeRandomFile(file, size);
      const sendAll = async (jobOf: (i: number) => Omit<SendJob, 'file'>): Promise<number> => {
        const start = performance.now();
        const all = Array.from({ length: atOnce }, (_, i) =>
          runChild<Sent>(bench.signal, CLIENT, { ...jobOf(i), file } satisfies SendJob),
        );
        const times = await Promise.all(all);
        // One alone is timed by itself, without the start of its program.
        const seconds = atOnce === 1 ? (times[0]?.seconds ?? 0) : (performance.now() - start) / 1000;
        return (atOnce * size) / MIB / seconds;
      };
      const server = await startOurServer(bench, 'tmpfs');
      const headers = { cookie: await signInAsBrowser(server), 'sec-fetch-site': 'same-origin' };
      const url = `${server.portal}/api/v1/uploads`;
      const ours: Side = {
        run: (run) => sendAll((i) => ({ create: { url, name: `${name}-${run}-${i}.bin` }, headers })),
        settle: () => server.settle(),
      };
      const peers = await Promise.all(
        Array.from({ length: atOnce }, async (_, i) =>
          startBareServer(bench, join(await makeFolder(bench, 'tmpfs'), `received-${i}.bin`)),
        ),
      );
      const theirs: Side = {
        run: () => sendAll((i) => ({ url: peers[i]?.url ?? '', headers: {} })),
        settle: async () => {
          for (const { target } of peers) await rm(target);
        },
      };
      const subject = {
        name,
        work: `${atOnce} upload${atOnce === 1 ? '' : 's at once'} of ${size / GIB} GiB as the portal sends them, tmpfs`,
        peer: `${atOnce} bare Node http server${atOnce === 1 ? '' : 's'} piping to a file, then fsync`,
        unit: 'MiB/s',
        aim: { of: 'ratio', bound: 'at-least', limit: 0.9 },
      } as const;
      return [await measureInTurn(bench, subject, ours, theirs)];
    },
  };
}

/** Signs alice in at the portal, and gives the cookie of her session. */
async function signInAsBrowser({ site, portal }: OurServer): Promise<string> {
  const code = codeAt(await site.secret('alice', 'otpauth'), Date.now());
  const answered = await fetch(`${portal}/api/v1/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: portal },
    body: JSON.stringify({ name: 'alice', password: await site.secret('alice', 'password'), code }),
  });
  const cookie = answered.headers.get('set-cookie')?.split(';')[0];
  if (cookie === undefined) throw new Error(`${answered.status} ${await answered.text()}`);
  return cookie;
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
