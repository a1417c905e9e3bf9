import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GIB, KIB, MIB } from '../../src/core/kit/bytes.ts';
import type { Bench, Benchmark } from './bench.ts';
import { measureInTurn, type Side } from './in-turn.ts';
import { startOpenssh } from './openssh-server.ts';
import { type ServerSettings, startOurServer } from './our-server.ts';
import { makeFolder, makeRandomFile, type Place } from './places.ts';
import type { Subject } from './result.ts';
import { type Cipher, type SftpServer, timeSftp } from './sftp-client.ts';

const CLIENTS = 8;
const SMALL_FILES = 2000;
const SMALL = 4 * KIB;

const WITH_CONNECTION = 'from the start of the client to its exit, so connecting and signing in count';

/** Uploads over SFTP against OpenSSH's sshd with internal-sftp, by OpenSSH's client. */
export const SFTP_BENCHMARKS: readonly Benchmark[] = [
  oneStream('sftp-up-aes', 'aes128-gcm@openssh.com'),
  oneStream('sftp-up-chacha', 'chacha20-poly1305@openssh.com'),
  eightStreams(),
  smallFiles('sftp-small', 'tmpfs', []),
  smallFiles('sftp-small-disk', 'disk', ['-f']),
  connecting(),
];

function oneStream(name: string, cipher: Cipher): Benchmark {
  return {
    name,
    needs: ({ size }) => ({ tmpfs: 3 * size, disk: 0 }),
    async run(bench) {
      const { size } = bench.options;
      const source = await makeSource(bench, size);
      const side = (server: SftpServer): Side => ({
        settle: () => server.settle(),
        async run(run) {
          const put = `put ${source} ${server.folder}/${name}-${run}.bin`;
          return size / MIB / (await timeSftp(bench, server, [put], { cipher }));
        },
      });
      const subject: Subject = {
        name,
        work: `SFTP upload of ${size / GIB} GiB, one stream, ${cipher}, tmpfs`,
        peer: 'OpenSSH sshd, internal-sftp',
        unit: 'MiB/s',
        aim: { of: 'ratio', bound: 'at-least', limit: 1.3 },
      };
      return [await compare(bench, subject, 'tmpfs', side, side, [WITH_CONNECTION])];
    },
  };
}

function eightStreams(): Benchmark {
  const name = 'sftp-up-8';
  return {
    name,
    needs: ({ size }) => ({ tmpfs: 5 * size, disk: 0 }),
    async run(bench) {
      const each = bench.options.size / 4;
      const source = await makeSource(bench, each);
      const side = (server: SftpServer): Side => ({
        settle: () => server.settle(),
        async run(run) {
          const start = performance.now();
          const clients = Array.from({ length: CLIENTS }, (_, client) =>
            timeSftp(bench, server, [`put ${source} ${server.folder}/${name}-${run}-${client}.bin`]),
          );
          await Promise.all(clients);
          return (CLIENTS * each) / MIB / ((performance.now() - start) / 1000);
        },
      });
      const subject: Subject = {
        name,
        work: `${CLIENTS} SFTP uploads of ${each / MIB} MiB at once, total, aes128-gcm@openssh.com, tmpfs`,
        peer: 'OpenSSH sshd, internal-sftp',
        unit: 'MiB/s',
        aim: { of: 'ratio', bound: 'at-least', limit: 1.2 },
      };
      return [await compare(bench, subject, 'tmpfs', side, side, [WITH_CONNECTION])];
    },
  };
}

function smallFiles(name: string, place: Place, peerArgs: readonly string[]): Benchmark {
  return {
    name,
    needs: () => ({ tmpfs: 64 * MIB, disk: place === 'disk' ? 128 * MIB : 0 }),
    async run(bench) {
      const source = await makeSmallSources(bench);
      const side =
        (args: readonly string[]) =>
        (server: SftpServer): Side => ({
          settle: () => server.settle(),
          async run(run) {
            const target = `${server.folder}/${name}-${run}`;
            const commands = [`mkdir ${target}`, `put ${source}/* ${target}/`];
            return SMALL_FILES / (await timeSftp(bench, server, commands, { args }));
          },
        });
      const subject: Subject = {
        name,
        work: `${SMALL_FILES} files of 4 KiB over one SFTP session, ${place}`,
        peer: `OpenSSH sshd, internal-sftp${peerArgs.length > 0 ? `, sftp ${peerArgs.join(' ')}` : ''}`,
        unit: 'files/s',
        aim: { of: 'ratio', bound: 'at-least', limit: 1 },
      };
      const notes = [
        'our answer to each CLOSE means synced bytes, a synced directory and a ledger row',
        'files settle in 5 s, as they come: small ones are inspected then, so the first of them while the last are sent',
      ];
      return [await compare(bench, subject, place, side([]), side(peerArgs), notes, { settle: '5s' })];
    },
  };
}

function connecting(): Benchmark {
  const name = 'sftp-connect';
  return {
    name,
    needs: () => ({ tmpfs: 64 * MIB, disk: 0 }),
    async run(bench) {
      const side = (server: SftpServer): Side => ({
        run: async () => 1000 * (await timeSftp(bench, server, [])),
      });
      const subject: Subject = {
        name,
        work: 'connect, sign in with a key, first prompt, leave',
        peer: 'OpenSSH sshd, internal-sftp, without PAM',
        unit: 'ms',
        aim: { of: 'ratio', bound: 'at-most', limit: 0.25 },
      };
      const often: Bench = { ...bench, options: { ...bench.options, runs: bench.options.runs * 3 } };
      return [await compare(often, subject, 'tmpfs', side, side)];
    },
  };
}

async function compare(
  bench: Bench,
  subject: Subject,
  place: Place,
  ourSide: (server: SftpServer) => Side,
  theirSide: (server: SftpServer) => Side,
  notes: readonly string[] = [],
  settings: ServerSettings = {},
) {
  const ours = await startOurServer(bench, place, settings);
  const theirs = await startOpenssh(bench, place);
  return measureInTurn(bench, subject, ourSide(ours.sftp('alice')), theirSide(theirs), notes);
}

async function makeSource(bench: Bench, size: number): Promise<string> {
  const source = join(await makeFolder(bench, 'tmpfs'), 'source.bin');
  await makeRandomFile(source, size);
  return source;
}

async function makeSmallSources(bench: Bench): Promise<string> {
  const folder = join(await makeFolder(bench, 'tmpfs'), 'small');
  await mkdir(folder);
  for (let n = 0; n < SMALL_FILES; n++) {
    await makeRandomFile(join(folder, `${String(n).padStart(4, '0')}.bin`), SMALL);
  }
  return folder;
}
