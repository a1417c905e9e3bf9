import { link, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { GIB, MIB } from '../../src/core/kit/bytes.ts';
import { fileIn } from '../../test/support/arrivals.ts';
import type { Bench, Benchmark } from './bench.ts';
import { measureInTurn, type Side } from './in-turn.ts';
import { startOpenssh } from './openssh-server.ts';
import { startOurServer } from './our-server.ts';
import { makeFolder, makeRandomFile } from './places.ts';
import type { Result, Subject } from './result.ts';
import { type Cipher, type SftpServer, timeSftp } from './sftp-client.ts';

const CLIENTS = 8;

/** Inspection of the largest files takes a while on a busy machine. */
const LONGEST_ARRIVAL_MS = 3 * 60_000;

/** Downloads over SFTP, ours from Arrivals by the inside door, against OpenSSH's sshd with internal-sftp. */
export const DOWNLOAD_BENCHMARKS: readonly Benchmark[] = [
  downloads('sftp-down-aes', 1, 'aes128-gcm@openssh.com', 1.3),
  downloads('sftp-down-chacha', 1, 'chacha20-poly1305@openssh.com', 1.3),
  downloads('sftp-down-8', CLIENTS, 'aes128-gcm@openssh.com', 1.2),
];

function downloads(name: string, clients: number, cipher: Cipher, limit: number): Benchmark {
  const each = (size: number) => (clients === 1 ? size : size / 4);
  return {
    name,
    needs: ({ size }) => ({ tmpfs: 3 * each(size) + clients * each(size), disk: 0 }),
    async run(bench) {
      const size = each(bench.options.size);
      const many = clients === 1 ? 'one stream' : `${clients} at once, total`;
      const subject: Subject = {
        name,
        work: `SFTP download of ${size / GIB} GiB, ${many}, ${cipher}, tmpfs`,
        peer: 'OpenSSH sshd, internal-sftp',
        unit: 'MiB/s',
        aim: { of: 'ratio', bound: 'at-least', limit },
      };
      return [await compare(bench, subject, size, clients, cipher)];
    },
  };
}

async function compare(
  bench: Bench,
  subject: Subject,
  size: number,
  clients: number,
  cipher: Cipher,
): Promise<Result> {
  const work = await makeFolder(bench, 'tmpfs');
  const source = join(work, 'source.bin');
  await makeRandomFile(source, size);
  const ours = await startOurServer(bench, 'tmpfs');
  await timeSftp(bench, ours.sftp('alice'), [`put ${source} /arrivals/source.bin`]);
  await fileIn(ours.site, 'alice', 'source.bin', 'arrived', LONGEST_ARRIVAL_MS);
  const theirs = await startOpenssh(bench, 'tmpfs');
  await link(source, join(theirs.folder, basename(source)));
  const side = (server: SftpServer): Side => ({
    async run() {
      const start = performance.now();
      const targets = Array.from({ length: clients }, (_, client) => join(work, `got-${client}.bin`));
      const got = targets.map((target) =>
        timeSftp(bench, server, [`get ${server.folder}/source.bin ${target}`], { cipher }),
      );
      await Promise.all(got);
      const seconds = (performance.now() - start) / 1000;
      await Promise.all(targets.map((target) => rm(target)));
      return (clients * size) / MIB / seconds;
    },
  });
  const notes = ['from the start of the clients to their exit, so connecting and signing in count'];
  return measureInTurn(bench, subject, side(ours.sftp('alice', 'inside')), side(theirs), notes);
}
