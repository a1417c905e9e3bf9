import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './faults.ts';
import type { Haven } from './haven.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

const whyNoDisks = ({ disks }: Haven): string | null =>
  disks === null ? 'only root can mount a file system that can be filled' : null;

function full(name: string, which: 'data' | 'state', what: string): Fault {
  return {
    name,
    whyNot: whyNoDisks,
    async strike({ disks }, dice) {
      const disk = disks?.[which];
      if (disk === undefined) return 'no disk to fill';
      const left = dice.pick([0, 64 * KIB, 2 * MIB]);
      const millis = dice.between(500, 8000);
      await disk.fill(left);
      try {
        await sleep(millis);
      } finally {
        await disk.empty();
      }
      return `the disk of ${what} had ${left} bytes left for ${millis} ms`;
    },
  };
}

/** Calls of the system that fail, and with what. */
const CALLS = [
  ['fsync', 'EIO'],
  ['fdatasync', 'EIO'],
  ['link', 'EIO'],
  ['unlink', 'EIO'],
  ['rename', 'EIO'],
  ['ftruncate', 'EIO'],
  ['openat', 'EMFILE'],
  ['pwrite64', 'ENOSPC'],
  ['pwritev', 'ENOSPC'],
  ['pread64', 'EIO'],
] as const;

const failing: Fault = {
  name: 'fail-call',
  async strike(haven, dice) {
    const { daemon } = haven;
    if (daemon === null) return 'no daemon to trace';
    const [call, error] = dice.pick(CALLS);
    const first = dice.between(1, 30);
    const forGood = dice.chance(0.3);
    const inject = `${call}:error=${error}:when=${first}${forGood ? '+' : ''}`;
    const args = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${inject}`];
    const tracing = spawn('strace', [...args, '-p', String(daemon.pid)], { stdio: 'ignore' });
    const done = once(tracing, 'exit');
    await Promise.race([sleep(dice.between(1000, 6000)), done]);
    if (tracing.exitCode === null) tracing.kill('SIGINT');
    await done;
    if (call.endsWith('sync')) haven.noteFailedSync();
    return `${forGood ? 'every' : 'one'} ${call} failed with ${error}, from the ${first}. on`;
  },
};

/** The daemon is killed right before a call that changes the disk. */
const killedAtCall: Fault = {
  name: 'kill-at-call',
  async strike(haven, dice) {
    const { daemon } = haven;
    if (daemon === null) return 'no daemon to trace';
    const call = dice.pick(['fsync', 'fdatasync', 'link', 'unlink', 'rename', 'pwrite64']);
    const first = dice.between(1, 40);
    const inject = `${call}:signal=SIGKILL:when=${first}`;
    const args = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${inject}`];
    const tracing = spawn('strace', [...args, '-p', String(daemon.pid)], { stdio: 'ignore' });
    const done = once(tracing, 'exit');
    const died = await Promise.race([daemon.ended.then(() => true), sleep(8000, false)]);
    if (tracing.exitCode === null) tracing.kill('SIGINT');
    await done;
    if (died) await haven.noteEnd();
    else await haven.end('SIGKILL');
    await haven.start();
    return `killed ${died ? 'at' : 'before it reached'} the ${first}. ${call}, and started again`;
  },
};

/** What happens to file systems. */
export const DISK_FAULTS: readonly Fault[] = [
  full('full-data', 'data', 'the bytes'),
  full('full-state', 'state', 'ledger and queue'),
  failing,
  failing,
  killedAtCall,
];
